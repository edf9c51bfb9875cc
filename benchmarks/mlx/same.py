"""Whether two MLX folders hold the same: names, types, shapes and every byte of the tensors, and the quantization block.

usage: same.py OURS REFERENCE
One line for each difference; exit status 1 where there is one. Shards may be cut otherwise.
"""

import json
import pathlib
import sys

CHUNK = 1 << 24


def tensors(folder):
    """Name to type, shape, file, begin and end of the data in the file."""
    found = {}
    for path in sorted(folder.glob("*.safetensors")):
        with open(path, "rb") as file:
            size = int.from_bytes(file.read(8), "little")
            header = json.loads(file.read(size))
        for name, entry in header.items():
            if name != "__metadata__":
                begin, end = (8 + size + offset for offset in entry["data_offsets"])
                found[name] = entry["dtype"], entry["shape"], path, begin, end
    return found


def same_bytes(a, b):
    (_, _, path, begin, end), (_, _, other, start, stop) = a, b
    if end - begin != stop - start:
        return False
    with open(path, "rb") as one, open(other, "rb") as two:
        one.seek(begin)
        two.seek(start)
        left = end - begin
        while left > 0:
            size = min(left, CHUNK)
            if one.read(size) != two.read(size):
                return False
            left -= size
    return True


def quantization(folder):
    """The block with every module's settings complete: without a mode it is affine."""
    block = json.loads((folder / "config.json").read_text())["quantization"]
    return {key: {"mode": "affine"} | value if isinstance(value, dict) else value for key, value in block.items()}


def main():
    ours, reference = (pathlib.Path(word) for word in sys.argv[1:3])
    differences = []
    a, b = tensors(ours), tensors(reference)
    for name in sorted(a.keys() | b.keys()):
        if name not in a or name not in b:
            differences.append(f"{name}: only in {ours if name in a else reference}")
        elif a[name][:2] != b[name][:2]:
            differences.append(f"{name}: {a[name][:2]} and {b[name][:2]}")
        elif not same_bytes(a[name], b[name]):
            differences.append(f"{name} ({a[name][0]}): its bytes")
    if quantization(ours) != quantization(reference):
        differences.append(f"quantization: {str(quantization(ours))[:200]} and {str(quantization(reference))[:200]}")
    for difference in differences:
        print("DIFFERENT: " + difference)
    print(f"{len(a)} tensors compared, {len(differences)} differences")
    sys.exit(1 if differences else 0)


if __name__ == "__main__":
    main()
