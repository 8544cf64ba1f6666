"""Texts to labels, in training."""

from satchel_train.task import TrainingTask
from satchel_train.tasks import text_input

TASK: TrainingTask = text_input
