"""The task of classifying images, in the converter."""

from satchel_convert.golden.candidates import choose_near_ties
from satchel_convert.golden.images import image_candidates
from satchel_convert.own_models.images import is_image, open_images
from satchel_convert.task import ConverterTask, OwnModels
from satchel_convert.tasks import image_input, label_output

TASK = ConverterTask(
    input=image_input,
    output=label_output,
    choose_golden=choose_near_ties(image_candidates),
    own_models=OwnModels(
        open=open_images,
        fits=is_image,
        settings=("size", "fit", "preprocessing", "channels", "padding"),
    ),
)
