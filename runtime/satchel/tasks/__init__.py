"""The classes that users open a bundle with, one for each task."""

from typing import TYPE_CHECKING

from satchel.faces import lazy_names

if TYPE_CHECKING:
    from satchel.tasks.base import Runner as Runner
    from satchel.tasks.classifier import Classifier as Classifier
    from satchel.tasks.image_classifier import ImageClassifier as ImageClassifier
    from satchel.tasks.image_generator import ImageGenerator as ImageGenerator
    from satchel.tasks.protocols import (
        SupportsClassify as SupportsClassify,
        SupportsClassifyMany as SupportsClassifyMany,
        SupportsClassifyStream as SupportsClassifyStream,
    )
    from satchel.tasks.stream import FrameResult as FrameResult
    from satchel.tasks.style_transfer import StyleTransfer as StyleTransfer
    from satchel.tasks.text_classifier import TextClassifier as TextClassifier

__getattr__, __dir__, __all__ = lazy_names(
    __name__,
    {
        "base": ["Runner"],
        "classifier": ["Classifier"],
        "image_classifier": ["ImageClassifier"],
        "image_generator": ["ImageGenerator"],
        "protocols": ["SupportsClassify", "SupportsClassifyMany", "SupportsClassifyStream"],
        "stream": ["FrameResult"],
        "style_transfer": ["StyleTransfer"],
        "text_classifier": ["TextClassifier"],
    },
)
