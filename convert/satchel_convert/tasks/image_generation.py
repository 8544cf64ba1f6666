"""The task of generating images from seeds, in the converter."""

from satchel_convert.golden.candidates import choose_any
from satchel_convert.task import ConverterTask
from satchel_convert.tasks import image_output, latent_input

TASK = ConverterTask(input=latent_input, output=image_output, choose_golden=choose_any)
