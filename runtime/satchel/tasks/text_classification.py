"""Classifies texts."""

from satchel.bundle.task_table import Task
from satchel.tasks import label_output, text_input
from satchel.tasks.classifier import Classifier

TASK = Task(input=text_input, output=label_output)


class TextClassifier(Classifier[str]):
    """Classifies a text, a str."""

    TASK = "text-classification"
