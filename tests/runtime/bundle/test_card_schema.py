"""The schema of the card beside the parser, and what is generated from the schema."""

import base64
import json
import unicodedata
from pathlib import Path

import pytest

pytest.importorskip("jsonschema")

from hypothesis import given, settings, strategies as st
from jsonschema import Draft202012Validator

from conformance.bert_module import MODULE_PATH, module
from conformance.card_refusals import base_cards, edited, edits, write_card_refusals
from conformance.card_schema import DEFINITIONS, SCHEMA
from conformance.card_tables import PAGE_PATH, table_names, with_tables
from conformance.card_types import TYPES_PATH, types
from conformance.card_validation import BEYOND, beyond_the_schema, is_bundle_card, is_card
from conformance.kotlin_tables import KOTLIN_PATH, kotlin_tables
from conformance.make_lower_case import PATH as LOWER_CASE_PATH
from conformance.swift_tables import SWIFT_PATH, swift_tables
from conformance.vector_files import FOLDER, Vectors
from satchel import limits
from satchel.bundle.archive import CARD_NAME, unpack
from satchel.bundle.card import card_to_json, parse_card
from satchel.bundle.strict_json import load_json
from satchel.errors import CardError

ROOT = Path(__file__).parents[3]
BUNDLES = sorted(
    path
    for folder in ("zoo", "tests/golden", "apps/web/tests/browser")
    for path in (ROOT / folder).rglob("*.satchel")
)
BASES = base_cards()
FOLDER_CARDS = {
    task: {name: value for name, value in card.items() if name not in ("models", "golden", "files")}
    for task, card in BASES.items()
}
"""The same as cards of model folders"""
JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=8,
)
IMAGE, LABELS, [MODEL] = (
    BASES["image-classification"][name] for name in ("input", "output", "models")
)
OUTPUT = {"kind": "image", "height": 4096}


def parses(card):
    """Return whether the parser accepts a card."""
    try:
        parse_card(json.dumps(card).encode())
    except CardError:
        return False
    return True


def with_whole_numbers(value):
    """Return the value with 4.0 as 4, which the parser tells apart and a schema does not."""
    if isinstance(value, dict):
        return {name: with_whole_numbers(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return list(map(with_whole_numbers, value))
    return int(value) if isinstance(value, float) and value.is_integer() else value


def agree(card):
    """Return whether parser and schema say the same, but for what no schema can say."""
    if not is_card(card):
        return not parses(card)
    return beyond_the_schema(card) is not None or parses(with_whole_numbers(card))


def test_the_schema_is_valid():
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("path", BUNDLES, ids=lambda path: path.stem)
def test_the_card_of_every_bundle_in_the_repository_is_valid(path):
    assert is_bundle_card(json.loads(unpack(path.read_bytes())[CARD_NAME]))


@pytest.mark.parametrize("name", BASES)
def test_a_card_that_the_runtime_wrote_is_valid(name):
    card = parse_card(json.dumps(BASES[name]).encode())
    assert is_bundle_card(json.loads(card_to_json(card)))


def test_the_refusals_that_were_written_by_hand_are_those_of_the_schema():
    vectors = json.loads((FOLDER / "refusals.json").read_bytes())
    files = {base["name"]: (FOLDER / base["file"]).read_bytes() for base in vectors["bases"]}
    values = 0
    for case in vectors["cards"]:
        content = bytearray(unpack(files[case["base"]])[CARD_NAME])
        for at, drop, insert in reversed(case["edits"]):
            content[at : at + drop] = base64.b64decode(insert)
        try:
            card = load_json(bytes(content), limits.MAX_CARD_BYTES)
        except CardError:
            continue  # It is spelled in a way of which no schema hears.
        values += 1
        assert agree(card), case["what"]
    assert values > 300


@pytest.mark.parametrize("task", BASES)
def test_parser_and_schema_agree_on_every_field_of_a_bundle(task):
    card = BASES[task]
    assert is_bundle_card(card)
    assert parses(card)
    assert [edit for edit in edits(card) if not agree(edited(card, edit))] == []


@pytest.mark.parametrize("task", FOLDER_CARDS)
def test_parser_and_schema_agree_on_every_field_of_a_model_folder(task):
    card = FOLDER_CARDS[task]
    assert is_card(card)
    assert not is_bundle_card(card)
    of_a_folder = [edit for edit in edits(BASES[task]) if edit.at.split("/")[1] in card]
    for end in ("input", "output"):
        grey = {**card, end: {**card[end], "channels": 1, "scale": [1], "offset": [0]}}
        for base in (card, grey):
            assert is_card(base)
            assert parses(base)
            assert [edit for edit in of_a_folder if not agree(edited(base, edit))] == []


@settings(max_examples=100)
@given(st.data())
def test_parser_and_schema_agree_on_cards_that_chance_changed(data):
    card = data.draw(st.sampled_from([*BASES.values(), *FOLDER_CARDS.values()]))
    for _ in range(data.draw(st.integers(1, 3))):
        card = changed_by_chance(card, data)
    assert agree(card)


def changed_by_chance(value, data):
    """Return the value with one field or item, at any depth, set, taken out or added."""
    names = list(value) if isinstance(value, dict) else []
    names = list(range(len(value))) if isinstance(value, list) else names
    if not names:
        return data.draw(JSON_VALUES)
    at = data.draw(st.sampled_from(names))
    other = value.copy()
    way = data.draw(st.sampled_from(["deeper", "deeper", "set", "take out"]))
    if way == "take out":
        del other[at]
    else:
        other[at] = data.draw(JSON_VALUES) if way == "set" else changed_by_chance(value[at], data)
    return other


@pytest.mark.parametrize(
    ("reason", "task", "field", "value"),
    [
        ("a file that the card names is not among `files`", "image-classification", "files", {}),
        (
            "the output has more than 16,777,216 pixels",
            "style-transfer",
            "output",
            {**OUTPUT, "width": 4097},
        ),
        (
            "a feature that the card uses is not among `requires`",
            "image-classification",
            "input",
            {**IMAGE, "channel_order": "bgr"},
        ),
        (
            "there are not as many ids or thresholds as labels",
            "image-classification",
            "output",
            {**LABELS, "ids": ["a", "b"]},
        ),
        (
            "labels repeat without ids",
            "image-classification",
            "output",
            {**LABELS, "labels": ["a", "a"]},
        ),
        (
            "a tensor's shape has other numbers than the card's",
            "image-classification",
            "models",
            [{**MODEL, "input": {**MODEL["input"], "shape": [1, 5]}}],
        ),
        (
            "the rows of a model's inputs are not the card's tensors",
            "text-classification",
            "input",
            {**BASES["text-classification"]["input"], "tensors": ["ids", "mask"]},
        ),
    ],
)
def test_what_no_schema_can_say_is_refused_by_the_parser_alone(reason, task, field, value):
    # What the card might use is named, except where that is the fault.
    used = ["repeated-labels", "several-inputs", "tensor-shape"]
    named = [] if "requires" in reason else used
    card = {**BASES[task], "requires": named, field: value}
    assert is_card(card)
    assert beyond_the_schema(card) == reason
    assert not parses(card)


def test_every_reason_beyond_the_schema_has_a_case():
    assert len(BEYOND) == 7
    assert parses({**BASES["style-transfer"], "output": {**OUTPUT, "width": 4096}})


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"height": 4', '"height": 4.0'),
        ('"height": 4', '"height": 4, "height": 4'),
        ('"seed": 7', '"seed": NaN'),
        ('"seed": 7', '"seed": ' + "[" * 15 + "]" * 15),
        ('"seed": 7', '"seed": "' + "x" * (4 << 20) + '"'),
    ],
    ids=["4.0", "a key twice", "NaN", "17 levels", "more than 4 MiB"],
)
def test_the_spelling_of_json_is_refused_by_the_parser_alone(old, new):
    plain = json.dumps(BASES["image-classification"])
    spelled = plain.replace(old, new)
    assert spelled != plain
    assert is_card(json.loads(spelled))
    with pytest.raises(CardError):
        parse_card(spelled.encode())


def test_the_limits_of_the_schema_are_those_of_the_runtime():
    labels = DEFINITIONS["label_output"]["properties"]["labels"]
    assert DEFINITIONS["side"]["maximum"] == limits.MAX_SIDE
    assert DEFINITIONS["length"]["maximum"] == limits.MAX_LENGTH
    assert SCHEMA["properties"]["models"]["maxItems"] == limits.MAX_MODELS
    assert labels["maxItems"] == limits.MAX_LABELS
    assert f"{limits.MAX_OUTPUT_PIXELS:,}" in "".join(BEYOND)


@pytest.mark.parametrize(
    "text",
    [
        "\u039f\u0394\u039f\u03a3 \u03a3 \u03a3\u03a3",
        "A\u03a3\u0301 A\u0301\u03a3B A'\u03a3.B",
        "\u0130 \u1e9e",
    ],
    ids=ascii,
)
def test_the_tables_of_lower_case_are_those_of_python(text):
    tables = json.loads(LOWER_CASE_PATH.read_bytes())
    assert unicodedata.unidata_version >= tables["unicode"]
    assert lowered(text, tables) == text.lower()


@given(
    st.text(
        st.characters(codec="utf-8", exclude_categories=["Cn"]) | st.sampled_from("\u03a3a'\u0301")
    )
)
def test_chance_texts_become_lower_case_by_the_tables(text):
    assert lowered(text, json.loads(LOWER_CASE_PATH.read_bytes())) == text.lower()


def lowered(text, tables):
    """Return a text in lower case, as docs/bundle.md says it for a port."""
    single = {
        chr(code): chr(code + distance)
        for first, last, step, distance in tables["lower"]
        for code in range(first, last + 1, step)
    }
    cased, ignorable = (
        {chr(code) for first, last in tables[name] for code in range(first, last + 1)}
        for name in ("cased", "ignorable")
    )
    found = []
    for at, character in enumerate(text):
        if character == "\u03a3":
            before = [each for each in text[:at] if each not in ignorable][-1:]
            behind = [each for each in text[at + 1 :] if each not in ignorable][:1]
            ends = cased.issuperset(before) and before and not cased.issuperset(behind or "\0")
            found.append("\u03c2" if ends else "\u03c3")
        else:
            found.append(
                tables["lower_of_several"].get(character) or single.get(character, character)
            )
    return "".join(found)


def test_the_tables_of_the_page_are_current_and_complete():
    page = PAGE_PATH.read_text(encoding="utf-8")
    assert page == with_tables(page), "run make schema"
    objects = {name for name, schema in DEFINITIONS.items() if schema.get("type") == "object"}
    assert sorted(table_names(page)) == sorted({"card", "task", *objects})


def test_the_types_of_the_web_application_are_current():
    assert TYPES_PATH.read_text(encoding="utf-8") == types(), "run make schema"


def test_the_web_applications_table_of_characters_is_current():
    assert MODULE_PATH.read_text(encoding="utf-8") == module(), "run make schema"


def test_the_kotlin_librarys_tables_of_characters_are_current():
    assert KOTLIN_PATH.read_text(encoding="utf-8") == kotlin_tables(), "run make schema"


def test_the_swift_packages_table_of_characters_is_current():
    assert SWIFT_PATH.read_text(encoding="utf-8") == swift_tables(), "run make schema"


def test_the_mechanical_refusals_are_current(tmp_path):
    write_card_refusals(Vectors(tmp_path))
    found, kept = ((folder / "card_refusals.json").read_bytes() for folder in (tmp_path, FOLDER))
    assert found == kept, "run make schema"
    cases = json.loads(kept)["cases"]
    assert {case["error"] for case in cases} == {None, "CardError"}
