"""Anything to labels."""

from collections.abc import Iterable
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from satchel.card import LabelOutput
from satchel.prediction import Prediction, top_k
from satchel.runner import Runner

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

    def scores(self, content: ContentT) -> NDArray[np.float32]:
        """Return the probability of each label, float32 (labels,), in the card's order."""
        return self.model.answer(self._read(content))
