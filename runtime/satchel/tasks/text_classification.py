"""Texts to labels."""

from satchel.bundle.task import Task
from satchel.tasks import label_output, text_input
from satchel.tasks.classifier import Classifier

TASK = Task(input=text_input, output=label_output)


class TextClassifier(Classifier[str]):
    """Says what a text expresses."""

    TASK = "text-classification"
