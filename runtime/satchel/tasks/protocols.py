"""The types that an application needs from a classifier. Its tests may use any object that fits."""

from collections.abc import Generator, Iterable
from typing import Protocol, TypeVar

from satchel.inference.prediction import Prediction
from satchel.tasks.stream import FrameResult

ContentT = TypeVar("ContentT")
ContentT_contra = TypeVar("ContentT_contra", contravariant=True)


class SupportsClassify(Protocol[ContentT_contra]):
    """Classifies one image or text: an ImageClassifier, a TextClassifier or a fake."""

    def classify(self, content: ContentT_contra, /, *, top: int | None = None) -> list[Prediction]:
        """Return the ``top`` labels (all if None), best first; raises InputError."""
        ...


class SupportsClassifyMany(Protocol[ContentT_contra]):
    """Classifies many images or texts."""

    def classify_many(
        self, contents: Iterable[ContentT_contra], /, *, top: int | None = None
    ) -> list[list[Prediction]]:
        """Return the ``top`` labels of each of ``contents``, in their order."""
        ...


class SupportsClassifyStream(Protocol[ContentT]):
    """Classifies the newest frame of a camera, again and again."""

    def classify_stream(
        self, frames: Iterable[ContentT], /, *, top: int | None = None
    ) -> Generator[FrameResult[ContentT], None, None]:
        """Yield a result for each frame that was not dropped."""
        ...
