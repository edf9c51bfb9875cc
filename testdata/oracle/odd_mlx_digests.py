"""One digest a folder of what mlx-lm's and mlx-vlm's converters make of the checkpoint with odd rows, on the CPU.

usage: odd_mlx_digests.py CHECKPOINT > golden/odd/mlx.json
A record holds the number of tensors, the SHA-256 of a line for each of them in the order of their names (name, type, shape,
SHA-256 of its bytes), the matrices that stayed as they were, and config.json's quantization block.
Needs: mlx[cpu]==0.32.4, mlx-lm==0.32.2, mlx-vlm==0.7.10.
"""
import contextlib, hashlib, json, os, pathlib, sys, tempfile
import mlx.core as mx
import mlx_lm, mlx_vlm

PLAIN = [{"q_bits": bits, "q_group_size": group} for bits, group in [(4, 32), (4, 64), (4, 128), (3, 64), (6, 32)]]
MODES = [{"q_mode": mode, "q_bits": None, "q_group_size": None} for mode in ("mxfp4", "mxfp8", "nvfp4")]
RECIPES = [{"quant_predicate": "mixed_4_6", "q_bits": None, "q_group_size": 64}]

def label(options):
    if "quant_predicate" in options: return f"{options['quant_predicate']}-g{options['q_group_size']}"
    return options.get("q_mode") or f"{options['q_bits']}bit-g{options['q_group_size']}"

def digest(folder):
    lines, kept = [], []
    for path in sorted(folder.glob("*.safetensors")):
        with open(path, "rb") as file:
            size = int.from_bytes(file.read(8), "little")
            header = json.loads(file.read(size))
            for name, entry in header.items():
                if name == "__metadata__": continue
                begin, end = entry["data_offsets"]
                file.seek(8 + size + begin)
                own = hashlib.sha256(file.read(end - begin)).hexdigest()
                lines.append(f"{name} {entry['dtype']} {json.dumps(entry['shape'], separators=(',', ':'))} {own}\n")
                if len(entry["shape"]) == 2 and name.startswith("language_model.") and name.endswith(".weight") and entry["dtype"] != "U32":
                    kept.append(name)
    return {"tensors": len(lines), "sha256": hashlib.sha256("".join(sorted(lines)).encode()).hexdigest(), "kept": sorted(kept),
            "quantization": json.loads((folder / "config.json").read_text())["quantization"]}

mx.set_default_device(mx.cpu)
records = {}
with tempfile.TemporaryDirectory() as scratch:
    for kind, convert in (("lm", mlx_lm.convert), ("vlm", mlx_vlm.convert)):
        for options in PLAIN + MODES + RECIPES:
            name = f"{kind}-{label(options)}"
            with contextlib.redirect_stdout(sys.stderr):
                convert(sys.argv[1], os.path.join(scratch, name), quantize=True, **options)
            records[name] = digest(pathlib.Path(scratch) / name)
json.dump(records, sys.stdout, indent=1); print()
