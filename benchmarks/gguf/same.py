"""Whether two GGUF files hold the same: names, order, types, shapes, places, every byte of data, every key and its value.

usage: same.py OURS.gguf REFERENCE.gguf
One line for each difference; exit status 1 where there is one that is not expected. Expected are pennyweight.settings,
the path in quantize.imatrix.file, a key that llama.cpp writes since September 2026 and its loader can do without, and
ssm_a, which may differ in the last bit of a number: torch's exponential is not correctly rounded, ours is.
"""

import sys

import gguf
import numpy as np

NEWER = ".attention.recurrent_layers"


def keys(reader):
    return [(name, field.types, field.contents()) for name, field in reader.fields.items() if not name.startswith("GGUF.")]


def main():
    ours, reference = (gguf.GGUFReader(path) for path in sys.argv[1:3])
    wrong = 0

    def say(line, expected=False):
        nonlocal wrong
        wrong += not expected
        print(("expected: " if expected else "DIFFERENT: ") + line)

    a, b = keys(ours), keys(reference)
    names = [name for name, _, _ in a if name != "pennyweight.settings"]
    newer = [name for name, _, _ in b if name.endswith(NEWER) and name not in names]
    for name in newer:
        say(f"key {name} is only there", True)
    if names != [name for name, _, _ in b if name not in newer]:
        say(f"keys or their order: {set(names) ^ {name for name, _, _ in b}}")
    values = {name: (types, value) for name, types, value in b}
    for name, types, value in a:
        if name in values and values[name] != (types, value):
            say(f"key {name}: {str(value)[:60]} and {str(values[name][1])[:60]}", name == "quantize.imatrix.file")
    placed = [(t.name, t.tensor_type.name, list(t.shape), int(t.data_offset) - int(ours.data_offset)) for t in ours.tensors]
    other = [(t.name, t.tensor_type.name, list(t.shape), int(t.data_offset) - int(reference.data_offset)) for t in reference.tensors]
    if placed != other:
        say(f"tensors: {[x for x in zip(placed, other) if x[0] != x[1]][:3]}, {len(placed)} and {len(other)}")
    theirs = {t.name: t for t in reference.tensors}
    same = 0
    for tensor in ours.tensors:
        peer = theirs.get(tensor.name)
        if peer is None or tensor.data.shape != peer.data.shape:
            continue
        if np.array_equal(tensor.data.view(np.uint8), peer.data.view(np.uint8)):
            same += 1
        elif tensor.name.endswith("ssm_a"):
            ulps = np.abs(tensor.data.view(np.int32).astype(np.int64) - peer.data.view(np.int32)).max()
            say(f"{tensor.name}: {ulps} units in the last place", ulps <= 1)
        else:
            say(f"{tensor.name} ({tensor.tensor_type.name}): its bytes")
    print(f"{same} of {len(ours.tensors)} tensors and {len(values)} keys compared, {wrong} differences")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
