"""Anything to labels."""

from collections.abc import Generator, Iterable
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from satchel.card import LabelOutput
from satchel.prediction import Prediction, top_k
from satchel.runner import Runner
from satchel.stream import FrameResult, classify_latest

ContentT = TypeVar("ContentT")


class Classifier(Runner, Generic[ContentT]):
    """Says which of its labels a picture, or a text, has."""

    def classify(self, content: ContentT, *, top: int | None = None) -> list[Prediction]:
        """Return the ``top`` labels (all if None) for one picture or text, best first.

        Raises InputError for what is neither, is damaged or too large.
        """
        output = self.bundle.card.output
        assert isinstance(output, LabelOutput), "parse_card holds it of every such task"
        return top_k(self.scores(content), output.labels, top)

    def classify_many(
        self, contents: Iterable[ContentT], *, top: int | None = None
    ) -> list[list[Prediction]]:
        """Return what ``classify`` returns for each of ``contents``, in their order."""
        return [self.classify(content, top=top) for content in contents]

    def classify_stream(
        self, frames: Iterable[ContentT], *, top: int | None = None
    ) -> Generator[FrameResult[ContentT], None, None]:
        """Yield what ``classify`` returns for the newest of ``frames``, again and again.

        For a source that does not wait, such as a camera: frames that come while another is worked
        on are dropped but for the last, and counted. One that cannot be read yields its InputError.
        Raises what ``frames`` raises. Close the generator to end early.
        """
        return classify_latest(lambda frame: self.classify(frame, top=top), frames)

    def scores(self, content: ContentT) -> NDArray[np.float32]:
        """Return the probability of each label, float32 (labels,), in the card's order."""
        return self.model.answer(self._read(content))
