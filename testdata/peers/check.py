"""Does what Pennyweight writes mean the same to the real runtimes as to Pennyweight's own forward pass?

usage: check.py --cache DIR [--keep] [--only CHECKPOINT]        (testdata/peers/run calls it)
For each file: KL(Pennyweight's forward pass of the file || the runtime's) per token, mean over a prompt of 128 tokens,
against a bound; the runtime picks the same next token wherever Pennyweight's margin between its first two exceeds a
bound, in logits; and it loads the file without a warning that is not expected. One line a file.
"""

import argparse
import functools
import json
import pathlib
import re
import shutil
import subprocess
import sys

import gguf
import mlx.core as mx
import numpy as np
from safetensors.numpy import load_file

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PYTHON = sys.executable
TOKENS = 128

# Two float32 programs differ in the order of their sums: measured 4e-13 (llama.cpp) to 5e-12 (MLX) from transformers.
SAME_NUMBERS = 1e-9
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
SHARP_MARGIN = 0.001

# What llama.cpp says of files of its own converter too: special tokens that a tokenizer does not flag as such.
EXPECTED = [re.compile(r"control-looking token")]


class Failure(Exception):
    """A line of the table that says why."""


def command(*words: object, allowed: tuple[int, ...] = (0,)) -> str:
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode not in allowed:
        said = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        errors = [line for line in said if re.search(r"error|refus|cannot", line, re.IGNORECASE)]
        raise Failure(f"exit status {done.returncode}: {(errors or said or ['nothing said'])[-1].strip()}")
    return done.stdout


def log_softmax(logits: np.ndarray) -> np.ndarray:
    shifted = logits.astype(np.float64) - logits.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


class Table:
    """Prints a line a file and counts them."""

    def __init__(self, scratch: pathlib.Path, ids: list[int]):
        self.scratch = scratch
        self.ids_path = scratch / "ids.json"
        self.ids_path.write_text(json.dumps(ids))
        self.passed = self.failed = 0
        print(f"{'runtime':<14}{'file':<72}{'mean KL':>10}{'bound':>9}{'largest':>10}{'other top':>11}{'margin':>8}  verdict")

    def line(self, runtime: str, name: str, cells: str, problem: str | None) -> None:
        self.passed += problem is None
        self.failed += problem is not None
        print(f"{runtime:<14}{name:<72}{cells:<48}  {'ok' if problem is None else 'FAILED: ' + problem}", flush=True)

    def ours(self, path: pathlib.Path) -> np.ndarray:
        out = self.scratch / "ours.safetensors"
        out.unlink(missing_ok=True)
        command(ROOT / "pennyweight", "logits", path, "--tokens", self.ids_path, "--out", out)
        return load_file(out)["logits"]

    def peer(self, driver: list[object], path: pathlib.Path, expected: list[re.Pattern]) -> np.ndarray:
        out = self.scratch / "peer.npy"
        out.unlink(missing_ok=True)
        said = command(*driver, self.ids_path, path, out).splitlines()
        unexpected = [line for line in said if line.strip() and not any(e.search(line) for e in expected)]
        if unexpected:
            raise Failure(f"{len(unexpected)} warnings, first: {unexpected[0]}")
        return np.load(out)

    def compare(self, runtime: str, name: str, ours, theirs, bound: float, margin: float) -> None:
        """Ours and theirs are functions that give logits [tokens, vocabulary]."""
        cells = ""
        try:
            a, b = ours(), theirs()
            if a.shape != b.shape:
                raise Failure(f"logits of shape {list(a.shape)} and {list(b.shape)}")
            p, q = log_softmax(a), log_softmax(b)
            divergence = (np.exp(p) * (p - q)).sum(axis=1)
            ordered = np.sort(a, axis=1)
            margins = ordered[:, -1] - ordered[:, -2]
            other = a.argmax(axis=1) != b.argmax(axis=1)
            overturned = margins[other].max(initial=0)
            mean = divergence.mean()
            cells = f"{mean:>10.1e}{bound:>9.1e}{divergence.max():>10.1e}{other.sum():>11d}{overturned:>8.3f}"
            # A NaN fails as well.
            if not mean <= bound:
                raise Failure("further apart than allowed")
            if not overturned <= margin:
                raise Failure(f"a token chosen otherwise in spite of a margin above {margin}")
        except Failure as failure:
            self.line(runtime, name, cells, str(failure))
        else:
            self.line(runtime, name, cells, None)


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


def check_mlx(table: Table, path: pathlib.Path, name: str) -> None:
    table.compare("MLX", name, lambda: table.ours(path),
                  lambda: table.peer([PYTHON, HERE / "mlx_logits.py"], path, []), SAME_NUMBERS, SHARP_MARGIN)


def check_onnx(table: Table, checkpoint: str, level: int, path: pathlib.Path, name: str) -> None:
    table.compare("ONNX Runtime", name, lambda: table.ours(path),
                  lambda: table.peer([PYTHON, HERE / "onnx_logits.py"], path, []), ONNX[level],
                  SHARP_MARGIN if level == 0 else MARGIN[checkpoint])


def convert(source: pathlib.Path, trained: bool, out: pathlib.Path, *options: str) -> None:
    """Every file must be faithful. Only the trained model need be good too: random weights bear 4 bits badly."""
    command(ROOT / "pennyweight", "convert", source, "--quiet", "--out", out, *options,
            allowed=(0,) if trained else (0, 1))
    for report in out.rglob("report.json"):
        for output in json.loads(report.read_text())["outputs"]:
            for target in output["targets"]:
                if target["faithful"]["verdict"] != "passed":
                    raise Failure(f"{target['path']} is not faithful: {target['faithful']}")


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
    convert(source, trained, exact, "--bits", "4,6,8", "--onnx-accuracy", "0")
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
    for format, found, least in (("GGUF", ggufs, 21 if trained else 4), ("MLX", mlx, 3), ("ONNX", onnx[0], 3), ("ONNX", onnx[4], 3)):
        if len(found) < least:
            table.line("-", f"{checkpoint}: {format}", "", f"{len(found)} models were written where at least {least} should be")

    for path in ggufs:
        check_gguf(table, checkpoint, path, str(path.relative_to(scratch)), cache, drafts=True)
    for path in mlx:
        check_mlx(table, path, str(path.relative_to(scratch)))
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
    """mlx-lm itself refuses such a checkpoint (model type qwen3_5_text); it runs what Pennyweight makes of it."""
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
    check_mlx(table, out / "mlx", "text-only/exact/mlx")
    check_onnx(table, bounds, 0, out / "onnx/model.onnx", "text-only/exact/onnx/model.onnx")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--cache", type=pathlib.Path, required=True)
    parser.add_argument("--keep", action="store_true", help="leave the written files in the cache folder's work/")
    parser.add_argument("--only", action="append", choices=("tiny-qwen35", "micro4b", "shards", "text-only"),
                        help="check this checkpoint alone; may be given more than once")
    options = parser.parse_args()
    scratch = options.cache / "work"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    golden = load_file(ROOT / "testdata/golden/tiny-qwen35/hf-long.safetensors")
    table = Table(scratch, golden["input_ids"][:TOKENS].tolist())
    checks = {
        "tiny-qwen35": functools.partial(check_checkpoint, table, "tiny-qwen35", options.cache, scratch),
        "micro4b": functools.partial(check_checkpoint, table, "micro4b", options.cache, scratch),
        "shards": functools.partial(check_shards, table, options.cache, scratch),
        "text-only": functools.partial(check_text_only, table, options.cache, scratch),
    }
    for checkpoint in options.only or checks:
        try:
            checks[checkpoint]()
        except Failure as failure:
            table.line("-", checkpoint, "", str(failure))
    if not options.keep:
        shutil.rmtree(scratch)
    print(f"{table.passed} passed, {table.failed} failed")
    sys.exit(1 if table.failed else 0)


if __name__ == "__main__":
    main()
