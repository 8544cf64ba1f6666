"""Texts to labels."""

from satchel.classifier import Classifier


class TextClassifier(Classifier[str]):
    """Says what a text expresses."""

    TASK = "text-classification"
