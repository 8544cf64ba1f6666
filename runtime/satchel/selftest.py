"""Golden vectors: does the model say here what the float model said where it was packed?"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import Bundle, GoldenVector, golden_vectors
from satchel.card import ImageInput
from satchel.engines import ENGINES
from satchel.errors import CardError
from satchel.image_classifier import ImageClassifier
from satchel.model import choose_model, runs
from satchel.text_classifier import TextClassifier


class GoldenResult(NamedTuple):
    """One golden vector on one model and engine."""

    file: str
    engine: str
    vector: str
    difference: float
    """Largest of any one probability, 0 to 1"""
    tolerance: float
    passed: bool


def selftest(
    bundle: Bundle, *, model: str | None = None, engine: str | None = None
) -> list[GoldenResult]:
    """Return each golden vector's result on every model and engine that run here.

    Raises EngineError where none does, CardError for golden vectors that do not fit the card.
    """
    # Says what to install, should nothing fit.
    choose_model(bundle.card, file=model, engine=engine)
    vectors = golden_vectors(bundle)
    results = []
    for entry in bundle.card.models:
        for name in ENGINES:
            if model in (None, entry.file) and engine in (None, name) and runs(entry, name):
                classifier = _open(bundle, entry.file, name)
                results += [_check(classifier, vector) for vector in vectors]
    return results


def _open(bundle: Bundle, model: str, engine: str) -> ImageClassifier | TextClassifier:
    kind = ImageClassifier if isinstance(bundle.card.input, ImageInput) else TextClassifier
    return kind(bundle, model=model, engine=engine)


def _check(classifier: ImageClassifier | TextClassifier, vector: GoldenVector) -> GoldenResult:
    entry = classifier.model.entry
    scores = _scores(classifier, vector)
    difference = float(np.abs(scores - vector.scores).max())
    return GoldenResult(
        file=entry.file,
        engine=classifier.model.engine_name,
        vector=vector.name,
        difference=difference,
        tolerance=entry.golden_tolerance,
        passed=difference <= entry.golden_tolerance,
    )


def _scores(
    classifier: ImageClassifier | TextClassifier, vector: GoldenVector
) -> NDArray[np.float32]:
    if isinstance(classifier, ImageClassifier):
        return classifier.scores(vector.content)
    try:
        return classifier.scores(vector.content.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise CardError(f"Expected UTF-8 in the golden text {vector.name!r}: {error}.") from error
