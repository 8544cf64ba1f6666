"""Texts to labels."""

from satchel.tasks.classifier import Classifier


class TextClassifier(Classifier[str]):
    """Says what a text expresses."""

    TASK = "text-classification"
