"""What ONNX Runtime computes for a decoder file: logits after every token of a prompt.

usage: onnx_logits.py IDS.json MODEL.onnx OUT.npy
Inputs are filled by name: input_ids, attention_mask, position_ids (one row, or the three of multi-axis rotary positions)
or, where the decoder takes vectors, inputs_embeds from embed.onnx or embedding.onnx beside it; every other input is an
empty past: zeros of its shape, with no positions where a dimension is free. Warnings go to standard output.
"""

import json
import os
import pathlib
import sys
import tempfile

import numpy as np
import onnxruntime as ort

TYPES = {"tensor(float)": np.float32, "tensor(float16)": np.float16, "tensor(int64)": np.int64, "tensor(int32)": np.int32}


def session(path: pathlib.Path) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = 2
    options.inter_op_num_threads = 1
    options.log_severity_level = 2
    return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def empty_past(meta: ort.NodeArg) -> np.ndarray:
    """The batch is the first dimension; another one that is not fixed counts past positions, of which there are none."""
    shape = [n if isinstance(n, int) else (1 if axis == 0 else 0) for axis, n in enumerate(meta.shape)]
    return np.zeros(shape, TYPES[meta.type])


def logits_of(model: pathlib.Path, ids: list[int]) -> np.ndarray:
    decoder = session(model)
    tokens = np.array([ids], np.int64)
    positions = np.arange(len(ids))
    feeds = {}
    for meta in decoder.get_inputs():
        kind = TYPES[meta.type]
        if meta.name == "input_ids":
            feeds[meta.name] = tokens.astype(kind)
        elif meta.name == "attention_mask":
            feeds[meta.name] = np.ones_like(tokens, kind)
        elif meta.name == "position_ids":
            axes = (3, 1) if len(meta.shape) == 3 else (1,)
            feeds[meta.name] = np.broadcast_to(positions, (*axes, len(ids))).astype(kind)
        elif meta.name == "inputs_embeds":
            table = session(next(p for p in sorted(model.parent.glob("embed*.onnx"))))
            feeds[meta.name] = table.run(None, {table.get_inputs()[0].name: tokens})[0]
        elif meta.name == "num_logits_to_keep":
            feeds[meta.name] = np.zeros(meta.shape, kind)
        else:
            feeds[meta.name] = empty_past(meta)
    return decoder.run(["logits"], feeds)[0][0].astype(np.float32)


def main(ids_path: str, model_path: str, out_path: str) -> None:
    with open(ids_path) as file:
        ids = json.load(file)
    # The runtime logs from C++ to the process's standard error: catch it there.
    with tempfile.TemporaryFile() as log:
        kept = os.dup(2)
        os.dup2(log.fileno(), 2)
        try:
            logits = logits_of(pathlib.Path(model_path), ids)
        finally:
            os.dup2(kept, 2)
            log.seek(0)
            for line in log.read().decode(errors="replace").splitlines():
                print(f"warn: {line}")
    np.save(out_path, logits)


if __name__ == "__main__":
    main(*sys.argv[1:])
