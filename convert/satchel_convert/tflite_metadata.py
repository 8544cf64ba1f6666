"""TFLite Model Metadata: what MediaPipe Tasks needs to run a .tflite unchanged.

Source: https://ai.google.dev/edge/litert/models/metadata; the flatbuffer schemas are those that
MediaPipe and LiteRT ship. Associated files (labels, vocabulary) are a ZIP behind the flatbuffer.
"""

import functools
import importlib.util
import io
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from satchel.card import Card, ImageInput, TextInput

METADATA_NAME = "TFLITE_METADATA"
LABELS = "labels.txt"
_MODEL_IDENTIFIER = b"TFL3"
_METADATA_IDENTIFIER = b"M001"
_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)
_BUFFER_ALIGNMENT = 16
"""Bytes, as the schema's ``force_align`` demands and its generated Python forgets"""


def add_tflite_metadata(model: bytes, card: Card, vocabulary: bytes | None) -> bytes:
    """Return ``model`` with labels, normalization or tokenizer, and vocabulary as the card says.

    ``card`` is that of a bundle: its pictures go in as pixels from 0 to 255.
    """
    files = {LABELS: "\n".join(card.output.labels).encode() + b"\n"}
    if isinstance(card.input, TextInput):
        assert vocabulary is not None
        files[card.input.vocabulary] = vocabulary
    return _append_files(_add_buffer(model, _pack_metadata(card)), files)


@functools.cache
def _metadata_schema() -> Any:
    """Return MediaPipe's generated schema without importing MediaPipe, which costs seconds."""
    package = importlib.util.find_spec("mediapipe")
    assert package is not None, "mediapipe is a dependency of satchel-convert"
    assert package.submodule_search_locations is not None
    name = "tasks/metadata/metadata_schema_py_generated.py"
    path = Path(package.submodule_search_locations[0]) / name
    spec = importlib.util.spec_from_file_location("satchel_convert_metadata_schema", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def _pack_metadata(card: Card) -> bytes:
    import flatbuffers

    schema = _metadata_schema()
    graph = schema.SubGraphMetadataT()
    graph.name = card.name
    graph.inputTensorMetadata = [_input_metadata(schema, card)]
    graph.outputTensorMetadata = [_output_metadata(schema)]
    metadata = schema.ModelMetadataT()
    metadata.name = card.name
    metadata.version = card.version
    metadata.description = f"{card.task} with {len(card.output.labels)} labels, by Satchel"
    metadata.subgraphMetadata = [graph]
    # The first schema with the RegexTokenizer; older readers must refuse it.
    metadata.minParserVersion = "1.2.1" if isinstance(card.input, TextInput) else "1.0.0"
    builder = flatbuffers.Builder(0)
    builder.Finish(metadata.Pack(builder), _METADATA_IDENTIFIER)
    return bytes(builder.Output())


def _input_metadata(schema: Any, card: Card) -> Any:
    tensor = schema.TensorMetadataT()
    tensor.content = schema.ContentT()
    unit = schema.ProcessUnitT()
    if isinstance(card.input, ImageInput):
        tensor.name = "image"
        tensor.description = "sRGB pixels from 0 to 255"
        tensor.content.contentPropertiesType = schema.ContentProperties.ImageProperties
        tensor.content.contentProperties = schema.ImagePropertiesT()
        tensor.content.contentProperties.colorSpace = schema.ColorSpaceType.RGB
        unit.optionsType = schema.ProcessUnitOptions.NormalizationOptions
        unit.options = schema.NormalizationOptionsT()
        unit.options.mean, unit.options.std = [0.0], [1.0]
        tensor.stats = _stats(schema, 0.0, 255.0)
    else:
        tensor.name = "ids"
        tensor.description = "ids of the tokens"
        tensor.content.contentPropertiesType = schema.ContentProperties.FeatureProperties
        tensor.content.contentProperties = schema.FeaturePropertiesT()
        vocabulary = schema.AssociatedFileT()
        vocabulary.name = card.input.vocabulary
        vocabulary.type = schema.AssociatedFileType.VOCABULARY
        unit.optionsType = schema.ProcessUnitOptions.RegexTokenizerOptions
        unit.options = schema.RegexTokenizerOptionsT()
        unit.options.delimRegexPattern = card.input.delimiter
        unit.options.vocabFile = [vocabulary]
    tensor.processUnits = [unit]
    return tensor


def _output_metadata(schema: Any) -> Any:
    tensor = schema.TensorMetadataT()
    tensor.name = "probability"
    tensor.description = "probability of each label"
    tensor.content = schema.ContentT()
    tensor.content.contentPropertiesType = schema.ContentProperties.FeatureProperties
    tensor.content.contentProperties = schema.FeaturePropertiesT()
    tensor.stats = _stats(schema, 0.0, 1.0)
    labels = schema.AssociatedFileT()
    labels.name = LABELS
    labels.type = schema.AssociatedFileType.TENSOR_AXIS_LABELS
    tensor.associatedFiles = [labels]
    return tensor


def _stats(schema: Any, low: float, high: float) -> Any:
    stats = schema.StatsT()
    stats.min, stats.max = [low], [high]
    return stats


def _add_buffer(model: bytes, content: bytes) -> bytes:
    """Return the model with one more named buffer."""
    import flatbuffers
    from ai_edge_litert import schema_py_generated as schema

    class AlignedBuffer(schema.BufferT):  # type: ignore[misc]
        """A buffer whose data begins at a multiple of 16, as kernels expect."""

        def __init__(self, buffer: Any) -> None:
            super().__init__(buffer.data, buffer.offset, buffer.size)

        def Pack(self, builder: Any) -> Any:  # noqa: N802 - the generated code calls it so
            """Write the data aligned, then the table that points at it."""
            data = None
            if self.data is not None and len(self.data):
                raw = np.asarray(self.data, np.uint8).tobytes()
                builder.StartVector(1, len(raw), _BUFFER_ALIGNMENT)
                builder.head -= len(raw)
                builder.Bytes[builder.head : builder.head + len(raw)] = raw
                data = builder.EndVector()
            schema.BufferStart(builder)
            if data is not None:
                schema.BufferAddData(builder, data)
            return schema.BufferEnd(builder)

    tree = schema.ModelT.InitFromObj(schema.Model.GetRootAsModel(bytearray(model), 0))
    buffer = schema.BufferT()
    buffer.data = np.frombuffer(content, np.uint8)
    entry = schema.MetadataT()
    entry.name, entry.buffer = METADATA_NAME, len(tree.buffers)
    tree.buffers = [AlignedBuffer(each) for each in [*tree.buffers, buffer]]
    tree.metadata = [*(tree.metadata or []), entry]
    builder = flatbuffers.Builder(len(model) + len(content) + 1024)
    builder.Finish(tree.Pack(builder), _MODEL_IDENTIFIER)
    return bytes(builder.Output())


def _append_files(model: bytes, files: Mapping[str, bytes]) -> bytes:
    """Return the model with a ZIP behind it: stored, because readers map it into memory."""
    target = io.BytesIO(model)
    with zipfile.ZipFile(target, "a", zipfile.ZIP_STORED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, _ZIP_EPOCH), content)
    return target.getvalue()
