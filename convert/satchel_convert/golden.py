"""Chooses golden vectors: inputs on which the float model is sure, and the same ones blurred.

A clear input's top label survives small faults (swapped colour channels, for one), so each clear
picture also comes blended with noise. Inputs near a tie are left out: there, kernels of different
processors rightly differ.
"""

import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from satchel.card import ImageInput
from satchel.images import SUFFIXES
from satchel_convert.model_folder import Inputs, ModelFolder

LABELS = 4
"""Of which there is a clear input each"""
NOISE_SHARE = 0.3
"""Of a blended picture"""
CLEAR_MARGIN = 0.5
"""Between the two best probabilities"""
MAX_TEXT_LENGTH = 600
"""Characters, so that a bundle does not carry essays"""
MAX_PICTURE_BYTES = 65_536

ALLOWANCES: Mapping[str, tuple[float, str]] = {
    "float32": (1e-4, "float kernels that add in another order"),
    "float16": (2e-3, "two float16 roundings"),
    "dynamic_int8": (0.02, "int8 ranges that are found anew from activations a rounding apart"),
    "full_int8": (0.02, "five steps of a uint8 probability, as int8 kernels round differently"),
}
"""Scheme to the difference that another processor may add, and its reason"""


class GoldenInput(NamedTuple):
    """A raw input, as a file of the bundle."""

    name: str
    content: bytes


def choose_golden(
    folder: ModelFolder, inputs: Inputs, reference: NDArray[np.float32]
) -> list[GoldenInput]:
    """Return raw inputs on which the float model is sure and right, several labels' worth.

    ``inputs`` and ``reference`` are those of the evaluation samples, in their order.
    """
    truth = folder.truth
    ranked = np.sort(reference, axis=1)
    margins = ranked[:, -1] - ranked[:, -2]
    right = np.where(reference.argmax(axis=1) == truth, margins, 0)
    order = np.argsort(-right, kind="stable").tolist()
    # A float model that is never right has golden vectors still: what it says is to be kept.
    surest = [at for at in order if right[at] > 0] or order[:1]
    golden: list[GoldenInput] = []
    if isinstance(folder.card.input, ImageInput):
        noise = np.random.default_rng(0)
        for position in _one_a_label(surest, truth):
            pixels = inputs[position]
            blended = _blend(pixels, noise.integers(0, 256, pixels.shape, dtype=np.uint8))
            file = Path(folder.evaluation[position].value)
            golden.append(_picture_file(len(golden), file, pixels))
            golden.append(GoldenInput(f"golden/{len(golden)}.png", _to_png(blended)))
        return golden
    texts = [str(sample.value) for sample in folder.evaluation]
    short = [at for at in surest if len(texts[at]) <= MAX_TEXT_LENGTH] or surest[:1]
    # The surest of each label, and the least sure that is still clear.
    doubtful = [at for at in reversed(short) if right[at] >= CLEAR_MARGIN]
    for position in dict.fromkeys([*_one_a_label(short, truth), *_one_a_label(doubtful, truth)]):
        content = texts[position].encode("utf-8", "replace")
        golden.append(GoldenInput(f"golden/{len(golden)}.txt", content))
    return golden


def golden_file(golden: Sequence[GoldenInput], scores: NDArray[np.float32]) -> bytes:
    """Return the file of golden vectors; every probability is written with full precision."""
    vectors = [
        {"input": each.name, "scores": [float(score) for score in row]}
        for each, row in zip(golden, scores, strict=True)
    ]
    return (json.dumps({"vectors": vectors}, indent=1) + "\n").encode()


def tolerance(scheme: str, measured: float) -> tuple[float, str]:
    """Return the largest difference to allow on a device, and why.

    ``measured`` is the largest difference from the float model on the golden vectors, here.
    """
    allowance, reason = ALLOWANCES[scheme]
    total = float(f"{min(1.0, measured + allowance):.4g}")
    return total, f"{measured:.2g} where it was packed, and {allowance:g} for {reason}"


def keep_clear(
    golden: Sequence[GoldenInput], scores: NDArray[np.float32]
) -> tuple[list[GoldenInput], NDArray[np.float32]]:
    """Return the inputs, and the float model's scores, that are no near-tie."""
    ranked = np.sort(scores, axis=1)
    margins = ranked[:, -1] - ranked[:, -2]
    # Where every answer is a near-tie, an honest test is of the model as it is.
    clear = np.flatnonzero(margins >= CLEAR_MARGIN / 2).tolist() or list(range(len(golden)))
    return [golden[position] for position in clear], scores[clear]


def _one_a_label(chosen: Sequence[int], truth: NDArray[np.int64]) -> list[int]:
    first: dict[int, int] = {}
    for position in chosen:
        first.setdefault(int(truth[position]), int(position))
    return list(first.values())[:LABELS]


def _blend(clear: NDArray[np.uint8], noise: NDArray[np.uint8]) -> NDArray[np.uint8]:
    mixed = (1 - NOISE_SHARE) * clear.astype(np.float32) + NOISE_SHARE * noise.astype(np.float32)
    return mixed.round().astype(np.uint8)


def _picture_file(number: int, file: Path, pixels: NDArray[np.uint8]) -> GoldenInput:
    """Return the file itself, so that decoding and resizing are tested too, if it is small."""
    suffix = file.suffix.lower()
    if suffix in SUFFIXES and file.stat().st_size <= MAX_PICTURE_BYTES:
        return GoldenInput(f"golden/{number}{suffix}", file.read_bytes())
    return GoldenInput(f"golden/{number}.png", _to_png(pixels))


def _to_png(pixels: NDArray[np.uint8]) -> bytes:
    from PIL import Image

    target = io.BytesIO()
    Image.fromarray(pixels).save(target, "PNG")
    return target.getvalue()
