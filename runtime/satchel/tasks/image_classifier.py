"""Pictures to labels."""

from satchel.preprocessing.images import Picture
from satchel.tasks.classifier import Classifier


class ImageClassifier(Classifier[Picture]):
    """Says what a picture shows: a path, bytes, a PIL.Image.Image, or uint8 (height, width, 3)."""

    TASK = "image-classification"
