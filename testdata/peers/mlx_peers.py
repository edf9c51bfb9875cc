"""MLX's own programs, in this process: the converters of mlx-lm and mlx-vlm, and what both make of a model folder.

Everything runs on the CPU and offline. Warnings raised while a folder is loaded count as an error.
"""

import contextlib
import dataclasses
import functools
import io
import json
import os
import pathlib
import warnings

os.environ["HF_HUB_OFFLINE"] = "1"
# Compiled functions would be built with the machine's C++ compiler, for longer than the small models run.
os.environ["MLX_DISABLE_COMPILE"] = "1"

import mlx.core as mx
import mlx_lm
import mlx_vlm
import numpy as np
from mlx_lm.generate import generate_step
from mlx_vlm.prompt_utils import apply_chat_template
from PIL import Image

mx.set_default_device(mx.cpu)

NEW_TOKENS = 16
QUESTION = "What did the old man see from the harbour?"


class Refused(Exception):
    """A folder that a program does not take, or not without a warning."""


@dataclasses.dataclass(frozen=True)
class Told:
    """What a program says about a folder: every field must be the same for another folder that holds the same model."""

    prompt: tuple[int, ...]
    answer: tuple[int, ...]
    stops: frozenset[int]


def convert(program: str, source: pathlib.Path, folder: pathlib.Path, **options) -> None:
    """Quantizes a checkpoint by `lm` (mlx_lm.convert) or `vlm` (mlx_vlm convert), with the options of that function."""
    by = {"lm": mlx_lm.convert, "vlm": mlx_vlm.convert}[program]
    folder.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.redirect_stdout(io.StringIO()):
        by(str(source), str(folder), quantize=True, **options)


@contextlib.contextmanager
def strictly():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            yield
        except (ValueError, KeyError, OSError, TypeError, RuntimeError, AttributeError) as error:
            raise Refused(f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}") from error
    if caught:
        raise Refused(f"{len(caught)} warnings, first: {caught[0].message}")


class Text:
    """A folder as mlx-lm loads it."""

    def __init__(self, folder: pathlib.Path):
        with strictly():
            self.model, self.tokenizer = mlx_lm.load(str(folder))

    def told(self) -> Told:
        """Greedy tokens, with the numbers in the types that the folder holds."""
        messages = [{"role": "user", "content": QUESTION}]
        prompts = [self.tokenizer.apply_chat_template(messages, add_generation_prompt=True, enable_thinking=thinking)
                   for thinking in (True, False)]
        if prompts[0] == prompts[1]:
            raise Refused("the chat template does not know of thinking")
        steps = generate_step(mx.array(prompts[1]), self.model, max_tokens=NEW_TOKENS)
        return Told(tuple(prompts[0]), tuple(int(token) for token, _ in steps), frozenset(self.tokenizer.eos_token_ids))

    def logits(self, ids: list[int]) -> np.ndarray:
        """Logits [tokens, vocabulary] in float32 throughout. The folder is not good for `told` afterwards."""
        self.model.set_dtype(mx.float32)
        return np.array(self.model(mx.array([ids]))[0].astype(mx.float32))


@functools.cache
def picture() -> Image.Image:
    """160 pixels wide and 96 high: a ramp to the right in red, one downwards in green, and a chessboard in blue."""
    y, x = np.mgrid[0:96, 0:160]
    return Image.fromarray(np.stack([x * 255 // 159, y * 255 // 95, (x // 16 + y // 16) % 2 * 255], -1).astype(np.uint8))


def about_picture(folder: pathlib.Path) -> Told:
    """What mlx-vlm answers at temperature 0 when it is asked about the picture."""
    with strictly(), contextlib.redirect_stdout(io.StringIO()):
        model, processor = mlx_vlm.load(str(folder))
        config = json.loads((folder / "config.json").read_text())
        prompt = apply_chat_template(processor, config, QUESTION, num_images=1)
        answer = mlx_vlm.generate(model, processor, prompt, [picture()], max_tokens=NEW_TOKENS, temperature=0.0)
    inputs = processor(text=[prompt], images=[picture()], return_tensors="np")
    ids, grid = np.array(inputs["input_ids"][0]), np.array(inputs["image_grid_thw"][0])
    merged = config["vision_config"]["spatial_merge_size"] ** 2
    if int((ids == config["image_token_id"]).sum()) * merged != int(np.prod(grid)):
        raise Refused(f"{int((ids == config['image_token_id']).sum())} image tokens in the prompt for a picture of {grid} patches")
    return Told(tuple(int(i) for i in ids), tuple(answer.token_ids),
                frozenset(processor.tokenizer.stopping_criteria.eos_token_ids))


def vision_embeds(folder: pathlib.Path, pixels: np.ndarray, grid: np.ndarray) -> np.ndarray:
    """Embeddings [tokens, width] of an image by mlx-vlm, in float32: of patches [patches, values] in a grid [1, 3]."""
    with strictly():
        tower = mlx_vlm.load(str(folder))[0].vision_tower
    tower.set_dtype(mx.float32)
    return np.array(tower(mx.array(pixels), mx.array(grid))[0].astype(mx.float32))
