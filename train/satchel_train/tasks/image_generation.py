"""Seeds to images, in training."""

from satchel_train.task import TrainingTask
from satchel_train.tasks import latent_input

TASK: TrainingTask = latent_input
