"""What the checks share: running Pennyweight, comparing two sets of logits, a line of the table for each file."""

import json
import pathlib
import re
import subprocess

import numpy as np
from safetensors.numpy import load_file

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
TOKENS = 128

# Two float32 programs differ in the order of their sums: measured 4e-13 (llama.cpp) to 5e-12 (MLX) from transformers.
SAME_NUMBERS = 1e-9
# With the same numbers on both sides no token is chosen otherwise, unless two logits are equal to all but the last bits.
SHARP_MARGIN = 0.001


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


def convert(source: pathlib.Path, trained: bool, out: pathlib.Path, *options: str) -> None:
    """Every file must be faithful. Only the trained model need be good too: random weights bear 4 bits badly."""
    command(ROOT / "pennyweight", "convert", source, "--quiet", "--out", out, *options,
            allowed=(0,) if trained else (0, 1))
    for report in out.rglob("report.json"):
        for output in json.loads(report.read_text())["outputs"]:
            for target in output["targets"]:
                if target["faithful"]["verdict"] != "passed":
                    raise Failure(f"{target['path']} is not faithful: {target['faithful']}")
