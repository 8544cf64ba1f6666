"""Runs golden vectors: compares predictions here with the float model's where it was packed."""

from collections.abc import Sequence
from typing import NamedTuple

from satchel.bundle.reading import Bundle
from satchel.engines.engine import ENGINES
from satchel.inference.model import Model, open_model
from satchel.inference.postprocessing import difference
from satchel.inference.selection import choose_model, runs
from satchel.preprocessing.preprocessor import open_reader
from satchel.selftest.vectors import EXACT, GoldenVector, golden_vectors

MEAN = "the mean of all vectors"
"""The ``vector`` of a result that is about all of them"""


class GoldenResult(NamedTuple):
    """The result of one golden vector, or of their mean, with one model and engine."""

    file: str
    engine: str
    vector: str
    difference: float
    """The largest difference of any one probability, or the root mean square of the differences of
    the pixels, 0 to 1. For the mean, that of how far the differences are from those where the
    bundle was packed, by the kernels that are nearest."""
    tolerance: float
    passed: bool
    exact: bool | None
    """Whether the difference is the same as where the bundle was packed. Another processor may
    round differently. None if the bundle does not hold that difference."""


def selftest(
    bundle: Bundle, *, model: str | None = None, engine: str | None = None, threads: int = 1
) -> list[GoldenResult]:
    """Return the result of each golden vector with every model and engine that run here.

    Raises EngineError if none runs here, CardError for golden vectors that do not fit the card.
    """
    # Raises an error that says what to install if nothing fits.
    choose_model(bundle.card, file=model, engine=engine)
    vectors = golden_vectors(bundle)
    results = []
    for entry in bundle.card.models:
        for name in ENGINES:
            if model in (None, entry.file) and engine in (None, name) and runs(entry, name):
                opened = open_model(bundle, file=entry.file, engine=name, threads=threads)
                results += check(opened, bundle, vectors)
    return results


def check(model: Model, bundle: Bundle, vectors: Sequence[GoldenVector]) -> list[GoldenResult]:
    """Return the result of each of the bundle's golden ``vectors`` with an open model.

    The result of their mean follows, if the bundle has a tolerance for it in this engine. Raises
    EngineError for an output that differs from the card, InputError for a damaged image.
    """
    file = model.entry.file
    read = open_reader(bundle.card, bundle.files)
    results = []
    for vector in vectors:
        found = difference(vector.prediction, model.predict(vector.prepared(read)), bundle.card)
        tolerance = vector.tolerance(model.entry)
        results.append(
            GoldenResult(
                file=file,
                engine=model.engine_name,
                vector=vector.input.name,
                difference=found,
                tolerance=tolerance,
                passed=found <= tolerance,
                exact=vector.is_exact(model.entry, found),
            )
        )
    most = vectors[0].mean_tolerances.get(file, {}).get(model.engine_name)
    if most is not None:
        mean = mean_distance(
            [result.difference for result in results],
            [vector.differences[file] for vector in vectors],
        )
        results.append(
            GoldenResult(file, model.engine_name, MEAN, mean, most, mean <= most, mean <= EXACT)
        )
    return results


def mean_distance(found: Sequence[float], packed: Sequence[Sequence[float]]) -> float:
    """Return the mean of |found - packed| over vectors, by the kernels with the smallest one.

    ``packed`` has the numbers of each kernel for each vector.

    >>> mean_distance([0.5, 0.25], [[0.5, 0.0], [0.5, 0.0]])
    0.125
    """
    means: list[float] = [
        sum(abs(a - b) for a, b in zip(found, row, strict=True)) / len(found)
        for row in zip(*packed, strict=True)
    ]
    return min(means)
