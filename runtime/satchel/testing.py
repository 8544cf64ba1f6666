"""Classifiers without a model, for the tests of an application.

They are an ImageClassifier and a TextClassifier, of a bundle as ever: they read what they are given
and refuse what cannot be read. Only the answers come from a script.
"""

import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import repeat
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from satchel.bundle.card import (
    Card,
    Fit,
    ImageInput,
    LabelOutput,
    ModelEntry,
    TensorSpec,
    TextInput,
    card_to_json,
    parse_card,
)
from satchel.bundle.reading import Bundle, digest
from satchel.engines.fake import FakeEngine
from satchel.inference.prediction import Prediction
from satchel.preprocessing.images import ImageLike
from satchel.preprocessing.tokenizers.regex import PAD, START, UNKNOWN
from satchel.tasks.classifier import Classifier
from satchel.tasks.image_classification import ImageClassifier
from satchel.tasks.text_classification import TextClassifier

if TYPE_CHECKING:
    from satchel.bundle.task_functions import Input

ContentT = TypeVar("ContentT")

ScriptedPrediction: TypeAlias = str | Mapping[str, float] | Exception
"""A label of which all is certain, labels and their probabilities (else 0), or what to raise"""
ScriptedPredictions: TypeAlias = (
    ScriptedPrediction | Sequence[ScriptedPrediction] | Callable[[ContentT], ScriptedPrediction]
)
"""The same every time, one after another, or one that depends on the image or text"""


class _FakeClassifier(Classifier[ContentT]):
    """A classifier whose answers are scripted; ``contents`` is what it was asked, in order.

    Raises ValueError for an answer that the bundle's labels cannot give, AssertionError when it is
    asked more often than it has answers.
    """

    def __init__(
        self, bundle: str | os.PathLike[str] | Bundle, *, predictions: ScriptedPredictions[ContentT]
    ) -> None:
        # Never asked for an answer, but it is what ``model`` holds.
        super().__init__(bundle, engine=FakeEngine(np.zeros(1)))
        self.contents: list[ContentT] = []
        self._script = _Script(predictions, self.bundle.card.output.labels)

    def scores(self, content: ContentT) -> NDArray[np.float32]:
        """Return the next answer's probability of each label, float32 (labels,)."""
        self.contents.append(content)
        self._read(content)
        return self._script(content)

    def classify_each(
        self, contents: Iterable[ContentT], *, top: int | None = None
    ) -> Iterator[list[Prediction]]:
        """Yield what ``classify`` returns for each of ``contents``, one after another."""
        for content in contents:
            yield self.classify(content, top=top)


class FakeImageClassifier(_FakeClassifier[ImageLike], ImageClassifier):
    """An ImageClassifier that reads its images, and says of them what it was told to."""


class FakeTextClassifier(_FakeClassifier[str], TextClassifier):
    """A TextClassifier that says of texts what it was told to."""


def fake_image_bundle(
    labels: Sequence[str], *, height: int = 224, width: int = 224, fit: Fit = "stretch"
) -> Bundle:
    """Return a bundle of no model, for images of that size; raises CardError for odd labels."""
    input_spec = ImageInput(height=height, width=width, fit=fit)
    return _bundle("image-classification", input_spec, labels, TensorSpec("uint8"), {})


def fake_text_bundle(labels: Sequence[str], *, length: int = 256) -> Bundle:
    """Return a bundle of no model, for texts; raises CardError for odd labels."""
    vocabulary = f"{PAD} 0\n{START} 1\n{UNKNOWN} 2\n".encode()
    input_spec = TextInput(length=length, delimiter=r"[^\w']+", vocabulary="vocabulary.txt")
    files = {input_spec.vocabulary: vocabulary}
    return _bundle("text-classification", input_spec, labels, TensorSpec("int32"), files)


class _Script(Generic[ContentT]):
    """Answers as they were told, each checked before it is needed where that is possible."""

    def __init__(self, predictions: ScriptedPredictions[ContentT], labels: Sequence[str]) -> None:
        self._labels = labels
        self._choose = predictions if callable(predictions) else None
        self._count = 0
        self._following: Iterator[NDArray[np.float32] | Exception] = iter(())
        if isinstance(predictions, str | Mapping | Exception):
            self._following = repeat(self._scores(predictions))
        elif not callable(predictions):
            scores = [self._scores(prediction) for prediction in predictions]
            self._count, self._following = len(scores), iter(scores)
        self._lock = threading.Lock()

    def __call__(self, content: ContentT) -> NDArray[np.float32]:
        """Return the probability of each label, float32 (labels,), or raise what was scripted."""
        if self._choose is not None:
            prediction: NDArray[np.float32] | Exception | None = self._scores(self._choose(content))
        else:
            with self._lock:
                prediction = next(self._following, None)
        if prediction is None:
            raise AssertionError(
                f"Expected {self._count} classifications, got one more: script its answer too."
            )
        if isinstance(prediction, Exception):
            raise prediction
        return prediction.copy()

    def _scores(self, prediction: ScriptedPrediction) -> NDArray[np.float32] | Exception:
        """Return the probabilities that ``answer`` means; raises ValueError for an odd one."""
        if isinstance(prediction, Exception):
            return prediction
        given = {prediction: 1.0} if isinstance(prediction, str) else prediction
        for label, score in given.items():
            if label not in self._labels:
                held = ", ".join(self._labels[:10])
                raise ValueError(f"Expected an answer of the labels {held}; got {label!r}.")
            if not 0 <= score <= 1:
                raise ValueError(f"Expected a probability of {label!r} from 0 to 1, got {score}.")
        return np.array([given.get(label, 0) for label in self._labels], np.float32)


def _bundle(
    task: str,
    input_spec: "Input",
    labels: Sequence[str],
    tensor: TensorSpec,
    files: Mapping[str, bytes],
) -> Bundle:
    content = b"no model"
    entry = ModelEntry(
        file="fake.tflite",
        format="tflite",
        scheme="float32",
        size_bytes=len(content),
        input=tensor,
        output=TensorSpec("float32"),
        needs={},
        golden_tolerance=0.0,
        golden_tolerance_why="nothing is computed",
    )
    files = {entry.file: content, **files}
    card = Card(
        name="fake",
        version="0.0.0",
        task=task,
        input=input_spec,
        output=LabelOutput(tuple(labels)),
        models=(entry,),
        files={name: digest(content) for name, content in files.items()},
    )
    # Through the parser: what no card can say, no fake should say either.
    return Bundle(parse_card(card_to_json(card)), files)
