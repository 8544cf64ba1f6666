"""TFLite Model Metadata: what MediaPipe Tasks needs to run a .tflite unchanged.

Source: https://ai.google.dev/edge/litert/models/metadata. Associated files (labels, vocabulary) are
a ZIP behind the flatbuffer.
"""

import io
import zipfile
from collections.abc import Mapping

from satchel.bundle import Card, ImageInput, Input, LabelOutput, LatentInput, Output, TextInput
from satchel_convert.tflite.metadata_tables import (
    AssociatedFile,
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

LABELS = "labels.txt"
_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)
_FEATURE = Content(
    content_properties_type=ContentKind.FEATURE, content_properties=FeatureProperties()
)
_IMAGE = Content(
    content_properties_type=ContentKind.IMAGE,
    content_properties=ImageProperties(color_space=ColorSpace.RGB),
)
_AS_IT_IS = ProcessUnit(
    options_type=UnitKind.NORMALIZATION, options=NormalizationOptions(mean=[0.0], std=[1.0])
)
_ANY_PARSER = "1.0.0"
_REGEX_PARSER = "1.2.1"
"""The first schema with the RegexTokenizer: older readers must refuse the file"""


def describe(card: Card) -> bytes:
    """Return the metadata of a bundle's model, with normalization or tokenizer as the card says.

    ``card`` is that of a bundle: its images go in, or come out, as pixels from 0 to 255.
    """
    graph = SubGraphMetadata(
        name=card.name,
        input_tensor_metadata=[_describe_input(card.input)],
        output_tensor_metadata=[_describe_output(card.output)],
    )
    return pack_metadata(
        ModelMetadata(
            name=card.name,
            description=f"{card.task} {_in_words(card.output)}, by Satchel",
            version=card.version,
            subgraph_metadata=[graph],
            min_parser_version=_parser_version(card.input),
        )
    )


def associated_files(card: Card, vocabulary: bytes | None) -> dict[str, bytes]:
    """Return the files that the metadata of ``card`` names, by name; none for images alone."""
    files = {}
    if isinstance(card.output, LabelOutput):
        files[LABELS] = "\n".join(card.output.labels).encode() + b"\n"
    if isinstance(card.input, TextInput):
        assert vocabulary is not None
        files[card.input.vocabulary] = vocabulary
    return files


def append_files(model: bytes, files: Mapping[str, bytes]) -> bytes:
    """Return the model with a ZIP behind it: stored, because readers map it into memory."""
    target = io.BytesIO(model)
    with zipfile.ZipFile(target, "a", zipfile.ZIP_STORED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, _ZIP_EPOCH), content)
    return target.getvalue()


def _describe_input(taken: Input) -> TensorMetadata:
    if isinstance(taken, ImageInput):
        return _image_tensor(process_units=[_AS_IT_IS])
    if isinstance(taken, LatentInput):
        return _latent_tensor()
    return _ids_tensor(taken)


def _describe_output(given: Output) -> TensorMetadata:
    return _labels_tensor() if isinstance(given, LabelOutput) else _image_tensor()


def _parser_version(taken: Input) -> str:
    return _REGEX_PARSER if isinstance(taken, TextInput) else _ANY_PARSER


def _in_words(given: Output) -> str:
    if isinstance(given, LabelOutput):
        return f"with {len(given.labels)} labels"
    return f"of {given.height} x {given.width} pixels"


def _image_tensor(process_units: list[ProcessUnit] | None = None) -> TensorMetadata:
    return TensorMetadata(
        name="image",
        description="sRGB pixels from 0 to 255",
        content=_IMAGE,
        process_units=process_units,
        stats=Stats(max=[255.0], min=[0.0]),
    )


def _latent_tensor() -> TensorMetadata:
    return TensorMetadata(
        name="latent",
        description="numbers of the seed, uniform from -1 to 1",
        content=_FEATURE,
        stats=Stats(max=[1.0], min=[-1.0]),
    )


def _ids_tensor(taken: TextInput) -> TensorMetadata:
    vocabulary = AssociatedFile(name=taken.vocabulary, type=FileType.VOCABULARY)
    tokenizer = RegexTokenizerOptions(delim_regex_pattern=taken.delimiter, vocab_file=[vocabulary])
    return TensorMetadata(
        name="ids",
        description="ids of the tokens",
        content=_FEATURE,
        process_units=[ProcessUnit(options_type=UnitKind.REGEX_TOKENIZER, options=tokenizer)],
    )


def _labels_tensor() -> TensorMetadata:
    return TensorMetadata(
        name="probability",
        description="probability of each label",
        content=_FEATURE,
        stats=Stats(max=[1.0], min=[0.0]),
        associated_files=[AssociatedFile(name=LABELS, type=FileType.TENSOR_AXIS_LABELS)],
    )
