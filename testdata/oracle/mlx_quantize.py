"""What mx.quantize makes on a CPU of groups of every kind, for the encodings of MLX.

usage: mlx_quantize.py > mlx-quantize.json
By type of the weights: the weights, [rows, 128] in hexadecimal, and by "mode" or "affine-BITS-GROUP" the SHA-256 of codes,
scales and biases, or of codes, scales and what mx.dequantize makes of them in float32. The rows: normal numbers; ties of
every grid; one sign only; zeros, -0 and single numbers; powers of two; near the largest of the type, but below what is
infinite when it is read back; near the smallest normal, but with scales above 2^-127: below it the CPU code of the modes
mxfp4 and mxfp8 overflows. Needs: mlx 0.32.4, numpy.
"""
import hashlib, json, sys
import mlx.core as mx
import numpy as np

COLUMNS = 128
TYPES = {"BF16": (mx.bfloat16, 2.0**127, 2.0**-116), "F16": (mx.float16, 2.0**15, 2.0**-20), "F32": (mx.float32, 2.0**127, 2.0**-116)}

def rows(largest, smallest, random):
    n = random.standard_normal((8, COLUMNS))
    u = random.uniform(-1, 1, (8, COLUMNS))
    yield from n[:2] * 0.02
    yield u[0]
    yield np.abs(n[2]) + 0.1
    yield -np.abs(n[3]) - 0.1
    yield n[4] ** 3
    yield np.round(u[1] * 24) / 4
    yield np.round(u[2] * 16) / 16
    yield np.concatenate([[6], np.arange(127) / 16 - 4])
    yield np.concatenate([[448], np.arange(127) * 3.5 - 200])
    yield np.concatenate([[0, -0.0] * 32, np.zeros(31), [0.3], np.zeros(16), [-5], np.zeros(15)])
    yield np.sign(u[3]) * 2.0 ** random.integers(-12, 3, COLUMNS)
    yield 1 + u[4] * 2.0**-6
    yield u[5] * np.repeat(2.0 ** np.arange(-14, 10, 3), 16)
    yield u[6] * 1.5 * largest
    yield u[7] * smallest
    yield n[5] * 64 * smallest
    yield n[6] * np.repeat([300, 3000], 64)

def raw(a):
    return np.array(a.view(mx.uint16) if a.dtype == mx.bfloat16 else a).tobytes()

def digest(a):
    return hashlib.sha256(raw(a)).hexdigest()

out = {}
for name, (dtype, largest, smallest) in TYPES.items():
    w = mx.array(np.array(list(rows(largest, smallest, np.random.default_rng(7)))).astype(np.float32)).astype(dtype)
    assert bool(mx.all(mx.isfinite(w))), name
    results = {}
    for mode in ("mxfp4", "mxfp8", "nvfp4"):
        q, s = mx.quantize(w, mode=mode)
        d = mx.dequantize(q, s, mode=mode, dtype=mx.float32)
        assert bool(mx.all(mx.isfinite(d))), (name, mode)
        results[mode] = [digest(q), digest(s), digest(d)]
    for bits in (2, 3, 4, 5, 6, 8):
        for group in (32, 64, 128):
            results[f"affine-{bits}-{group}"] = [digest(a) for a in mx.quantize(w, group_size=group, bits=bits)]
    out[name] = {"rows": w.shape[0], "columns": COLUMNS, "weights": raw(w).hex(), "results": results}
json.dump(out, sys.stdout, indent=1); print()
