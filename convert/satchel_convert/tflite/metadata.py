"""Makes the TFLite Model Metadata with which MediaPipe Tasks runs a .tflite unchanged.

Source: https://ai.google.dev/edge/litert/models/metadata. Associated files (labels, vocabulary) are
in a ZIP archive after the flatbuffer.
"""

import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import TypeAlias, cast

from satchel.bundle import Card, Input
from satchel.preprocessing import RegexSpec, WordPieceSpec
from satchel_convert.task import TensorDescription, converter_task
from satchel_convert.tflite.bert_metadata import TENSORS, is_writable
from satchel_convert.tflite.metadata_tables import (
    AssociatedFile,
    BertTokenizerOptions,
    ColorSpace,
    Content,
    ContentKind,
    FeatureProperties,
    FileType,
    ImageProperties,
    ModelMetadata,
    NormalizationOptions,
    ProcessUnit,
    RegexTokenizerOptions,
    Stats,
    SubGraphMetadata,
    TensorMetadata,
    UnitKind,
    pack_metadata,
)

Normalization: TypeAlias = tuple[Sequence[float], Sequence[float]]
"""The mean and the std of ``(pixel - mean) / std``"""
LABELS = "labels.txt"
_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)
_FEATURE = Content(
    content_properties_type=ContentKind.FEATURE, content_properties=FeatureProperties()
)
_IMAGE = Content(
    content_properties_type=ContentKind.IMAGE,
    content_properties=ImageProperties(color_space=ColorSpace.RGB),
)
_AS_IT_IS: Normalization = (0.0,), (1.0,)
_ANY_PARSER = "1.0.0"
_BERT_PARSER = "1.1.0"
_REGEX_PARSER = "1.2.1"
"""The first schema versions with these tokenizers. Older readers must refuse the file."""


def describe(
    card: Card, *, normalization: Normalization | None = None, rows: Sequence[int] = ()
) -> bytes:
    """Return the metadata of a bundle's model, with the card's normalization or tokenizer.

    ``card`` is a bundle's card: its models read and make images as pixels from 0 to 255, or as
    ``normalization``, mean and std, says. ``rows`` are those that the inputs of a model of several
    read, in the order of its file.
    """
    task = converter_task(card.task)
    described = task.input.describe_tensors(card.input)
    inputs = [_normalized(described[row], normalization) for row in rows or (0,)]
    output_tensor = task.output.describe_tensor(card.output)
    tokenizer = _tokenizer_of_all(card.task, card.input)
    graph = SubGraphMetadata(
        name=card.name,
        input_tensor_metadata=[_tensor(each, normalization) for each in inputs],
        output_tensor_metadata=[_tensor(output_tensor)],
        input_process_units=tokenizer,
    )
    return pack_metadata(
        ModelMetadata(
            name=card.name,
            description=f"{card.task} {task.output.describe(card.output)}, by Satchel",
            version=card.version,
            subgraph_metadata=[graph],
            min_parser_version=_BERT_PARSER if tokenizer else _parser_of(inputs),
        )
    )


def associated_files(card: Card, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the files that the metadata of ``card`` names, by name.

    Models without labels and vocabulary have none. ``files`` are the files that prepare an input,
    such as a vocabulary.
    """
    named = {name: files[name] for name in card.input.files}
    if not card.output.labels:
        return named
    return {LABELS: "\n".join(card.output.labels).encode() + b"\n", **named}


def append_files(model: bytes, files: Mapping[str, bytes]) -> bytes:
    """Return the model followed by a ZIP archive of ``files``.

    The files are not compressed, because readers map them into memory.
    """
    target = io.BytesIO(model)
    with zipfile.ZipFile(target, "a", zipfile.ZIP_STORED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, _ZIP_EPOCH), content)
    return target.getvalue()


def _normalized(
    described: TensorDescription, normalization: Normalization | None
) -> TensorDescription:
    """Return the description of an input with the range that its numbers really have."""
    if normalization is None or described.stats is None:
        return described
    ends = [
        (pixel - mean) / std
        for pixel in described.stats
        for mean in normalization[0]
        for std in normalization[1]
    ]
    return described._replace(text="normalized sRGB pixels", stats=(min(ends), max(ends)))


def _tensor(
    described: TensorDescription, normalization: Normalization | None = None
) -> TensorMetadata:
    labels = AssociatedFile(name=LABELS, type=FileType.TENSOR_AXIS_LABELS)
    return TensorMetadata(
        name=described.name,
        description=described.text,
        content=_IMAGE if described.is_image else _FEATURE,
        process_units=_process_units(described, normalization),
        stats=_stats(described),
        associated_files=[labels] if described.labels else None,
    )


def _stats(described: TensorDescription) -> Stats | None:
    if described.stats is None:
        return None
    low, high = described.stats
    return Stats(max=[high], min=[low])


def _process_units(
    described: TensorDescription, normalization: Normalization | None
) -> list[ProcessUnit] | None:
    if described.normalized:
        mean, std = normalization or _AS_IT_IS
        options = NormalizationOptions(mean=mean, std=std)
        return [ProcessUnit(options_type=UnitKind.NORMALIZATION, options=options)]
    if not _is_regex(described):
        return None
    spec = cast("RegexSpec", described.tokenizer)
    vocabulary = AssociatedFile(name=spec.vocabulary, type=FileType.VOCABULARY)
    tokenizer = RegexTokenizerOptions(delim_regex_pattern=spec.delimiter, vocab_file=[vocabulary])
    return [ProcessUnit(options_type=UnitKind.REGEX_TOKENIZER, options=tokenizer)]


def states_tokenizer(task: str, input_spec: Input) -> bool:
    """Return whether the metadata of a text model says how ids are made of a text."""
    described = converter_task(task).input.describe_tensors(input_spec)
    alone = len(described) == 1 and _is_regex(described[0])
    return alone or _tokenizer_of_all(task, input_spec) is not None


def _tokenizer_of_all(task: str, input_spec: Input) -> list[ProcessUnit] | None:
    """Return the BERT tokenizer that feeds all inputs; None for a model that reads others.

    One that a reader would use otherwise is left out: the reader then refuses the file.
    """
    functions = converter_task(task).input
    found = functions.describe_tensors(input_spec)[0].tokenizer
    if found is None or found.kind != "wordpiece":
        return None
    spec = cast("WordPieceSpec", found)
    if {*functions.tensors(input_spec)} != TENSORS or not is_writable(spec):
        return None
    vocabulary = AssociatedFile(name=spec.vocabulary, type=FileType.VOCABULARY)
    options = BertTokenizerOptions(vocab_file=[vocabulary])
    return [ProcessUnit(options_type=UnitKind.BERT_TOKENIZER, options=options)]


def _parser_of(inputs: Sequence[TensorDescription]) -> str:
    return _REGEX_PARSER if any(map(_is_regex, inputs)) else _ANY_PARSER


def _is_regex(described: TensorDescription) -> bool:
    return described.tokenizer is not None and described.tokenizer.kind == "regex"
