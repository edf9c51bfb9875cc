"""Record the general.* keys that llama.cpp's converter makes of model cards, configs and folder names.

usage: model_cards.py FOLDER
FOLDER holds parameters.json ({name: number of parameters}) and, for each name, a folder NAME with config.json and perhaps README.md and
generation_config.json. Writes NAME/general.json: a list of [key, type, value] in the order of the file.
Needs: PyYAML, and llama.cpp's gguf-py on PYTHONPATH.
"""
import json, sys
from pathlib import Path
import gguf
import numpy as np

def recorded(value):
    t, v = value.type, value.value
    if t == gguf.GGUFValueType.ARRAY: return ["ARRAY/" + gguf.GGUFValueType.get_type(v[0]).name, v]
    return [t.name, float(np.float32(v)) if t == gguf.GGUFValueType.FLOAT32 else v]

root = Path(sys.argv[1])
for name, parameters in json.load(open(root / "parameters.json")).items():
    m = gguf.Metadata.load(None, root / name, None, parameters)
    if m.name is None: m.name = name                                         # this and the next line: conversion/base.py, prepare_metadata
    if m.size_label is None and parameters > 0: m.size_label = gguf.size_label(parameters, 0, 0, 0)
    writer = gguf.GGUFWriter(None, "qwen35")
    writer.add_type(gguf.GGUFType.MODEL)
    m.set_gguf_meta_model(writer)
    keys = [[key, *recorded(value)] for key, value in writer.kv_data[0].items()]
    with open(root / name / "general.json", "w", encoding="utf-8") as out:
        out.write("[\n " + ",\n ".join(json.dumps(k, ensure_ascii=False) for k in keys) + "\n]\n")
    print(name, len(keys))
