"""Inputs that may become golden vectors, and which of them do.

A clear input's top label survives small faults (swapped colour channels, for one), so each clear
image also comes blended with noise. Both have probabilities near 0 and 1, which hardly move: what
moves is the answer to an input near a tie. So the samples that the float model is least sure of
are in, and what can be made of samples where it turns out to be in doubt: blends of two images,
pieces of texts and lists of words that no other golden text has. How far processors rightly differ
there is a vector's own tolerance, see ``tolerances``. Of a model that makes images any sample
will do: every pixel counts.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import Json
from satchel.preprocessing import SUFFIXES, to_png
from satchel_convert.model_folder import ModelFolder
from satchel_convert.sample_inputs import Inputs, SampleInputs
from satchel_convert.task import converter_task

if TYPE_CHECKING:
    from satchel_convert.keras_models.reference import Reference

LABELS = 4
"""Of which there is a clear input each"""
DOUBTFUL = 40
"""Samples near a tie"""
LEAST_DOUBT = 0.1
"""As ``doubt`` has it: a probability from 0.11 to 0.89"""
TRIED = 128
"""Blends, pieces or lists of words, of which those are kept that tell most"""
ANY = 4
"""Samples of a model of which any will do"""
MAX_IMAGE_BYTES = 65_536


class GoldenInput(NamedTuple):
    """A raw input, and how its vector names it."""

    raw: bytes | str | int | NDArray[np.uint8]
    """An encoded image, a text, a seed, or the pixels of two images, as a reader takes it"""
    fields: Mapping[str, Json]
    """Its file in the bundle, what it is blended with, or its seed"""


class Candidates(NamedTuple):
    """Inputs that are kept while there is room, and inputs that are tried."""

    certain: Sequence[GoldenInput]
    """The most important first"""
    tried: Sequence[GoldenInput]
    """To be kept where the float model is in doubt"""
    files: Mapping[str, bytes]
    """What the inputs name"""

    @property
    def raws(self) -> list[Any]:
        """The raw inputs of both."""
        return [each.raw for each in (*self.certain, *self.tried)]


NearTies: TypeAlias = Callable[
    [ModelFolder, Inputs | SampleInputs, Sequence[int], Sequence[int]], Candidates
]
"""Makes candidates of a folder's prepared samples, given the positions of those that are right,
surest first, and of those near a tie, most doubtful first"""


def choose_candidates(
    folder: ModelFolder, inputs: Inputs | SampleInputs, reference: "Reference"
) -> Candidates:
    """Return candidates among the evaluation samples, and what can be made of them.

    ``inputs`` and ``reference`` are those of the evaluation samples, in their order.
    """
    return converter_task(folder.card.task).choose_golden(folder, inputs, reference)


def choose_near_ties(
    make: NearTies,
) -> "Callable[[ModelFolder, Inputs | SampleInputs, Reference], Candidates]":
    """Return what chooses clear and doubtful samples of labels, of which ``make`` makes more."""

    def choose(
        folder: ModelFolder, inputs: Inputs | SampleInputs, reference: "Reference"
    ) -> Candidates:
        scores = reference[:]
        truth = folder.truth
        assert truth is not None, "a task with labels"
        doubts = doubt(scores)
        order = np.argsort(-doubts, kind="stable").tolist()
        doubtful = [at for at in order if doubts[at] >= LEAST_DOUBT]
        return make(folder, inputs, _surest(scores, truth), doubtful)

    return choose


def choose_any(
    folder: ModelFolder,
    inputs: Inputs | SampleInputs,
    reference: "Reference",  # noqa: ARG001 - no prediction tells more than another
) -> Candidates:
    """Return a few samples, from the first to the last, for a model of which any will do."""
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
    """Return how far each answer, (answers, labels), moves with its logits: 0 to 0.25.

    It is the largest derivative of a probability by its own logit, p (1 - p).
    """
    found: NDArray[np.float32] = (scores * (1 - scores)).max(axis=1)
    return found


def one_a_label(chosen: Sequence[int], truth: NDArray[np.int64]) -> list[int]:
    """Return the first of ``chosen`` for each of LABELS labels."""
    first: dict[int, int] = {}
    for position in chosen:
        first.setdefault(int(truth[position]), int(position))
    return list(first.values())[:LABELS]


def image_file(number: int, file: Path, pixels: NDArray[np.uint8]) -> tuple[str, bytes]:
    """Return the file itself, so that decoding and resizing are tested too, if it is small."""
    suffix = file.suffix.lower()
    if suffix in SUFFIXES and file.stat().st_size <= MAX_IMAGE_BYTES:
        return f"golden/{number}{suffix}", file.read_bytes()
    return f"golden/{number}.png", to_png(pixels)


def _surest(reference: NDArray[np.float32], truth: NDArray[np.int64]) -> list[int]:
    """Return the samples that are right, surest first."""
    ranked = np.sort(reference, axis=1)
    margins = ranked[:, -1] - ranked[:, -2]
    right = np.where(reference.argmax(axis=1) == truth, margins, 0)
    order = np.argsort(-right, kind="stable").tolist()
    # A float model that is never right has golden vectors still: what it says is to be kept.
    return [at for at in order if right[at] > 0] or order[:1]
