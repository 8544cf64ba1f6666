"""Writes the golden vectors of a bundle: the candidates that test something, up to a size limit."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import Json
from satchel_convert.golden.candidates import LABELS, LEAST_DOUBT, Candidates, GoldenInput, doubt
from satchel_convert.golden.tolerances import Tolerances
from satchel_convert.sample_inputs import Inputs
from satchel_convert.task import converter_task

VECTORS = "golden/vectors.json"
MOST = 64
LEAST = 2 * LABELS
"""The number of golden vectors that are kept whatever their size"""
BUDGET_SHARE = 0.1
"""The size limit of all golden files, as a share of the smallest model's size"""
LEAST_BUDGET_BYTES = 28 << 10
BLEND_BYTES = 50
"""The bytes of the second image in a vector: its name and share"""
ROW_BYTES = 18
"""The bytes of a model's tolerance for a vector, and of its differences by two kernels"""
ENTRY_BYTES = 256
"""The bytes of an entry beside its content: two headers, its name twice, padding, its hash"""


class Golden(NamedTuple):
    """Inputs, the float model's predictions for them, and the files that they name."""

    inputs: Sequence[GoldenInput]
    predictions: NDArray[Any]
    """Probabilities, float32 (inputs, labels), or images, uint8 (inputs, height, width, 3), as the
    file holds them"""
    files: Mapping[str, bytes]
    unrounded: NDArray[Any]
    """The predictions with all their digits"""


def keep_telling(
    candidates: Candidates,
    prepared: Inputs,
    predictions: NDArray[Any],
    *,
    task: str,
    model_bytes: Sequence[int],
) -> Golden:
    """Return the candidates to keep: the important ones first, up to the size limit.

    An input that needs a new file leaves room for those that need none: many inputs tell more than
    a few large files. ``prepared`` are the prepared inputs of all candidates, ``predictions`` the
    float model's predictions for them, and ``model_bytes`` the sizes of the models in the bundle.
    """
    budget = max(LEAST_BUDGET_BYTES, int(BUDGET_SHARE * min(model_bytes)))
    output = converter_task(task).output
    inputs = [*candidates.certain, *candidates.tried]
    kept: list[int] = []
    held: set[str] = set()
    spent = 0
    named = {name for each in candidates.certain for name in _named(each)}
    free = sum(named.issuperset(_named(each)) for each in candidates.tried)
    for at in _in_order(len(candidates.certain), prepared, predictions):
        added = set(_named(inputs[at])) - held
        line = len(_line({**inputs[at].fields, **output.golden_fields(predictions[at], at)}))
        line += ROW_BYTES * len(model_bytes)
        cost = line + sum(len(candidates.files[name]) + ENTRY_BYTES for name in added)
        room = (line + BLEND_BYTES) * min(free, MOST - len(kept) - 1) if added else 0
        if len(kept) < LEAST or (len(kept) < MOST and spent + cost + room <= budget):
            kept.append(at)
            held |= added
            spent += cost
    files = {name: candidates.files[name] for name in sorted(held)}
    stored = np.stack([output.golden_prediction(predictions[at]) for at in kept])
    return Golden([inputs[at] for at in kept], stored, files, predictions[kept])


def golden_files(
    golden: Golden, tolerances: Mapping[str, Tolerances], *, task: str
) -> dict[str, bytes]:
    """Return the files of golden vectors: VECTORS, the inputs, and the predicted images.

    ``tolerances`` are the tolerances of each model, by the name of its file.
    """
    output = converter_task(task).output
    files = dict(golden.files)
    lines = []
    for number, (each, prediction) in enumerate(
        zip(golden.inputs, golden.predictions, strict=True)
    ):
        files |= output.golden_files(prediction, number)
        lines.append(_line({**each.fields, **output.golden_fields(prediction, number)}))
    allowed = _by_file((file, [*each.each]) for file, each in tolerances.items())
    packed = _by_file(
        (file, [[*row] for row in each.differences]) for file, each in tolerances.items()
    )
    vectors = "[\n" + ",\n".join(lines) + "\n]"
    means = _by_file((file, {**each.means}) for file, each in tolerances.items() if each.means)
    parts = {"vectors": vectors, "tolerances": allowed, "differences": packed}
    if any(each.means for each in tolerances.values()):
        parts["mean_tolerances"] = means
    content = ",\n".join(f'"{name}": {part}' for name, part in parts.items())
    return {VECTORS: f"{{{content}}}\n".encode(), **files}


def _by_file(values: Iterable[tuple[str, Json]]) -> str:
    """Return a JSON object with one line for each model."""
    rows = [f"{json.dumps(file)}: {_line(value)}" for file, value in values]
    return "{\n" + ",\n".join(rows) + "\n}"


def _in_order(certain: int, prepared: Inputs, predictions: NDArray[Any]) -> Iterator[int]:
    """Yield the positions of the candidates worth keeping, the most important first.

    If the model is equally in doubt about two texts, the one with more new ids is more important.
    """
    yield from range(certain)
    left = list(range(certain, len(predictions)))
    doubts = doubt(predictions) if left else np.zeros(0)
    # The ids of a text stand first, before its mask and segments.
    ids = [
        set(np.atleast_2d(row)[0].tolist()) if row.dtype == np.int32 else set() for row in prepared
    ]
    seen = set().union(*ids[:certain])
    while left:
        gains = [doubts[at] * (1 + len(ids[at] - seen)) for at in left]
        best = int(np.argmax(gains))
        if gains[best] < LEAST_DOUBT:
            return
        at = left.pop(best)
        seen |= ids[at]
        yield at


def _named(golden: GoldenInput) -> Iterator[str]:
    """Yield the names of the files that an input consists of."""
    for fields in (golden.fields, golden.fields.get("blend")):
        if isinstance(fields, Mapping) and "input" in fields:
            yield str(fields["input"])


def _line(value: Json) -> str:
    return json.dumps(value, separators=(",", ":"))
