"""The tables of metadata against the schema and the generated reader that MediaPipe ships."""

import re
from importlib.util import find_spec
from pathlib import Path
from typing import get_args

import pytest

from satchel.bundle import open_bundle
from satchel_convert.model_folder import deployed_card
from satchel_convert.tflite.metadata import describe
from satchel_convert.tflite.metadata_tables import (
    ColorSpace,
    ContentKind,
    FileType,
    Table,
    UnitKind,
    slots_of,
)

GOLDEN = Path(__file__).parents[2] / "golden"
MEMBERS = {
    "ContentProperties": {
        "FeatureProperties": ContentKind.FEATURE,
        "ImageProperties": ContentKind.IMAGE,
    },
    "ProcessUnitOptions": {
        "NormalizationOptions": UnitKind.NORMALIZATION,
        "RegexTokenizerOptions": UnitKind.REGEX_TOKENIZER,
    },
}


@pytest.fixture(scope="module")
def schema():
    """Return the text of ``metadata_schema.fbs``, without comments."""
    (folder,) = find_spec("mediapipe").submodule_search_locations
    text = (Path(folder) / "tasks/metadata/metadata_schema.fbs").read_text(encoding="utf-8")
    return re.sub(r"//.*", "", text)


def fields(schema, table):
    """Return the name of each slot of a table: a union has one more, for what it is."""
    (body,) = re.findall(rf"table {table}\s*{{(.*?)}}", schema, re.DOTALL)
    slots = []
    for name, kind in re.findall(r"(\w+)\s*:\s*(\[?\w+\]?)", body):
        slots += [f"{name}_type", name] if kind in MEMBERS else [name]
    return slots


def members(schema, word, name):
    """Return the members of a union or an enumeration, in the order of their numbers."""
    (body,) = re.findall(rf"{word} {name}[^{{]*{{(.*?)}}", schema, re.DOTALL)
    return re.findall(r"(\w+)(?:\s*=\s*\d+)?\s*(?:,|$)", body.strip())


@pytest.mark.parametrize("table", get_args(Table), ids=lambda table: table.__name__)
def test_each_field_has_the_slot_of_the_schema(table, schema):
    slots = fields(schema, table.__name__)
    assert {name: slots.index(name) for name in slots_of(table)} == slots_of(table)


def test_the_members_of_enumerations_and_unions_have_the_numbers_of_the_schema(schema):
    files, colors = (
        members(schema, "enum", name) for name in ("AssociatedFileType", "ColorSpaceType")
    )
    assert {each.name: files.index(each.name) for each in FileType} == FileType.__members__
    assert {each.name: colors.index(each.name) for each in ColorSpace} == ColorSpace.__members__
    for union, ours in MEMBERS.items():
        # 0 is a union without a member.
        numbers = ["NONE", *members(schema, "union", union)]
        assert {name: numbers.index(name) for name in ours} == ours


@pytest.mark.parametrize("kind", ["pictures", "texts", "faces", "styles"])
def test_the_generated_code_of_mediapipe_reads_it_and_writes_the_same_bytes(kind, tinies):
    import flatbuffers
    from mediapipe.tasks.metadata import metadata_schema_py_generated as generated

    content = describe(deployed_card(tinies[kind].folder.card))
    read = generated.ModelMetadataT.InitFromObj(
        generated.ModelMetadata.GetRootAsModelMetadata(content, 0)
    )
    assert read.name.decode() == tinies[kind].folder.card.name
    builder = flatbuffers.Builder(0)
    builder.Finish(read.Pack(builder), b"M001")
    assert bytes(builder.Output()) == content


@pytest.mark.parametrize("name", ["digits", "reviews"])
def test_the_metadata_of_the_golden_bundles_is_written_to_the_same_bytes(name):
    bundle = open_bundle(GOLDEN / f"{name}.satchel")
    models = [content for file, content in bundle.files.items() if file.endswith(".tflite")]
    assert len(models) == 4
    for content in models:
        assert described_in(content) == describe(bundle.card)


def described_in(content):
    from ai_edge_litert import schema_py_generated as schema

    root = schema.Model.GetRootAsModel(content, 0)
    entries = [root.Metadata(at) for at in range(root.MetadataLength())]
    (entry,) = [each for each in entries if each.Name() == b"TFLITE_METADATA"]
    return root.Buffers(entry.Buffer()).DataAsNumpy().tobytes()
