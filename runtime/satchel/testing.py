"""Classifiers without a model, for the tests of an application.

They are an ImageClassifier and a TextClassifier with a bundle, as usual: they read their inputs and
refuse what cannot be read. Only their predictions come from a script.
"""

import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import repeat
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from satchel.bundle.card import Card, ModelEntry, TensorSpec, card_to_json, parse_card
from satchel.bundle.hashing import digest
from satchel.bundle.image_input import Fit, ImageInput
from satchel.bundle.label_output import LabelOutput
from satchel.bundle.reading import Bundle
from satchel.bundle.text_input import TextInput
from satchel.engines.fake import FakeEngine
from satchel.inference.prediction import Prediction
from satchel.preprocessing.images import ImageLike
from satchel.preprocessing.tokenizers.regex import PAD, START, UNKNOWN, RegexSpec
from satchel.tasks.classifier import Classifier
from satchel.tasks.image_classification import ImageClassifier
from satchel.tasks.text_classification import TextClassifier

if TYPE_CHECKING:
    from satchel.bundle.task_functions import Input

ContentT = TypeVar("ContentT")

ScriptedPrediction: TypeAlias = str | Mapping[str, float] | Exception
"""One prediction: a label with probability 1, some labels with their probabilities (the others have
0), or an error to raise."""
ScriptedPredictions: TypeAlias = (
    ScriptedPrediction | Sequence[ScriptedPrediction] | Callable[[ContentT], ScriptedPrediction]
)
"""The predictions: the same every time, one after another, or a function of the image or text."""


class _FakeClassifier(Classifier[ContentT]):
    """A classifier with scripted predictions. ``contents`` holds all its inputs, in their order.

    Raises ValueError for a prediction that does not fit the bundle's labels, AssertionError for
    more classifications than there are predictions.
    """

    def __init__(
        self, bundle: str | os.PathLike[str] | Bundle, *, predictions: ScriptedPredictions[ContentT]
    ) -> None:
        # This engine never runs, but ``model`` must hold one.
        super().__init__(bundle, engine=FakeEngine(np.zeros(1)))
        self.contents: list[ContentT] = []
        self._script = _Script(predictions, self.bundle.card.output.labels)

    def scores(self, content: ContentT) -> NDArray[np.float32]:
        """Return the next prediction, the probability of each label, float32 (labels,)."""
        self.contents.append(content)
        self._read(content)
        return self._script(content)

    def classify_each(
        self, contents: Iterable[ContentT], *, top: int | None = None
    ) -> Iterator[list[Prediction]]:
        """Yield the result of ``classify`` for each of ``contents``, one after another."""
        for content in contents:
            yield self.classify(content, top=top)


class FakeImageClassifier(_FakeClassifier[ImageLike], ImageClassifier):
    """An ImageClassifier that reads its images, but whose predictions are scripted."""


class FakeTextClassifier(_FakeClassifier[str], TextClassifier):
    """A TextClassifier that reads its texts, but whose predictions are scripted."""


def fake_image_bundle(
    labels: Sequence[str], *, height: int = 224, width: int = 224, fit: Fit = "stretch"
) -> Bundle:
    """Return a bundle without a model for images of that size; raises CardError for bad labels."""
    input_spec = ImageInput(height=height, width=width, fit=fit)
    return _bundle("image-classification", input_spec, labels, TensorSpec("uint8"), {})


def fake_text_bundle(labels: Sequence[str], *, length: int = 256) -> Bundle:
    """Return a bundle without a model for texts; raises CardError for bad labels."""
    vocabulary = f"{PAD} 0\n{START} 1\n{UNKNOWN} 2\n".encode()
    input_spec = TextInput(length, RegexSpec(r"[^\w']+", "vocabulary.txt"))
    files = {"vocabulary.txt": vocabulary}
    return _bundle("text-classification", input_spec, labels, TensorSpec("int32"), files)


class _Script(Generic[ContentT]):
    """Gives the scripted predictions. Each is checked before it is needed, if that is possible."""

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
                f"Expected {self._count} classifications, got one more: add its prediction."
            )
        if isinstance(prediction, Exception):
            raise prediction
        return prediction.copy()

    def _scores(self, prediction: ScriptedPrediction) -> NDArray[np.float32] | Exception:
        """Return the probability of each label, or the error to raise; raises ValueError."""
        if isinstance(prediction, Exception):
            return prediction
        scores = {prediction: 1.0} if isinstance(prediction, str) else prediction
        for label, score in scores.items():
            if label not in self._labels:
                held = ", ".join(self._labels[:10])
                raise ValueError(f"Expected one of the labels {held}, got {label!r}.")
            if not 0 <= score <= 1:
                raise ValueError(f"Expected a probability of {label!r} from 0 to 1, got {score}.")
        return np.array([scores.get(label, 0) for label in self._labels], np.float32)


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
    # The parser checks it, because a fake must not have a card that no bundle can have.
    return Bundle(parse_card(card_to_json(card)), files)
