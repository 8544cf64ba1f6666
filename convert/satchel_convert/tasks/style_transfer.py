"""The task of giving images another style, in the converter."""

from satchel_convert.golden.candidates import choose_any
from satchel_convert.task import ConverterTask
from satchel_convert.tasks import image_input, image_output

TASK = ConverterTask(input=image_input, output=image_output, choose_golden=choose_any)
