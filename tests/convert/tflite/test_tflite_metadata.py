import io
import zipfile

import numpy as np
import pytest

from helpers.converted_models import probabilities
from satchel_convert.model_folder import deployed_card
from satchel_convert.schemes import BACKENDS, ONLY, SCHEMES
from satchel_convert.tflite.converter import read_tensor_specs
from satchel_convert.tflite.finish import finish_tflite

pytestmark = [
    # TensorFlow says so of every model whose input is not the converter's to quantize.
    pytest.mark.filterwarnings(
        r"ignore:Statistics for quantized inputs were expected:UserWarning:tensorflow\.lite\.python"
    ),
    # LiteRT says so where ai-edge-quantizer looks at every tensor, which is what calibration is.
    pytest.mark.filterwarnings(r"ignore:Warning. Enabling .experimental_preserve_all_tensors"),
]
KINDS = ("pictures", "texts")


@pytest.fixture(scope="session")
def finished(tinies, unfinished_tflite):
    """Return a function from ``images`` or ``texts`` and a scheme to a model with metadata."""

    def make(kind, scheme="float32"):
        folder = tinies[kind].folder
        backend = "ai_edge_quantizer" if scheme == "int16x8" else usual_backend(scheme)
        return finish_tflite(
            unfinished_tflite(kind, scheme, backend),
            scheme=scheme,
            backend=backend,
            card=deployed_card(folder.card),
            files=folder.files,
        )

    return make


def usual_backend(scheme):
    return BACKENDS.get(("tflite", scheme), ONLY)[0]


def read_metadata(model):
    """Return the metadata of a model by MediaPipe's schema."""
    from ai_edge_litert import schema_py_generated as schema
    from mediapipe.tasks.metadata import metadata_schema_py_generated as metadata

    root = schema.Model.GetRootAsModel(model, 0)
    entries = [root.Metadata(at) for at in range(root.MetadataLength())]
    (entry,) = [entry for entry in entries if entry.Name() == b"TFLITE_METADATA"]
    content = root.Buffers(entry.Buffer()).DataAsNumpy().tobytes()
    assert content[4:8] == b"M001"
    return metadata, metadata.ModelMetadataT.InitFromObj(
        metadata.ModelMetadata.GetRootAsModelMetadata(content, 0)
    )


def tensors(metadata):
    (graph,) = metadata.subgraphMetadata
    (taken,), (given,) = graph.inputTensorMetadata, graph.outputTensorMetadata
    return taken, given


@pytest.mark.parametrize("kind", KINDS)
def test_name_version_and_labels_are_the_card_s(kind, finished, tinies):
    card = tinies[kind].folder.card
    schema, metadata = read_metadata(finished(kind))
    assert (metadata.name.decode(), metadata.version.decode()) == (card.name, card.version)
    (labels,) = tensors(metadata)[1].associatedFiles
    assert labels.type == schema.AssociatedFileType.TENSOR_AXIS_LABELS
    with zipfile.ZipFile(io.BytesIO(finished(kind))) as archive:
        found = archive.read(labels.name.decode()).decode()
    assert found == "".join(f"{label}\n" for label in card.output.labels)


def test_images_are_normalized_by_mean_0_and_std_1(finished):
    schema, metadata = read_metadata(finished("pictures"))
    taken, _ = tensors(metadata)
    (unit,) = taken.processUnits
    assert unit.optionsType == schema.ProcessUnitOptions.NormalizationOptions
    assert (list(unit.options.mean), list(unit.options.std)) == ([0.0], [1.0])
    assert taken.content.contentPropertiesType == schema.ContentProperties.ImageProperties
    assert taken.content.contentProperties.colorSpace == schema.ColorSpaceType.RGB


def test_texts_carry_their_tokenizer_and_vocabulary(finished, texts):
    schema, metadata = read_metadata(finished("texts"))
    taken, _ = tensors(metadata)
    (unit,) = taken.processUnits
    assert unit.optionsType == schema.ProcessUnitOptions.RegexTokenizerOptions
    assert unit.options.delimRegexPattern.decode() == texts.folder.card.input.tokenizer.delimiter
    (vocabulary,) = unit.options.vocabFile
    assert vocabulary.type == schema.AssociatedFileType.VOCABULARY
    with zipfile.ZipFile(io.BytesIO(finished("texts"))) as archive:
        assert archive.read(vocabulary.name.decode()) == texts.folder.files["vocabulary.txt"]


@pytest.mark.parametrize("kind", KINDS)
def test_the_files_behind_the_model_are_stored_with_a_fixed_date(kind, finished):
    model = finished(kind)
    with zipfile.ZipFile(io.BytesIO(model)) as archive:
        assert archive.testzip() is None
        entries = archive.infolist()
        for entry in entries:
            assert entry.compress_type == zipfile.ZIP_STORED
            assert entry.date_time == (1980, 1, 1, 0, 0, 0)
            assert archive.read(entry) in model
    names = {"pictures": ["labels.txt"], "texts": ["labels.txt", "vocabulary.txt"]}
    assert [entry.filename for entry in entries] == names[kind]


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_buffer_begins_at_a_multiple_of_16(kind, scheme, finished):
    from ai_edge_litert import schema_py_generated as schema

    root = schema.Model.GetRootAsModel(finished(kind, scheme), 0)
    starts = []
    for at in range(root.BuffersLength()):
        table = root.Buffers(at)._tab
        # 4 is the slot of ``data`` in the table of a buffer.
        if (offset := table.Offset(4)) and table.VectorLen(offset):
            starts.append(table.Vector(offset))
    # The weights of two layers and the metadata at least.
    assert len(starts) >= 3
    assert [start % 16 for start in starts] == [0] * len(starts)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("kind", KINDS)
def test_metadata_changes_no_bit_of_the_answers(kind, scheme, finished, tflite, tinies):
    tiny, before, after = tinies[kind], tflite(kind, scheme), finished(kind, scheme)
    specs = read_tensor_specs(before)
    assert read_tensor_specs(after) == specs
    found = [
        probabilities(model, "litert", specs, tiny.folder.card, tiny.inputs)
        for model in (before, after)
    ]
    assert np.array_equal(*found)


def test_the_file_identifier_is_that_of_tflite(finished):
    assert finished("pictures")[4:8] == b"TFL3"


def test_the_same_model_and_card_give_the_same_bytes(finished):
    assert finished("texts") == finished("texts")
