"""The tables of TFLite Model Metadata that a bundle's models need, and their writer.

Source: ``metadata_schema.fbs`` 1.5.0 of tflite_support, which is now part of MediaPipe
(https://github.com/google-ai-edge/mediapipe/blob/master/mediapipe/tasks/metadata/metadata_schema.fbs).
A slot is the number of a field in its table in that schema, counted from 0. A union has two slots:
the first one holds the type of the second. Comments in the schema explain each field.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Annotated, Any, TypeAlias, get_type_hints

_IDENTIFIER = b"M001"


class Slot(int):
    """The number of a field in its table."""


class FileType(IntEnum):
    """The kind of an associated file: ``AssociatedFileType`` in the schema."""

    TENSOR_AXIS_LABELS = 2
    VOCABULARY = 5


class ColorSpace(IntEnum):
    """The channels of an image: ``ColorSpaceType`` in the schema."""

    RGB = 1


class ContentKind(IntEnum):
    """The type of a table in the union ``ContentProperties``."""

    FEATURE = 1
    IMAGE = 2


class UnitKind(IntEnum):
    """The type of a table in the union ``ProcessUnitOptions``."""

    NORMALIZATION = 1
    BERT_TOKENIZER = 4
    REGEX_TOKENIZER = 6


@dataclass(frozen=True, kw_only=True)
class AssociatedFile:
    """A file in the ZIP archive after the flatbuffer."""

    name: Annotated[str, Slot(0)]
    type: Annotated[FileType, Slot(2)]


@dataclass(frozen=True, kw_only=True)
class FeatureProperties:
    """Marks a tensor that is not an image; a table without fields."""


@dataclass(frozen=True, kw_only=True)
class ImageProperties:
    """Marks a tensor that is an image."""

    color_space: Annotated[ColorSpace, Slot(0)]


@dataclass(frozen=True, kw_only=True)
class Content:
    """The content of a tensor."""

    content_properties_type: Annotated[ContentKind, Slot(0)]
    content_properties: Annotated[FeatureProperties | ImageProperties, Slot(1)]


@dataclass(frozen=True, kw_only=True)
class NormalizationOptions:
    """The conversion of pixels to the numbers of the tensor: ``(pixel - mean) / std``."""

    mean: Annotated[Sequence[float], Slot(0)]
    std: Annotated[Sequence[float], Slot(1)]


@dataclass(frozen=True, kw_only=True)
class BertTokenizerOptions:
    """The pieces of words of a WordPiece tokenizer, whose lines are their ids."""

    vocab_file: Annotated[Sequence[AssociatedFile], Slot(0)]


@dataclass(frozen=True, kw_only=True)
class RegexTokenizerOptions:
    """The separator of tokens in a text, and the ids of the tokens."""

    delim_regex_pattern: Annotated[str, Slot(0)]
    vocab_file: Annotated[Sequence[AssociatedFile], Slot(1)]


@dataclass(frozen=True, kw_only=True)
class ProcessUnit:
    """A step that turns an application's data into the tensor."""

    options_type: Annotated[UnitKind, Slot(0)]
    options: Annotated[NormalizationOptions | BertTokenizerOptions | RegexTokenizerOptions, Slot(1)]


@dataclass(frozen=True, kw_only=True)
class Stats:
    """The range of a tensor's numbers."""

    max: Annotated[Sequence[float], Slot(0)]
    min: Annotated[Sequence[float], Slot(1)]


@dataclass(frozen=True, kw_only=True)
class TensorMetadata:
    """The metadata of an input or an output."""

    name: Annotated[str, Slot(0)]
    description: Annotated[str, Slot(1)]
    content: Annotated[Content, Slot(3)]
    process_units: Annotated[Sequence[ProcessUnit] | None, Slot(4)] = None
    stats: Annotated[Stats | None, Slot(5)] = None
    associated_files: Annotated[Sequence[AssociatedFile] | None, Slot(6)] = None


@dataclass(frozen=True, kw_only=True)
class SubGraphMetadata:
    """The inputs and outputs of a graph."""

    name: Annotated[str, Slot(0)]
    input_tensor_metadata: Annotated[Sequence[TensorMetadata], Slot(2)]
    output_tensor_metadata: Annotated[Sequence[TensorMetadata], Slot(3)]
    input_process_units: Annotated[Sequence[ProcessUnit] | None, Slot(5)] = None
    """The steps that make all inputs together"""


@dataclass(frozen=True, kw_only=True)
class ModelMetadata:
    """A model: the root of the flatbuffer."""

    name: Annotated[str, Slot(0)]
    description: Annotated[str, Slot(1)]
    version: Annotated[str, Slot(2)]
    subgraph_metadata: Annotated[Sequence[SubGraphMetadata], Slot(3)]
    min_parser_version: Annotated[str, Slot(7)]


Table: TypeAlias = (
    AssociatedFile
    | FeatureProperties
    | ImageProperties
    | Content
    | NormalizationOptions
    | BertTokenizerOptions
    | RegexTokenizerOptions
    | ProcessUnit
    | Stats
    | TensorMetadata
    | SubGraphMetadata
    | ModelMetadata
)


def slots_of(table: type[Table]) -> dict[str, int]:
    """Return the slot of each field of a table, in the order of the fields."""
    hints = get_type_hints(table, include_extras=True)
    return {name: hint.__metadata__[0] for name, hint in hints.items()}


def pack_metadata(metadata: ModelMetadata) -> bytes:
    """Return ``metadata`` as a flatbuffer, with the same bytes as from flatc's generated code."""
    import flatbuffers

    builder = flatbuffers.Builder(0)
    builder.Finish(_write(builder, metadata), _IDENTIFIER)
    return bytes(builder.Output())


def _write(builder: Any, value: Any) -> Any:
    """Write a text, a table, or a vector of floats, texts or tables; return its place."""
    if isinstance(value, str):
        return builder.CreateString(value)
    if isinstance(value, Table):
        return _write_table(builder, value)
    if isinstance(value[0], float):
        builder.StartVector(4, len(value), 4)
        for number in reversed(value):
            builder.PrependFloat32(number)
        return builder.EndVector()
    places = [_write(builder, each) for each in value]
    builder.StartVector(4, len(places), 4)
    for place in reversed(places):
        builder.PrependUOffsetTRelative(place)
    return builder.EndVector()


def _write_table(builder: Any, table: Table) -> Any:
    slots = slots_of(type(table))
    values = {name: value for name in slots if (value := getattr(table, name)) is not None}
    # A flatbuffer is written from its end, so write first what the table points to.
    places = {
        name: _write(builder, value)
        for name, value in values.items()
        if not isinstance(value, IntEnum)
    }
    builder.StartObject(max(slots.values(), default=-1) + 1)
    for name, value in values.items():
        if name in places:
            builder.PrependUOffsetTRelativeSlot(slots[name], places[name], 0)
        else:
            builder.PrependUint8Slot(slots[name], int(value), 0)
    return builder.EndObject()
