"""Chooses golden vectors: inputs on which the float model is sure, and the same ones blurred.

A clear input's top label survives small faults (swapped colour channels, for one), so each clear
picture also comes blended with noise. Inputs near a tie are left out: there, kernels of different
processors rightly differ. Of a model that makes pictures any sample will do: every pixel counts.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from satchel.card import ImageInput, LabelOutput, Output
from satchel.images import to_png
from satchel.picture_formats import SUFFIXES
from satchel.plain_json import Json
from satchel_convert.keras_models.reference import Reference
from satchel_convert.model_folder import ModelFolder
from satchel_convert.sample_inputs import Inputs, SampleInputs

VECTORS = "golden/vectors.json"
LABELS = 4
"""Of which there is a clear input each"""
NOISE_SHARE = 0.3
"""Of a blended picture"""
CLEAR_MARGIN = 0.5
"""Between the two best probabilities"""
PICTURES = 4
"""Inputs of a model that makes pictures"""
MAX_TEXT_LENGTH = 600
"""Characters, so that a bundle does not carry essays"""
MAX_PICTURE_BYTES = 65_536

Allowance: TypeAlias = tuple[float, str]
"""The difference that another processor may add, and its reason"""

LABEL_ALLOWANCES: Mapping[str, Allowance] = {
    "float32": (1e-4, "float kernels that add in another order"),
    "float16": (2e-3, "two float16 roundings"),
    "dynamic_int8": (0.02, "int8 ranges that are found anew from activations a rounding apart"),
    "full_int8": (0.02, "five steps of a uint8 probability, as int8 kernels round differently"),
    "int16x8": (2e-3, "int16 kernels that round differently"),
    "weight_int4": (1e-3, "float kernels that add in another order"),
    "mixed_int8": (0.02, "int8 kernels that round differently"),
}
"""By scheme, in any one probability"""
PICTURE_ALLOWANCES: Mapping[str, Allowance] = {
    "float32": (2e-3, "half a level, as numbers near a half round either way"),
    "float16": (4e-3, "one level, as float16 roundings add up"),
    "dynamic_int8": (0.02, "five levels, as int8 ranges are found anew in every layer"),
    "full_int8": (0.02, "five levels, as int8 kernels round differently in every layer"),
    "int16x8": (4e-3, "one level, as int16 kernels round differently"),
    "weight_int4": (2e-3, "half a level, as numbers near a half round either way"),
    "mixed_int8": (0.02, "five levels, as int8 kernels round differently in every layer"),
}
"""By scheme, in the root mean square of the pixels"""


class GoldenInput(NamedTuple):
    """A raw input, and the file of the bundle that holds it."""

    raw: bytes | str | int
    """An encoded picture, a text or a seed"""
    file: str | None = None
    """None for a seed"""


def choose_golden(
    folder: ModelFolder, inputs: Inputs | SampleInputs, reference: Reference
) -> list[GoldenInput]:
    """Return raw inputs for golden vectors, of the evaluation samples.

    ``inputs`` and ``reference`` are those of the evaluation samples, in their order.
    """
    truth = folder.truth
    if truth is None:
        return _any_samples(folder, inputs)
    assert isinstance(reference, np.ndarray)
    surest, margins = _surest(reference, truth)
    if isinstance(folder.card.input, ImageInput):
        return _clear_and_blended(folder, inputs, _one_a_label(surest, truth))
    texts = [str(sample.value) for sample in folder.evaluation]
    short = [at for at in surest if len(texts[at]) <= MAX_TEXT_LENGTH] or surest[:1]
    # The surest of each label, and the least sure that is still clear.
    doubtful = [at for at in reversed(short) if margins[at] >= CLEAR_MARGIN]
    chosen = dict.fromkeys([*_one_a_label(short, truth), *_one_a_label(doubtful, truth)])
    # What UTF-8 cannot write is replaced here, and not when the file is.
    kept = [texts[at].encode("utf-8", "replace").decode() for at in chosen]
    return [GoldenInput(text, f"golden/{number}.txt") for number, text in enumerate(kept)]


def golden_files(golden: Sequence[GoldenInput], answers: NDArray[Any]) -> dict[str, bytes]:
    """Return the files of golden vectors: VECTORS, the inputs, and the pictures that came out.

    Every probability is written with full precision.
    """
    files: dict[str, bytes] = {}
    vectors: list[dict[str, Json]] = []
    for number, (each, answer) in enumerate(zip(golden, answers, strict=True)):
        vector: dict[str, Json] = {}
        if isinstance(each.raw, int):
            vector["seed"] = each.raw
        else:
            assert each.file is not None
            vector["input"] = each.file
            files[each.file] = each.raw.encode() if isinstance(each.raw, str) else each.raw
        if answer.dtype == np.uint8:
            name = f"golden/{number}-output.png"
            vector["output"] = name
            files[name] = to_png(answer)
        else:
            vector["scores"] = [float(score) for score in answer]
        vectors.append(vector)
    return {VECTORS: (json.dumps({"vectors": vectors}, indent=1) + "\n").encode(), **files}


def tolerance(scheme: str, measured: float, given: Output) -> tuple[float, str]:
    """Return the largest difference to allow on a device, and why.

    ``measured`` is the largest difference from the float model on the golden vectors, here.
    """
    allowances = LABEL_ALLOWANCES if isinstance(given, LabelOutput) else PICTURE_ALLOWANCES
    allowance, reason = allowances[scheme]
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


def _surest(
    reference: NDArray[np.float32], truth: NDArray[np.int64]
) -> tuple[list[int], NDArray[np.float32]]:
    """Return the samples that are right, surest first, and the margin of each, 0 where wrong."""
    ranked = np.sort(reference, axis=1)
    margins = ranked[:, -1] - ranked[:, -2]
    right = np.where(reference.argmax(axis=1) == truth, margins, 0)
    order = np.argsort(-right, kind="stable").tolist()
    # A float model that is never right has golden vectors still: what it says is to be kept.
    return [at for at in order if right[at] > 0] or order[:1], right


def _any_samples(folder: ModelFolder, inputs: Inputs | SampleInputs) -> list[GoldenInput]:
    """Return a few samples, from the first to the last."""
    samples = folder.evaluation
    count = min(PICTURES, len(samples))
    golden = []
    for number, at in enumerate(np.linspace(0, len(samples) - 1, count).astype(int).tolist()):
        value = samples[at].value
        golden.append(
            _picture_file(number, value, inputs[at : at + 1][0])
            if isinstance(value, Path)
            else GoldenInput(value)
        )
    return golden


def _clear_and_blended(
    folder: ModelFolder, inputs: Inputs | SampleInputs, chosen: Sequence[int]
) -> list[GoldenInput]:
    """Return each of the chosen pictures, and the same with noise."""
    noise = np.random.default_rng(0)
    golden: list[GoldenInput] = []
    for position in chosen:
        pixels = inputs[position : position + 1][0]
        blended = _blend(pixels, noise.integers(0, 256, pixels.shape, dtype=np.uint8))
        file = Path(str(folder.evaluation[position].value))
        golden.append(_picture_file(len(golden), file, pixels))
        golden.append(GoldenInput(to_png(blended), f"golden/{len(golden)}.png"))
    return golden


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
        return GoldenInput(file.read_bytes(), f"golden/{number}{suffix}")
    return GoldenInput(to_png(pixels), f"golden/{number}.png")
