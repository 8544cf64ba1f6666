"""Pictures to labels."""

from satchel.classifier import Classifier
from satchel.images import Picture


class ImageClassifier(Classifier[Picture]):
    """Says what a picture shows: a path, bytes, a PIL.Image.Image, or uint8 (height, width, 3)."""

    TASK = "image-classification"
