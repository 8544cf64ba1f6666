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

from satchel.bundle import Card, ImageInput, LabelOutput, LatentInput, Output, TextInput
from satchel_convert.tflite.flatbuffer import read_tree, write_tree

METADATA_NAME = "TFLITE_METADATA"
LABELS = "labels.txt"
_METADATA_IDENTIFIER = b"M001"
_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)


def add_tflite_metadata(model: bytes, card: Card, vocabulary: bytes | None) -> bytes:
    """Return ``model`` with labels, normalization or tokenizer, and vocabulary as the card says.

    ``card`` is that of a bundle: its pictures go in, or come out, as pixels from 0 to 255.
    """
    files = {}
    if isinstance(card.output, LabelOutput):
        files[LABELS] = "\n".join(card.output.labels).encode() + b"\n"
    if isinstance(card.input, TextInput):
        assert vocabulary is not None
        files[card.input.vocabulary] = vocabulary
    described = _add_buffer(model, _pack_metadata(card))
    return _append_files(described, files) if files else described


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
    graph.outputTensorMetadata = [_output_metadata(schema, card)]
    metadata = schema.ModelMetadataT()
    metadata.name = card.name
    metadata.version = card.version
    metadata.description = f"{card.task} {_with(card.output)}, by Satchel"
    metadata.subgraphMetadata = [graph]
    # The first schema with the RegexTokenizer; older readers must refuse it.
    metadata.minParserVersion = "1.2.1" if isinstance(card.input, TextInput) else "1.0.0"
    builder = flatbuffers.Builder(0)
    builder.Finish(metadata.Pack(builder), _METADATA_IDENTIFIER)
    return bytes(builder.Output())


def _with(output: Output) -> str:
    if isinstance(output, LabelOutput):
        return f"with {len(output.labels)} labels"
    return f"of {output.height} x {output.width} pixels"


def _input_metadata(schema: Any, card: Card) -> Any:
    if isinstance(card.input, ImageInput):
        tensor = _picture(schema)
        unit = schema.ProcessUnitT()
        unit.optionsType = schema.ProcessUnitOptions.NormalizationOptions
        unit.options = schema.NormalizationOptionsT()
        unit.options.mean, unit.options.std = [0.0], [1.0]
        tensor.processUnits = [unit]
        return tensor
    if isinstance(card.input, LatentInput):
        tensor = _feature(schema, "latent", "numbers of the seed, uniform from -1 to 1")
        tensor.stats = _stats(schema, -1.0, 1.0)
        return tensor
    tensor = _feature(schema, "ids", "ids of the tokens")
    vocabulary = schema.AssociatedFileT()
    vocabulary.name = card.input.vocabulary
    vocabulary.type = schema.AssociatedFileType.VOCABULARY
    unit = schema.ProcessUnitT()
    unit.optionsType = schema.ProcessUnitOptions.RegexTokenizerOptions
    unit.options = schema.RegexTokenizerOptionsT()
    unit.options.delimRegexPattern = card.input.delimiter
    unit.options.vocabFile = [vocabulary]
    tensor.processUnits = [unit]
    return tensor


def _output_metadata(schema: Any, card: Card) -> Any:
    if not isinstance(card.output, LabelOutput):
        return _picture(schema)
    tensor = _feature(schema, "probability", "probability of each label")
    tensor.stats = _stats(schema, 0.0, 1.0)
    labels = schema.AssociatedFileT()
    labels.name = LABELS
    labels.type = schema.AssociatedFileType.TENSOR_AXIS_LABELS
    tensor.associatedFiles = [labels]
    return tensor


def _picture(schema: Any) -> Any:
    tensor = schema.TensorMetadataT()
    tensor.name = "image"
    tensor.description = "sRGB pixels from 0 to 255"
    tensor.content = schema.ContentT()
    tensor.content.contentPropertiesType = schema.ContentProperties.ImageProperties
    tensor.content.contentProperties = schema.ImagePropertiesT()
    tensor.content.contentProperties.colorSpace = schema.ColorSpaceType.RGB
    tensor.stats = _stats(schema, 0.0, 255.0)
    return tensor


def _feature(schema: Any, name: str, description: str) -> Any:
    tensor = schema.TensorMetadataT()
    tensor.name = name
    tensor.description = description
    tensor.content = schema.ContentT()
    tensor.content.contentPropertiesType = schema.ContentProperties.FeatureProperties
    tensor.content.contentProperties = schema.FeaturePropertiesT()
    return tensor


def _stats(schema: Any, low: float, high: float) -> Any:
    stats = schema.StatsT()
    stats.min, stats.max = [low], [high]
    return stats


def _add_buffer(model: bytes, content: bytes) -> bytes:
    """Return the model with one more named buffer."""
    from ai_edge_litert import schema_py_generated as schema

    tree = read_tree(model)
    buffer = schema.BufferT()
    buffer.data = np.frombuffer(content, np.uint8)
    entry = schema.MetadataT()
    entry.name, entry.buffer = METADATA_NAME, len(tree.buffers)
    tree.buffers = [*tree.buffers, buffer]
    tree.metadata = [*(tree.metadata or []), entry]
    return write_tree(tree)


def _append_files(model: bytes, files: Mapping[str, bytes]) -> bytes:
    """Return the model with a ZIP behind it: stored, because readers map it into memory."""
    target = io.BytesIO(model)
    with zipfile.ZipFile(target, "a", zipfile.ZIP_STORED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, _ZIP_EPOCH), content)
    return target.getvalue()
