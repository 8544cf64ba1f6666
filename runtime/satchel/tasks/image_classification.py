"""Classifies images."""

from typing import TYPE_CHECKING

from satchel.bundle.task_table import Task
from satchel.tasks import image_input, label_output
from satchel.tasks.classifier import Classifier

if TYPE_CHECKING:
    from satchel.preprocessing.images import ImageLike  # noqa: F401 (quoted below)

TASK = Task(input=image_input, output=label_output)


class ImageClassifier(Classifier["ImageLike"]):
    """Classifies an image: a path, bytes, a PIL.Image.Image, or uint8 (height, width, 3)."""

    TASK = "image-classification"
