"""Record the tokenizer.* keys that llama.cpp's converter makes of variants of a small tokenizer.

usage: tokenizer_keys.py FOLDER
FOLDER holds base.json and variants.json ({name: variant}), each a set of files of a model folder: {"tokenizer.json": {...}, ...}. A variant is
merged into the base: objects key by key, a null takes a key away, all else replaces. Writes keys.json: {name: [[key, type, value], ...]} in the
order of the file. tokenizer.ggml.pre is left out: the converter knows no tokenizer of this kind.
Needs: transformers, torch, and llama.cpp's root and gguf-py on PYTHONPATH.
"""
import json, sys, tempfile
from pathlib import Path
from types import SimpleNamespace
import gguf
from conversion.base import TextModel

def merged(base, patch):
    if not isinstance(base, dict) or not isinstance(patch, dict): return patch
    out = dict(base)
    for k, v in patch.items():
        if v is None: out.pop(k, None)
        else: out[k] = merged(out.get(k), v)
    return out

def recorded(value):
    t, v = value.type, value.value
    return ["ARRAY/" + gguf.GGUFValueType.get_type(v[0]).name if t == gguf.GGUFValueType.ARRAY else t.name, v]

root = Path(sys.argv[1])
base = json.load(open(root / "base.json", encoding="utf-8"))
records = {}
for name, variant in json.load(open(root / "variants.json", encoding="utf-8")).items():
    with tempfile.TemporaryDirectory() as folder:
        files = merged(base, variant)
        for file, content in files.items():
            (Path(folder) / file).parent.mkdir(exist_ok=True)
            text = content if isinstance(content, str) else json.dumps(content)
            (Path(folder) / file).write_text(text, encoding="utf-8", newline="")
        model = SimpleNamespace(dir_model=Path(folder), hparams=files["config.json"], gguf_writer=gguf.GGUFWriter(None, "qwen35"),
            get_vocab_base_pre=lambda tokenizer: "", does_token_look_special=lambda token: TextModel.does_token_look_special(None, token))
        model.get_vocab_base = lambda: TextModel.get_vocab_base(model)
        TextModel._set_vocab_gpt2(model)
        keys = {k: v for k, v in model.gguf_writer.kv_data[0].items() if k.startswith("tokenizer.")}
        if "tokenizer.chat_templates" in keys: keys["tokenizer.chat_templates"].value.sort()   # from a set
        records[name] = [[k, *recorded(v)] for k, v in keys.items()]
with open(root / "keys.json", "w", encoding="utf-8") as out:
    out.write("{\n" + ",\n".join(f" {json.dumps(name)}: [\n  " + ",\n  ".join(json.dumps(k, ensure_ascii=False) for k in keys) + "\n ]"
                                 for name, keys in records.items()) + "\n}\n")
