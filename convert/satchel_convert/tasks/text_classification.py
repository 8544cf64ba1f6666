"""The task of classifying texts, in the converter."""

from satchel_convert.golden.candidates import choose_near_ties
from satchel_convert.golden.texts import text_candidates
from satchel_convert.own_models.texts import OF_TEXTS, fits, open_texts
from satchel_convert.task import ConverterTask, OwnModels
from satchel_convert.tasks import label_output, text_input

TASK = ConverterTask(
    input=text_input,
    output=label_output,
    choose_golden=choose_near_ties(text_candidates),
    own_models=OwnModels(
        open=open_texts,
        fits=fits,
        settings=OF_TEXTS,
    ),
)
