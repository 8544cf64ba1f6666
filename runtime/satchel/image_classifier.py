"""Pictures to labels."""

import os

from satchel.bundle import Bundle
from satchel.classifier import Classifier
from satchel.images import Picture
from satchel.reader import open_reader
from satchel.scaled import Decoding


class ImageClassifier(Classifier[Picture]):
    """Says what a picture shows: a path, bytes, a PIL.Image.Image, or uint8 (height, width, 3).

    ``decoding="scaled"`` reads JPEG files several times as fast, and differs by a few levels of
    pixels from what the model was verified with: ``docs/performance.md`` says what that means.
    """

    TASK = "image-classification"

    def __init__(
        self,
        bundle: str | os.PathLike[str] | Bundle,
        *,
        model: str | None = None,
        engine: str | None = None,
        threads: int = 1,
        decoding: Decoding = "exact",
    ) -> None:
        super().__init__(bundle, model=model, engine=engine, threads=threads)
        self._read = open_reader(self.bundle.card.input, self.bundle.files, decoding=decoding)
