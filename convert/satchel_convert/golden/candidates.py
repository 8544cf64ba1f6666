"""Chooses the inputs that may become golden vectors.

The top label of a clear input survives small faults, such as swapped colour channels. So each clear
image also comes blended with noise. Both have probabilities near 0 and 1, which hardly move. The
prediction for an input near a tie moves most. So the candidates include the samples on which the
float model is least sure, and new inputs made from samples, if the float model is in doubt about
them: blends of two images, pieces of texts, and lists of words that no other golden text has.
Processors may differ there, and each vector has its own tolerance for that, see ``tolerances``.
For a model that makes images, any sample is good, because every pixel counts.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import Json
from satchel.preprocessing import SUFFIXES, resize, to_png
from satchel_convert.model_folder import ModelFolder
from satchel_convert.sample_inputs import Inputs, SampleInputs
from satchel_convert.task import converter_task
from satchel_convert.verification.answers import answers

if TYPE_CHECKING:
    from satchel_convert.keras_models.reference import Reference

LABELS = 4
"""The largest number of labels that get a clear input"""
DOUBTFUL = 40
"""The largest number of samples near a tie"""
LEAST_DOUBT = 0.1
"""The smallest ``doubt`` of a kept input: its probability lies between 0.11 and 0.89"""
TRIED = 128
"""The number of blends, pieces or lists of words that are tried; the most sensitive are kept"""
ANY = 4
"""The number of samples for a model that makes images"""
MAX_IMAGE_BYTES = 32 << 10
"""The size limit of an image file. A photograph of 224 x 224 pixels fits with half its sides."""


class GoldenInput(NamedTuple):
    """A raw input, and how its vector names it."""

    raw: bytes | str | int | NDArray[np.uint8]
    """An encoded image, a text, a seed, or the blended pixels of two images, ready for a reader"""
    fields: Mapping[str, Json]
    """The fields of the vector: its file in the bundle, the blended image, or its seed"""


class Candidates(NamedTuple):
    """Inputs that are kept if there is room, and inputs that are tried."""

    certain: Sequence[GoldenInput]
    """The inputs that are kept if there is room, the most important first"""
    tried: Sequence[GoldenInput]
    """The inputs that are kept only if the float model is in doubt about them"""
    files: Mapping[str, bytes]
    """The files that the inputs name"""

    @property
    def raws(self) -> list[Any]:
        """The raw inputs of both."""
        return [each.raw for each in (*self.certain, *self.tried)]


NearTies: TypeAlias = Callable[
    [ModelFolder, Inputs | SampleInputs, Sequence[int], Sequence[int]], Candidates
]
"""Makes candidates from a folder and its prepared samples. The last two arguments are positions of
samples: correctly predicted ones, surest first, and those near a tie, most doubtful first."""


def choose_candidates(
    folder: ModelFolder, inputs: Inputs | SampleInputs, reference: "Reference"
) -> Candidates:
    """Return candidates among the evaluation samples, and new inputs made from them.

    ``inputs`` are the evaluation samples and ``reference`` the float model's predictions for them,
    in the same order.
    """
    return converter_task(folder.card.task).choose_golden(folder, inputs, reference)


def choose_near_ties(
    make: NearTies,
) -> "Callable[[ModelFolder, Inputs | SampleInputs, Reference], Candidates]":
    """Return a function that chooses clear and doubtful samples, from which ``make`` makes more."""

    def choose(
        folder: ModelFolder, inputs: Inputs | SampleInputs, reference: "Reference"
    ) -> Candidates:
        scores = reference[:]
        truth = folder.truth
        assert truth is not None, "a task with labels"
        doubts = doubt(scores)
        order = np.argsort(-doubts, kind="stable").tolist()
        doubtful = [at for at in order if doubts[at] >= LEAST_DOUBT]
        right = answers(scores, folder.card.output) == truth
        return make(folder, inputs, _surest(scores, right), doubtful)

    return choose


def choose_any(
    folder: ModelFolder,
    inputs: Inputs | SampleInputs,
    reference: "Reference",  # noqa: ARG001 - no prediction tells more than another
) -> Candidates:
    """Return a few samples, from the first to the last, for a model that makes images."""
    describe = converter_task(folder.card.task).input.golden_sample
    samples = folder.evaluation
    golden: list[GoldenInput] = []
    files: dict[str, bytes] = {}
    count = min(ANY, len(samples))
    for number, at in enumerate(np.linspace(0, len(samples) - 1, count).astype(int).tolist()):
        found, named = describe(samples[at].value, number, inputs[at : at + 1][0])
        golden.append(found)
        files.update(named)
    return Candidates(golden, [], files)


def doubt(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the doubt of each prediction, (predictions,), from scores (predictions, labels).

    Doubt is how far a prediction moves with its logits, 0 to 0.25: the largest derivative of a
    probability by its own logit, p (1 - p).
    """
    found: NDArray[np.float32] = (scores * (1 - scores)).max(axis=1)
    return found


def one_a_label(chosen: Sequence[int], truth: NDArray[Any]) -> list[int]:
    """Return the first position in ``chosen`` for each label, for at most LABELS labels."""
    first: dict[int, int] = {}
    for position in chosen:
        first.setdefault(int(truth[position]), int(position))
    return list(first.values())[:LABELS]


def image_file(number: int, file: Path, pixels: NDArray[np.uint8]) -> tuple[str, bytes]:
    """Return the name and content of a golden image file.

    A small file is kept as it is, so that its decoding and resizing are tested too. A large one
    becomes a PNG file of the prepared pixels, whose sides are halved until it is small.
    """
    suffix = file.suffix.lower()
    if suffix in SUFFIXES and file.stat().st_size <= MAX_IMAGE_BYTES:
        return f"golden/{number}{suffix}", file.read_bytes()
    content = to_png(pixels)
    height, width = pixels.shape[:2]
    while len(content) > MAX_IMAGE_BYTES:
        height, width = height // 2, width // 2
        content = to_png(resize(pixels, height, width))
    return f"golden/{number}.png", content


def _surest(reference: NDArray[np.float32], is_right: NDArray[np.bool_]) -> list[int]:
    """Return the positions of correctly predicted samples, surest first."""
    ranked = np.sort(reference, axis=1)
    margins = ranked[:, -1] - ranked[:, -2]
    right = np.where(is_right.astype(np.bool_), margins, 0)
    order = np.argsort(-right, kind="stable").tolist()
    # A float model that is never right also gets a golden vector: its predictions must not change.
    return [at for at in order if right[at] > 0] or order[:1]
