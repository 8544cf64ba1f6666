"""What an application needs of a classifier, in types: its tests may hand it anything that fits."""

from collections.abc import Generator, Iterable
from typing import Protocol, TypeVar

from satchel.inference.prediction import Prediction
from satchel.tasks.stream import FrameResult

ContentT = TypeVar("ContentT")
ContentT_contra = TypeVar("ContentT_contra", contravariant=True)


class SupportsClassify(Protocol[ContentT_contra]):
    """Says what one image, or one text, is: an ImageClassifier, a TextClassifier or a fake."""

    def classify(self, content: ContentT_contra, /, *, top: int | None = None) -> list[Prediction]:
        """Return the ``top`` labels (all if None), best first; raises InputError."""
        ...


class SupportsClassifyMany(Protocol[ContentT_contra]):
    """Says what each of many is."""

    def classify_many(
        self, contents: Iterable[ContentT_contra], /, *, top: int | None = None
    ) -> list[list[Prediction]]:
        """Return the ``top`` labels of each of ``contents``, in their order."""
        ...


class SupportsClassifyStream(Protocol[ContentT]):
    """Says what the newest frame of a camera is, again and again."""

    def classify_stream(
        self, frames: Iterable[ContentT], /, *, top: int | None = None
    ) -> Generator[FrameResult[ContentT], None, None]:
        """Yield a result for each frame that was not dropped."""
        ...
