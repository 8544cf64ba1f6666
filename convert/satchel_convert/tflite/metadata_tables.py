"""The tables of TFLite Model Metadata that a bundle's models need, and how they are written.

Source: ``metadata_schema.fbs`` 1.5.0 of tflite_support, which MediaPipe took over
(https://github.com/google-ai-edge/mediapipe/blob/master/mediapipe/tasks/metadata/metadata_schema.fbs).
A slot is the number of a field in its table there, counted from 0; a union has two, of which the
first says what the second is. Comments there say what a field means.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Annotated, Any, TypeAlias, get_type_hints

_IDENTIFIER = b"M001"


class Slot(int):
    """The number of a field in its table."""


class FileType(IntEnum):
    """What an associated file is: ``AssociatedFileType`` in the schema."""

    TENSOR_AXIS_LABELS = 2
    VOCABULARY = 5


class ColorSpace(IntEnum):
    """What the channels of an image are: ``ColorSpaceType`` in the schema."""

    RGB = 1


class ContentKind(IntEnum):
    """Which member of the union ``ContentProperties`` a table is."""

    FEATURE = 1
    IMAGE = 2


class UnitKind(IntEnum):
    """Which member of the union ``ProcessUnitOptions`` a table is."""

    NORMALIZATION = 1
    REGEX_TOKENIZER = 6


@dataclass(frozen=True, kw_only=True)
class AssociatedFile:
    """A file in the ZIP behind the flatbuffer."""

    name: Annotated[str, Slot(0)]
    type: Annotated[FileType, Slot(2)]


@dataclass(frozen=True, kw_only=True)
class FeatureProperties:
    """Says of a tensor that it is no image: a table without fields."""


@dataclass(frozen=True, kw_only=True)
class ImageProperties:
    """Says of a tensor that it is an image."""

    color_space: Annotated[ColorSpace, Slot(0)]


@dataclass(frozen=True, kw_only=True)
class Content:
    """What a tensor holds."""

    content_properties_type: Annotated[ContentKind, Slot(0)]
    content_properties: Annotated[FeatureProperties | ImageProperties, Slot(1)]


@dataclass(frozen=True, kw_only=True)
class NormalizationOptions:
    """How pixels become the numbers of the tensor: ``(pixel - mean) / std``."""

    mean: Annotated[Sequence[float], Slot(0)]
    std: Annotated[Sequence[float], Slot(1)]


@dataclass(frozen=True, kw_only=True)
class RegexTokenizerOptions:
    """How a text is cut into words, and which ids they have."""

    delim_regex_pattern: Annotated[str, Slot(0)]
    vocab_file: Annotated[Sequence[AssociatedFile], Slot(1)]


@dataclass(frozen=True, kw_only=True)
class ProcessUnit:
    """A step between what an application has and the tensor."""

    options_type: Annotated[UnitKind, Slot(0)]
    options: Annotated[NormalizationOptions | RegexTokenizerOptions, Slot(1)]


@dataclass(frozen=True, kw_only=True)
class Stats:
    """The range of a tensor's numbers."""

    max: Annotated[Sequence[float], Slot(0)]
    min: Annotated[Sequence[float], Slot(1)]


@dataclass(frozen=True, kw_only=True)
class TensorMetadata:
    """An input or an output."""

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
    | RegexTokenizerOptions
    | ProcessUnit
    | Stats
    | TensorMetadata
    | SubGraphMetadata
    | ModelMetadata
)


def slots_of(table: type[Table]) -> dict[str, int]:
    """Return the slot of each field of a table, in their order."""
    hints = get_type_hints(table, include_extras=True)
    return {name: hint.__metadata__[0] for name, hint in hints.items()}


def pack_metadata(metadata: ModelMetadata) -> bytes:
    """Return ``metadata`` as a flatbuffer, to the byte what flatc's generated code writes."""
    import flatbuffers

    builder = flatbuffers.Builder(0)
    builder.Finish(_write(builder, metadata), _IDENTIFIER)
    return bytes(builder.Output())


def _write(builder: Any, value: Any) -> Any:
    """Write a text, a table or a vector of them or of floats; return where it is."""
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
    # What a table points at stands before it: a flatbuffer is written from its end.
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
