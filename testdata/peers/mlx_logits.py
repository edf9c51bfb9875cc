"""What mlx-lm computes for a model folder: logits after every token of a prompt, in float32.

usage: mlx_logits.py IDS.json MODEL_DIR OUT.npy
Warnings go to standard output, one a line; a folder that mlx-lm refuses (a missing or an unknown tensor) ends in its error.
"""

import json
import pathlib
import sys
import warnings

import mlx.core as mx
import numpy as np
from mlx_lm.utils import load_model


def main(ids_path: str, model_path: str, out_path: str) -> None:
    mx.set_default_device(mx.cpu)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model, _ = load_model(pathlib.Path(model_path), strict=True)
    for warning in caught:
        print(f"warn: {warning.message}")
    model.set_dtype(mx.float32)
    with open(ids_path) as file:
        ids = json.load(file)
    np.save(out_path, np.array(model(mx.array([ids]))[0].astype(mx.float32)))


if __name__ == "__main__":
    main(*sys.argv[1:])
