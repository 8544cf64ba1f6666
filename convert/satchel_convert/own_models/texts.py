"""Reads the input of a text classifier, and its samples from tables or folders of texts."""

from collections.abc import Sequence
from pathlib import Path

from satchel import limits
from satchel.bundle import TextInput, TextTensor
from satchel.preprocessing import RegexSpec
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
from satchel_convert.tokenizers.found import FoundTokenizer
from satchel_convert.tokenizers.reading import read_tokenizer
from satchel_convert.tokenizers.settings import StatedTokenizer

DELIMITER = r"[^\w']+"
"""The default separator of tokens. It keeps the apostrophe: don't is one token."""
VOCABULARY = "vocabulary.txt"
"""The name of the vocabulary in the bundle"""
OF_TEXTS = (
    "vocabulary",
    "delimiter",
    "length",
    "tokenizer",
    "padding_side",
    "truncating",
    "standardize",
)
"""The fields of OwnModel and FinishedFile that only models of texts have"""


def open_texts(own: OwnModel, shape: ModelShape, labels: Sequence[str]) -> OwnInput:
    """Return the text input of a model of ``shape``, with samples.

    Raises ModelFolderError for settings that do not fit the model, and for a text that is both a
    calibration and an evaluation sample; CardError for an invalid vocabulary or delimiter;
    ConversionError for ids that the model refuses.
    """
    if any(len(sides) != 2 for sides in shape.inputs):
        raise ModelFolderError(
            f"Expected a model of one text, (None, length), in {own.path.name!r},"
            f" got {', '.join(map(str, shape.inputs))}."
        )
    found = _tokenizer(own, shape)
    only = _only_length(own, shape)
    length = text_length(only, found, stated=own.length, name=own.path.name)
    tensors = tensors_of(shape)
    input_spec = TextInput(length, found.spec, tensors)
    highest = found.open(length).highest
    if shape.embedded_ids is None:
        text = highest_text(tensors, length, highest)
        run_isolated(jobs.check_ids, (own.path, text, tensors))
    elif highest >= shape.embedded_ids:
        raise ModelFolderError(
            f"Expected ids below {shape.embedded_ids:,}, the input_dim of the embedding in"
            f" {own.path.name!r}, got {highest:,} from {found.source}."
        )
    evaluation = read_evaluation(own.evaluation, TEXT_FILES, labels, ids=label_ids(labels))
    calibration = read_calibration(own.calibration, TEXT_FILES)
    check_disjoint(calibration, evaluation, kind="texts", content=lambda sample: str(sample.value))
    return OwnInput(input_spec, found.files, calibration, evaluation, {"tokenizer": found.source})


def text_length(length: int | None, found: FoundTokenizer, *, stated: int | None, name: str) -> int:
    """Return the number of ids in a text, from the model ``name`` or else as ``stated``.

    ``length`` is what the model accepts, None for any. Raises ModelFolderError for a length that is
    missing, contradicts the model or the tokenizer, or is too large for a card.
    """
    if length is None:
        length = stated or found.length
        if length is None:
            raise ModelFolderError(f"Expected --length N: {name!r} accepts any number of ids.")
    if stated not in (None, length):
        raise ModelFolderError(
            f"Expected no --length, or {length}: {name!r} accepts no other length."
        )
    if not 1 <= length <= limits.MAX_LENGTH:
        raise ModelFolderError(
            f"Expected a length from 1 to {limits.MAX_LENGTH:,}, got {length:,}."
        )
    if found.length is not None and found.length < length:
        raise ModelFolderError(
            f"Expected a tokenizer of {length:,} ids for {name!r}, got {found.source}, which cuts"
            f" every text at {found.length:,}."
        )
    return length


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


def stated_tokenizer(
    tokenizer: Path | None, stated: StatedTokenizer, *, others: Sequence[str], name: str
) -> FoundTokenizer | None:
    """Return the tokenizer in the file ``tokenizer``; None without a file.

    ``others`` are the settings of another tokenizer that the caller states. Raises ModelFolderError
    for these beside a file, and for what is ``stated`` about a file that is not there.
    """
    if tokenizer is None:
        for setting, value in stated._asdict().items():
            if value is not None:
                raise ModelFolderError(
                    f"Expected --tokenizer FILE with --{setting} for {name!r}: it says what the"
                    " file does not hold."
                )
        return None
    if others:
        raise ModelFolderError(
            f"Expected either --tokenizer or --{others[0]} for {name!r}, got both."
        )
    return read_tokenizer(tokenizer, stated)


def regex_tokenizer(
    path: Path | None, held: bytes | None, *, delimiter: str, name: str
) -> FoundTokenizer:
    """Return the tokenizer of the ``token id`` lines at ``path``, or of those that a model holds.

    Raises ModelFolderError if there are neither. ``name`` names the model.
    """
    content = vocabulary_content(path, held=held, name=name)
    source = f"tokens and their ids in {path.name if path else name!r}"
    return FoundTokenizer(RegexSpec(delimiter, VOCABULARY), {VOCABULARY: content}, source)


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
            f"Expected --tokenizer FILE for {name!r}, which reads ids: its tokenizer's to_json(),"
            " tokenizer.json, vocab.txt, get_vocabulary() or .model; or --vocabulary FILE with a"
            " token and its id on each line."
        )
    # A bundle's vocabulary is UTF-8 without a byte order mark, with one kind of line end.
    return text.replace("\r\n", "\n").encode()


def _tokenizer(own: OwnModel, shape: ModelShape) -> FoundTokenizer:
    """Return the model's own tokenizer, or else the one that is stated."""
    name = own.path.name
    if shape.tokenizer is not None:
        for setting in OF_TEXTS:
            if setting != "length" and getattr(own, setting) is not None:
                raise ModelFolderError(
                    f"Expected no {setting} for {name!r}: it takes strings, and its tokenizer is"
                    f" read from {shape.tokenizer.source}."
                )
        return shape.tokenizer
    others = [each for each in ("vocabulary", "delimiter") if getattr(own, each) is not None]
    stated = StatedTokenizer(own.padding_side, own.truncating, own.standardize)
    found = stated_tokenizer(own.tokenizer, stated, others=others, name=name)
    if found is not None:
        return found
    delimiter = DELIMITER if own.delimiter is None else own.delimiter
    return regex_tokenizer(own.vocabulary, None, delimiter=delimiter, name=name)
