"""MLX folders in mlx-lm and mlx-vlm, beside the folders that their own converters write of the same checkpoint.

Every folder must give the logits of Pennyweight's forward pass once its numbers are float32, and as it is the same prompts,
the same greedy tokens and the same stops as the reference. The picture part is held to transformers as well.
"""

import dataclasses
import functools
import json
import pathlib
from collections.abc import Callable

import numpy as np
from safetensors.numpy import load_file

import mlx_peers
from table import ROOT, SAME_NUMBERS, SHARP_MARGIN, TOKENS, Failure, Table, command, convert

CHECKPOINT = "tiny-qwen35"
# Measured 7e-7, where the largest number is 0.5. The other GELU would move some by 1e-4.
SAME_PICTURE = 1e-5


@dataclasses.dataclass(frozen=True)
class Setting:
    """One way to quantize: our options, the reference's, and the folder below --out that we write.

    `same` says that two settings hold the same text model: then one reference serves both.
    """

    ours: tuple[str, ...]
    folder: str
    reference: dict[str, object] = dataclasses.field(default_factory=dict)
    same: str | None = None


def raised(path: str, module: object) -> dict[str, object] | bool:
    """As `--mlx-tensor 'down_proj=8:32'`."""
    return {"group_size": 32, "bits": 8, "mode": "affine"} if "down_proj" in path else True


BITS = (2, 3, 4, 5, 6, 8)
SETTINGS = {
    **{f"{bits}-bit": Setting(("--bits", ",".join(map(str, BITS))), f"{CHECKPOINT}-{bits}bit/mlx", {"q_bits": bits})
       for bits in BITS},
    **{mode: Setting(("--mlx-mode", mode), "mlx", {"q_mode": mode}) for mode in ("mxfp4", "mxfp8", "nvfp4")},
    "mixed_3_6": Setting(("--mlx-recipe", "mixed_3_6", "--text-only"), "mlx",
                         {"quant_predicate": "mixed_3_6", "q_group_size": 64}),
    "override": Setting(("--bits", "4", "--mlx-tensor", "down_proj=8:32"), "mlx", {"quant_predicate": raised}),
    "text-only": Setting(("--bits", "4", "--text-only"), "mlx", same="4-bit"),
}
PICTURES = ("4-bit", "6-bit")


def write(scratch: pathlib.Path) -> dict[str, pathlib.Path]:
    """Our folders. Settings that differ by the folder alone are written by one run."""
    runs: dict[tuple[str, ...], pathlib.Path] = {}
    for number, options in enumerate(dict.fromkeys(setting.ours for setting in SETTINGS.values())):
        runs[options] = scratch / f"run-{number}"
        convert(ROOT / "testdata" / CHECKPOINT, False, runs[options], "--to", "mlx", *options)
    return {name: runs[setting.ours] / setting.folder for name, setting in SETTINGS.items()}


def same(ours: mlx_peers.Told, reference: mlx_peers.Told) -> None:
    for field in dataclasses.fields(mlx_peers.Told):
        mine, theirs = getattr(ours, field.name), getattr(reference, field.name)
        if mine != theirs:
            raise Failure(f"{field.name} {list(mine)}, of the reference {list(theirs)}")


def line(table: Table, runtime: str, name: str, check: Callable[[], str]) -> None:
    """A line of the table; what the check gives stands where the others have their figures."""
    try:
        cells = check()
    except (Failure, mlx_peers.Refused) as failure:
        table.line(runtime, name, "", str(failure))
    else:
        table.line(runtime, name, cells, None)


def check_text(table: Table, folder: pathlib.Path, name: str, reference: Callable[[], mlx_peers.Told] | None = None) -> None:
    """The logits, and where there is a reference the tokens."""
    try:
        loaded = mlx_peers.Text(folder)
        told = loaded.told()
    except mlx_peers.Refused as refused:
        table.line("mlx-lm", name, "", str(refused))
        return
    if reference:
        def tokens() -> str:
            same(told, reference())
            return f"{len(told.answer)} tokens as the reference"

        line(table, "mlx-lm", name, tokens)
    ids = json.loads(table.ids_path.read_text())
    table.compare("mlx-lm", name, lambda: table.ours(folder), lambda: loaded.logits(ids), SAME_NUMBERS, SHARP_MARGIN)


def check_picture(table: Table, folder: pathlib.Path, reference: pathlib.Path, name: str) -> None:
    def tokens() -> str:
        told = mlx_peers.about_picture(folder)
        same(told, mlx_peers.about_picture(reference))
        return f"{len(told.answer)} tokens as the reference"

    def embeddings() -> str:
        golden = load_file(ROOT / "testdata/golden" / CHECKPOINT / "hf.safetensors")
        seen = mlx_peers.vision_embeds(folder, golden["pixel_values"], golden["grid"])
        if seen.shape != golden["vision_embeds"].shape:
            raise Failure(f"embeddings of shape {list(seen.shape)}")
        apart = np.abs(seen - golden["vision_embeds"]).max()
        if not apart <= SAME_PICTURE:
            raise Failure(f"embeddings {apart:.1e} from transformers', more than {SAME_PICTURE:.0e}")
        return f"embeddings {apart:.1e} from transformers'"

    line(table, "mlx-vlm", name, tokens)
    line(table, "mlx-vlm", name, embeddings)


def check_judged(table: Table, folders: dict[str, pathlib.Path]) -> None:
    """Pennyweight's verdict on what the reference converters wrote; 2 bits are too few for this model."""
    text = command(ROOT / "pennyweight", "verify", *folders.values(), "--against", ROOT / "testdata" / CHECKPOINT, "--json",
                   allowed=(0, 1))
    judged = {file["path"]: file for file in json.loads(text)["files"]}
    for name, folder in folders.items():
        def verdict() -> str:
            if str(folder) not in judged:
                raise Failure(f"no verdict; there are ones on {sorted(judged)}")
            good = judged[str(folder)]["good"]
            wanted = "failed" if name.endswith("2-bit") else "passed"
            if judged[str(folder)]["faithful"]["verdict"] == "failed" or good["verdict"] != wanted:
                raise Failure(json.dumps(judged[str(folder)])[:300])
            return f"{good['klDivergence']:>10.1e}  from the checkpoint"

        line(table, "pennyweight", name, verdict)


def check(table: Table, scratch: pathlib.Path) -> None:
    scratch = scratch / "mlx"
    source = ROOT / "testdata" / CHECKPOINT
    references: dict[str, pathlib.Path] = {}
    for name, setting in SETTINGS.items():
        if setting.same is None:
            references[name] = scratch / "mlx-lm" / name
            mlx_peers.convert("lm", source, references[name], **setting.reference)
    pictures = {name: scratch / "mlx-vlm" / name for name in PICTURES}
    for name, folder in pictures.items():
        mlx_peers.convert("vlm", source, folder, **SETTINGS[name].reference)

    @functools.cache
    def reference(name: str) -> mlx_peers.Told:
        return mlx_peers.Text(references[name]).told()

    written = write(scratch)
    for name, folder in written.items():
        check_text(table, folder, f"{CHECKPOINT}, {name}", functools.partial(reference, SETTINGS[name].same or name))
    for name, folder in pictures.items():
        check_picture(table, written[name], folder, f"{CHECKPOINT}, {name}")
    check_judged(table, {f"of {folder.parent.name}: {name}": folder
                         for folders in (references, pictures) for name, folder in folders.items()})
