"""Runs golden vectors: compares predictions here with the float model's where it was packed."""

from collections.abc import Sequence
from typing import NamedTuple

from satchel.bundle.reading import Bundle
from satchel.engines.engine import ENGINES
from satchel.inference.model import Model, open_model
from satchel.inference.postprocessing import difference
from satchel.inference.selection import choose_model, runs
from satchel.preprocessing.preprocessor import open_reader
from satchel.selftest.vectors import GoldenVector, golden_vectors


class GoldenResult(NamedTuple):
    """The result of one golden vector with one model and engine."""

    file: str
    engine: str
    vector: str
    difference: float
    """The largest difference of any one probability, or the root mean square of the differences of
    the pixels, 0 to 1."""
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
                results += _check(opened, bundle, vectors)
    return results


def _check(model: Model, bundle: Bundle, vectors: Sequence[GoldenVector]) -> list[GoldenResult]:
    read = open_reader(bundle.card, bundle.files)
    results = []
    for vector in vectors:
        found = difference(vector.prediction, model.predict(vector.prepared(read)), bundle.card)
        tolerance = vector.tolerance(model.entry)
        results.append(
            GoldenResult(
                file=model.entry.file,
                engine=model.engine_name,
                vector=vector.name,
                difference=found,
                tolerance=tolerance,
                passed=found <= tolerance,
                exact=vector.is_exact(model.entry, found),
            )
        )
    return results
