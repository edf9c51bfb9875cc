"""Does what Pennyweight writes mean the same to the real runtimes as to Pennyweight's own forward pass?

usage: check.py --cache DIR [--keep] [--only CHECK]        (testdata/peers/run calls it)
For each file: KL(Pennyweight's forward pass of the file || the runtime's) per token, mean over a prompt of 128 tokens,
against a bound; the runtime picks the same next token wherever Pennyweight's margin between its first two exceeds a
bound, in logits; and it loads the file without a warning that is not expected. One line a file. Of MLX folders more is asked (mlx_checks.py).
"""

import argparse
import functools
import json
import pathlib
import re
import shutil
import sys

import gguf
import mlx.core as mx
from safetensors.numpy import load_file

import mlx_checks
import mlx_peers
from table import HERE, ROOT, SAME_NUMBERS, SHARP_MARGIN, TOKENS, Failure, Table, command, convert

PYTHON = sys.executable

# llama.cpp rounds activations, to BF16 or to 8 bits in blocks, before it multiplies; its own files rewritten as F32 differ
# this much from themselves. Measured on tiny-qwen35: 5e-6 BF16, 1.1e-4 Q8_0, 2.6e-4 Q4_0, 5e-4 to 6e-4 the K types. The
# random weights of micro4b amplify the same rounding about tenfold: 7e-5, 1.4e-3, 1.5e-3, 3e-3 to 4.3e-3.
LLAMA = {
    "tiny-qwen35": {"F32": SAME_NUMBERS, "BF16": 2e-5, "Q8_0": 5e-4, "Q4_0": 5e-4, "K": 1.5e-3},
    "micro4b": {"F32": SAME_NUMBERS, "BF16": 3e-4, "Q8_0": 5e-3, "Q4_0": 5e-3, "K": 1.5e-2},
}
# general.file_type of llama.cpp (llama_ftype) to the kind of rounding: F16 rounds activations to its own 11 bits, the types
# of 32 numbers a block to 8 bits in blocks of 32. Every other one is a K type or a mix of them.
FILE_TYPES = {0: "F32", 1: "BF16", 2: "Q4_0", 3: "Q4_0", 7: "Q8_0", 8: "Q4_0", 9: "Q4_0", 32: "BF16"}
GGUF_TYPES = ("Q2_K", "Q3_K_S", "Q3_K_M", "Q3_K_L", "Q4_0", "Q4_1", "Q4_K_S", "Q5_0", "Q5_1", "Q5_K_S", "Q5_K_M", "IQ4_NL",
              "IQ4_XS", "BF16", "F16", "F32")
# ONNX Runtime at accuracy level 0 multiplies in float32, at 4 it rounds activations to 8 bits in blocks.
ONNX = {0: 1e-8, 4: 5e-3}
# Rounding of activations moved a logit of the trained model by up to 0.4 and overturned margins of up to 0.05; of the
# random one by up to 1.3 and margins of up to 0.4.
MARGIN = {"tiny-qwen35": 0.1, "micro4b": 1.0}
# llama.cpp's products of Q2_K, Q3_K and IQ4_XS with rounded activations overturned margins of 0.181, 0.158 and 0.111 of the
# trained model (Q2_K, Q3_K_S, IQ4_XS with importance); with the same numbers as F32 nothing is overturned. By file type.
COARSE = {10, 11, 12, 13, 30}
COARSE_MARGIN = 0.2

# What llama.cpp says of files of its own converter too: special tokens that a tokenizer does not flag as such.
EXPECTED = [re.compile(r"control-looking token")]


def unused_by_llama(reader: gguf.GGUFReader) -> re.Pattern:
    """The draft (MTP) blocks come last; llama.cpp reads them when drafting only, and says so."""
    def number(key: str) -> int:
        field = reader.fields.get(key)
        return int(field.contents()) if field else 0

    architecture = reader.fields["general.architecture"].contents()
    blocks, drafts = number(f"{architecture}.block_count"), number(f"{architecture}.nextn_predict_layers")
    names = "|".join(str(block) for block in range(blocks - drafts, blocks))
    return re.compile(rf"unused tensor blk\.({names})\." if names else r"(?!)")


def check_gguf(table: Table, checkpoint: str, path: pathlib.Path, name: str, cache: pathlib.Path, drafts: bool) -> None:
    reader = gguf.GGUFReader(path)
    file_type = int(reader.fields["general.file_type"].contents())
    kind = FILE_TYPES.get(file_type, "K")
    expected = [*EXPECTED, unused_by_llama(reader)] if drafts else EXPECTED
    driver = ["node", cache / "node/llama.mjs"]
    ours = functools.cache(lambda: table.ours(path))
    exact = kind == "F32"
    margin = SHARP_MARGIN if exact else MARGIN[checkpoint]
    if file_type in COARSE:
        margin = max(margin, COARSE_MARGIN)
    table.compare("llama.cpp", name, ours, lambda: table.peer(driver, path, expected),
                  LLAMA[checkpoint][kind], margin)
    if exact:
        return
    rewritten = table.scratch / "as-f32.gguf"
    command(PYTHON, HERE / "as_f32.py", path, rewritten)
    table.compare("llama.cpp", f"{name}, as F32", ours, lambda: table.peer(driver, rewritten, expected),
                  SAME_NUMBERS, SHARP_MARGIN)


def check_onnx(table: Table, checkpoint: str, level: int, path: pathlib.Path, name: str) -> None:
    table.compare("ONNX Runtime", name, lambda: table.ours(path),
                  lambda: table.peer([PYTHON, HERE / "onnx_logits.py"], path, []), ONNX[level],
                  SHARP_MARGIN if level == 0 else MARGIN[checkpoint])


def is_mlx(folder: pathlib.Path) -> bool:
    config = folder / "config.json"
    return config.exists() and any(folder.glob("model*.safetensors")) and "quantization" in json.loads(config.read_text())


def is_decoder(path: pathlib.Path) -> bool:
    return not path.name.startswith(("embed", "vision"))


def check_checkpoint(table: Table, checkpoint: str, cache: pathlib.Path, scratch: pathlib.Path) -> None:
    source = ROOT / "testdata" / checkpoint
    recorded = load_file(ROOT / "testdata/golden" / checkpoint / "hf-long.safetensors")["logits"][:TOKENS]
    table.compare("transformers", f"{checkpoint} (recorded)", lambda: table.ours(source), lambda: recorded,
                  SAME_NUMBERS, SHARP_MARGIN)

    trained = checkpoint == "tiny-qwen35"
    exact, rounded = scratch / checkpoint / "exact", scratch / checkpoint / "rounded"
    # What mlx_checks.py does with the trained model is more.
    convert(source, trained, exact, "--to", "gguf,onnx" if trained else "gguf,mlx,onnx", "--bits", "4,6,8", "--onnx-accuracy", "0")
    convert(source, trained, rounded, "--to", "onnx", "--bits", "4,6,8", "--onnx-accuracy", "4")
    convert(source, trained, exact / "types", "--to", "gguf", "--gguf-type",
            ",".join(GGUF_TYPES if trained else ("BF16",)))
    if trained:
        convert(source, trained, exact / "weighted", "--to", "gguf", "--gguf-type", "Q4_K_M,IQ4_XS", "--imatrix",
                ROOT / "testdata/golden" / checkpoint / "imatrix.gguf")

    ggufs = [path for path in sorted(exact.rglob("*.gguf")) if not path.name.startswith("mmproj")]
    mlx = [path.parent for path in sorted(exact.rglob("config.json")) if is_mlx(path.parent)]
    onnx = {level: [path for path in sorted(folder.rglob("*.onnx")) if is_decoder(path)]
            for level, folder in ((0, exact), (4, rounded))}
    for format, found, least in (("GGUF", ggufs, 21 if trained else 4), ("MLX", mlx, 0 if trained else 3), ("ONNX", onnx[0], 3), ("ONNX", onnx[4], 3)):
        if len(found) < least:
            table.line("-", f"{checkpoint}: {format}", "", f"{len(found)} models were written where at least {least} should be")

    for path in ggufs:
        check_gguf(table, checkpoint, path, str(path.relative_to(scratch)), cache, drafts=True)
    for path in mlx:
        mlx_checks.check_text(table, path, str(path.relative_to(scratch)))
    for level, paths in onnx.items():
        for path in paths:
            check_onnx(table, checkpoint, level, path, str(path.relative_to(scratch)))


def check_shards(table: Table, cache: pathlib.Path, scratch: pathlib.Path) -> None:
    """A file in shards and without the draft block."""
    out = scratch / "shards/exact"
    convert(ROOT / "testdata/tiny-qwen35", True, out, "--to", "gguf", "--gguf-type", "Q4_K_M", "--split-max-size", "1M",
            "--mtp", "drop")
    shards = sorted(out.glob("gguf/*-of-*.gguf"))
    if len(shards) < 2:
        raise Failure(f"{len(shards)} shards were written where at least two should be")
    table.compare("llama.cpp", str(shards[0].relative_to(scratch)), lambda: table.ours(shards[0]),
                  lambda: table.peer(["node", cache / "node/llama.mjs"], shards[0], EXPECTED), LLAMA["tiny-qwen35"]["K"],
                  MARGIN["tiny-qwen35"])


def write_text_only(source: pathlib.Path, folder: pathlib.Path) -> None:
    """The text model as a checkpoint of its own, as Qwen3_5ForCausalLM saves it: a flat config, names without
    `language_model`, no vision tower, no draft block.
    """
    folder.mkdir(parents=True)
    config = json.loads((source / "config.json").read_text())
    flat = config["text_config"] | {"architectures": ["Qwen3_5ForCausalLM"], "mtp_num_hidden_layers": 0,
                                    "transformers_version": config["transformers_version"]}
    (folder / "config.json").write_text(json.dumps(flat, indent=2))
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja", "generation_config.json"):
        shutil.copy(source / name, folder)
    stored = {name: tensor for shard in sorted(source.glob("*.safetensors")) for name, tensor in mx.load(str(shard)).items()}
    text = {name.replace("model.language_model.", "model."): tensor for name, tensor in stored.items()
            if name.startswith("model.language_model.")}
    mx.save_safetensors(str(folder / "model.safetensors"), text, {"format": "pt"})


def check_text_only(table: Table, cache: pathlib.Path, scratch: pathlib.Path) -> None:
    """mlx-lm itself refuses such a checkpoint (model type qwen3_5_text); it runs what Pennyweight makes of it, and says the
    same as of the whole checkpoint's.
    """
    bounds, source, out = "tiny-qwen35", scratch / "text-only/source", scratch / "text-only/exact"
    write_text_only(ROOT / "testdata" / bounds, source)
    recorded = load_file(ROOT / "testdata/golden" / bounds / "hf-long.safetensors")["logits"][:TOKENS]
    table.compare("transformers", "text-only (recorded)", lambda: table.ours(source), lambda: recorded,
                  SAME_NUMBERS, SHARP_MARGIN)
    convert(source, True, out, "--bits", "4", "--onnx-accuracy", "0")
    ggufs = list(out.glob("gguf/*.gguf"))
    if len(ggufs) != 1:
        raise Failure(f"{len(ggufs)} GGUF files were written where one should be")
    check_gguf(table, bounds, ggufs[0], str(ggufs[0].relative_to(scratch)), cache, drafts=False)
    nested = scratch / "text-only/mlx-lm"
    mlx_peers.convert("lm", ROOT / "testdata" / bounds, nested, q_bits=4)
    mlx_checks.check_text(table, out / "mlx", "text-only/exact/mlx", lambda: mlx_peers.Text(nested).told())
    check_onnx(table, bounds, 0, out / "onnx/model.onnx", "text-only/exact/onnx/model.onnx")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--cache", type=pathlib.Path, required=True)
    parser.add_argument("--keep", action="store_true", help="leave the written files in the cache folder's work/")
    parser.add_argument("--only", action="append", choices=("tiny-qwen35", "mlx", "micro4b", "shards", "text-only"),
                        help="make this check alone; may be given more than once")
    options = parser.parse_args()
    scratch = options.cache / "work"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    golden = load_file(ROOT / "testdata/golden/tiny-qwen35/hf-long.safetensors")
    table = Table(scratch, golden["input_ids"][:TOKENS].tolist())
    checks = {
        "tiny-qwen35": functools.partial(check_checkpoint, table, "tiny-qwen35", options.cache, scratch),
        "mlx": functools.partial(mlx_checks.check, table, scratch),
        "micro4b": functools.partial(check_checkpoint, table, "micro4b", options.cache, scratch),
        "shards": functools.partial(check_shards, table, options.cache, scratch),
        "text-only": functools.partial(check_text_only, table, options.cache, scratch),
    }
    for name in options.only or checks:
        try:
            checks[name]()
        except Failure as failure:
            table.line("-", name, "", str(failure))
    if not options.keep:
        shutil.rmtree(scratch)
    print(f"{table.passed} passed, {table.failed} failed")
    sys.exit(1 if table.failed else 0)


if __name__ == "__main__":
    main()
