"""What a classifier of texts takes, and tables or folders of texts as its samples."""

from collections.abc import Sequence

import numpy as np

from satchel import limits
from satchel.bundle import TextInput
from satchel.preprocessing import open_tokenizer
from satchel_convert.conversion import jobs
from satchel_convert.errors import ModelFolderError
from satchel_convert.isolation import run_isolated
from satchel_convert.keras_models.float_model import ModelShape
from satchel_convert.own_models.own_model import OwnInput, OwnModel
from satchel_convert.own_models.sample_files import check_disjoint, read_bytes
from satchel_convert.own_models.text_files import labelled_texts, unlabelled_texts

DELIMITER = r"[^\w']+"
"""Keeps the apostrophe: don't is one token"""
VOCABULARY = "vocabulary.txt"
"""Its name in the bundle"""


def open_texts(own: OwnModel, shape: ModelShape, labels: Sequence[str]) -> OwnInput:
    """Return the text that a model of ``shape`` takes, and samples of it.

    Raises ModelFolderError for what does not go together, and for a text in both parts; CardError
    for a vocabulary or a delimiter that is none; ConversionError for ids that the model refuses.
    """
    taken = _text_input(own, shape)
    vocabulary = _read_vocabulary(own)
    ids = open_tokenizer(taken, vocabulary).vocabulary.values()
    highest = np.full((1, taken.length), max(ids), np.int32)
    run_isolated(jobs.check_ids, (own.path, highest))
    evaluation = labelled_texts(own.evaluation, labels)
    calibration = [] if own.calibration is None else unlabelled_texts(own.calibration)
    check_disjoint(calibration, evaluation, kind="texts", content=lambda sample: str(sample.value))
    return OwnInput(taken, {VOCABULARY: vocabulary}, calibration, evaluation)


def _text_input(own: OwnModel, shape: ModelShape) -> TextInput:
    if len(shape.inputs[0]) != 2:
        raise ModelFolderError(
            f"Expected a model of one text, (None, length), in {own.path.name!r},"
            f" got {shape.inputs[0]}."
        )
    length = shape.inputs[0][1]
    if length is None:
        if own.length is None:
            raise ModelFolderError(f"Expected --length N: {own.path.name!r} takes any number.")
        length = own.length
    if own.length not in (None, length):
        raise ModelFolderError(
            f"Expected no --length, or {length}: {own.path.name!r} takes no other."
        )
    if not 1 <= length <= limits.MAX_LENGTH:
        raise ModelFolderError(
            f"Expected a length from 1 to {limits.MAX_LENGTH:,}, got {length:,}."
        )
    delimiter = DELIMITER if own.delimiter is None else own.delimiter
    return TextInput(length, delimiter=delimiter, vocabulary=VOCABULARY)


def _read_vocabulary(own: OwnModel) -> bytes:
    if own.vocabulary is None:
        raise ModelFolderError(
            f"Expected --vocabulary FILE, lines of a token and its id: {own.path.name!r} takes ids."
        )
    return read_bytes(own.vocabulary)
