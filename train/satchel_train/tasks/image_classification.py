"""Images to labels, in training."""

from satchel_train.task import TrainingTask
from satchel_train.tasks import image_input

TASK: TrainingTask = image_input
