"""Reads the input of a text classifier, and its samples from tables or folders of texts."""

from collections.abc import Sequence
from pathlib import Path

from satchel import limits
from satchel.bundle import TextInput, TextTensor
from satchel.preprocessing import RegexSpec, open_tokenizer
from satchel_convert.conversion import jobs
from satchel_convert.errors import ModelFolderError
from satchel_convert.isolation import run_isolated
from satchel_convert.keras_models.float_model import ModelShape
from satchel_convert.own_models.labels import label_ids
from satchel_convert.own_models.own_model import OwnInput, OwnModel
from satchel_convert.own_models.sample_files import check_disjoint
from satchel_convert.samples.files import read_text
from satchel_convert.samples.reading import read_calibration, read_evaluation
from satchel_convert.tasks.text_input import TEXT_FILES
from satchel_convert.text_rows import highest_text, tensors_named

DELIMITER = r"[^\w']+"
"""The default separator of tokens. It keeps the apostrophe: don't is one token."""
VOCABULARY = "vocabulary.txt"
"""The name of the vocabulary in the bundle"""


def open_texts(own: OwnModel, shape: ModelShape, labels: Sequence[str]) -> OwnInput:
    """Return the text input of a model of ``shape``, with samples.

    Raises ModelFolderError for settings that do not fit the model, and for a text that is both a
    calibration and an evaluation sample; CardError for an invalid vocabulary or delimiter;
    ConversionError for ids that the model refuses.
    """
    input_spec = _text_input(own, shape)
    vocabulary = vocabulary_content(own.vocabulary, name=own.path.name)
    tokenizer = open_tokenizer(input_spec, {VOCABULARY: vocabulary})
    tensors = input_spec.tensors
    highest = highest_text(tensors, input_spec.length, tokenizer.highest)
    run_isolated(jobs.check_ids, (own.path, highest, tensors))
    evaluation = read_evaluation(own.evaluation, TEXT_FILES, labels, ids=label_ids(labels))
    calibration = read_calibration(own.calibration, TEXT_FILES)
    check_disjoint(calibration, evaluation, kind="texts", content=lambda sample: str(sample.value))
    return OwnInput(input_spec, {VOCABULARY: vocabulary}, calibration, evaluation)


def _text_input(own: OwnModel, shape: ModelShape) -> TextInput:
    if any(len(sides) != 2 for sides in shape.inputs):
        raise ModelFolderError(
            f"Expected a model of one text, (None, length), in {own.path.name!r},"
            f" got {', '.join(map(str, shape.inputs))}."
        )
    length = _only_length(own, shape)
    if length is None:
        if own.length is None:
            raise ModelFolderError(
                f"Expected --length N: {own.path.name!r} accepts any number of ids."
            )
        length = own.length
    if own.length not in (None, length):
        raise ModelFolderError(
            f"Expected no --length, or {length}: {own.path.name!r} accepts no other length."
        )
    if not 1 <= length <= limits.MAX_LENGTH:
        raise ModelFolderError(
            f"Expected a length from 1 to {limits.MAX_LENGTH:,}, got {length:,}."
        )
    delimiter = DELIMITER if own.delimiter is None else own.delimiter
    return TextInput(length, RegexSpec(delimiter, VOCABULARY), tensors_of(shape))


def tensors_of(shape: ModelShape) -> tuple[TextTensor, ...]:
    """Return what the inputs of a text model hold; empty if their names do not say it."""
    return ("ids",) if len(shape.inputs) == 1 else tensors_named(shape.names)


def fits(shape: ModelShape) -> bool:
    """Return whether a model of that shape probably reads texts."""
    if len(shape.inputs) != 1:
        return bool(tensors_of(shape))
    return len(shape.inputs[0]) == 2 and "int" in shape.dtype


def _only_length(own: OwnModel, shape: ModelShape) -> int | None:
    """Return the length of all tensors, None if any will do; raises ModelFolderError for two."""
    lengths = {sides[1] for sides in shape.inputs} - {None}
    if len(lengths) > 1:
        raise ModelFolderError(
            f"Expected inputs of one length in {own.path.name!r}, got"
            f" {', '.join(map(str, shape.inputs))}."
        )
    return lengths.pop() if lengths else None


def vocabulary_content(path: Path | None, *, held: bytes | None = None, name: str) -> bytes:
    """Return the lines of the vocabulary at ``path``, or else of the one that the model holds.

    Raises ModelFolderError if there is neither, or it cannot be read. ``name`` names the model.
    """
    if path is not None:
        text = read_text(path)
    elif held is not None:
        text = held.decode("utf-8-sig", "replace")
    else:
        raise ModelFolderError(
            f"Expected --vocabulary FILE with a token and its id on each line: {name!r} reads ids."
        )
    # A bundle's vocabulary is UTF-8 without a byte order mark, with one kind of line end.
    return text.replace("\r\n", "\n").encode()
