"""Pictures to labels."""

import os
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import Bundle, open_bundle_for
from satchel.card import LabelOutput
from satchel.images import Picture
from satchel.model import open_model
from satchel.prediction import Prediction, top_k
from satchel.reader import open_reader


class ImageClassifier:
    """Says what a picture shows.

    ``bundle`` is a path or an open Bundle; ``model`` a file in it (``full_int8.tflite``) and
    ``engine`` a name in ``satchel.engines.ENGINES``, by default the first that run here.

    Raises BundleError for a bundle of another kind, EngineError where no engine here runs it.
    """

    def __init__(
        self,
        bundle: str | os.PathLike[str] | Bundle,
        *,
        model: str | None = None,
        engine: str | None = None,
        threads: int = 1,
    ) -> None:
        self.bundle = open_bundle_for("image-classification", bundle)
        card = self.bundle.card
        # What parse_card holds of every such task.
        assert isinstance(card.output, LabelOutput)
        self._labels = card.output.labels
        self._read = open_reader(card.input, self.bundle.files)
        self.model = open_model(self.bundle, file=model, engine=engine, threads=threads)

    def classify(self, picture: Picture, *, top: int | None = None) -> list[Prediction]:
        """Return the ``top`` labels (all if None) for one picture, best first.

        Raises InputError for what is no picture, is damaged or too large.
        """
        return top_k(self.scores(picture), self._labels, top)

    def classify_many(
        self, pictures: Iterable[Picture], *, top: int | None = None
    ) -> list[list[Prediction]]:
        """Return what ``classify`` returns for each of ``pictures``, in their order."""
        return [self.classify(picture, top=top) for picture in pictures]

    def scores(self, picture: Picture) -> NDArray[np.float32]:
        """Return the probability of each label, float32 (labels,), in the card's order."""
        return self.model.answer(self._read(picture))
