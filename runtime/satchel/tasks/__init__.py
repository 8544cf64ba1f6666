"""The modules of the tasks, which a card finds by name, and the classes that users open."""

from typing import TYPE_CHECKING

from satchel.faces import lazy_names

if TYPE_CHECKING:
    from satchel.tasks.base import Runner as Runner
    from satchel.tasks.classifier import Classifier as Classifier
    from satchel.tasks.file_faults import image_fault as image_fault, text_fault as text_fault
    from satchel.tasks.folder_walk import (
        Fault as Fault,
        FindFault as FindFault,
        LeftOut as LeftOut,
        summarize as summarize,
        walk_folder as walk_folder,
    )
    from satchel.tasks.image_classification import ImageClassifier as ImageClassifier
    from satchel.tasks.image_generation import ImageGenerator as ImageGenerator
    from satchel.tasks.protocols import (
        SupportsClassify as SupportsClassify,
        SupportsClassifyMany as SupportsClassifyMany,
        SupportsClassifyStream as SupportsClassifyStream,
    )
    from satchel.tasks.stream import (
        FrameResult as FrameResult,
        classify_latest as classify_latest,
    )
    from satchel.tasks.style_transfer import StyleTransfer as StyleTransfer
    from satchel.tasks.text_classification import TextClassifier as TextClassifier

__getattr__, __dir__, __all__ = lazy_names(
    __name__,
    {
        "base": ["Runner"],
        "classifier": ["Classifier"],
        "file_faults": ["image_fault", "text_fault"],
        "folder_walk": ["Fault", "FindFault", "LeftOut", "summarize", "walk_folder"],
        "image_classification": ["ImageClassifier"],
        "image_generation": ["ImageGenerator"],
        "protocols": ["SupportsClassify", "SupportsClassifyMany", "SupportsClassifyStream"],
        "stream": ["FrameResult", "classify_latest"],
        "style_transfer": ["StyleTransfer"],
        "text_classification": ["TextClassifier"],
    },
)
