"""The card: JSON that is not plain, too deep, too long or in another encoding."""

import json

import pytest
from hypothesis import given, strategies as st

from helpers.card_fields import change, encode, refusal
from satchel import limits
from satchel.bundle.card import card_to_json, parse_card
from satchel.errors import CardError


@pytest.mark.parametrize("constant", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999"])
@pytest.mark.parametrize(
    "path", ["input.scale.0", "input.offset.0", "models.0.input.scale", "models.0.golden_tolerance"]
)
def test_a_number_that_is_not_finite_is_refused(image, path, constant):
    change(image, path, "HERE")
    refusal(encode(image).replace(b'"HERE"', constant.encode()))


@pytest.mark.parametrize("constant", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_json_number_is_refused_where_nothing_reads_it_too(image, constant):
    image["provenance"]["odd"] = "HERE"
    refusal(encode(image).replace(b'"HERE"', constant.encode()))


def test_a_number_beyond_all_floats_is_refused_where_nothing_reads_it_too(image):
    image["provenance"]["odd"] = "HERE"
    refusal(encode(image).replace(b'"HERE"', b"1e999"))


@pytest.mark.parametrize(
    "path",
    [
        "input.scale.0",
        "input.background.0",
        "input.offset.0",
        "models.0.output.scale",
        "models.0.golden_tolerance",
    ],
)
def test_a_whole_number_beyond_all_floats_is_refused(image, path):
    change(image, path, 10**400)
    refusal(encode(image))


@pytest.mark.parametrize("path", ["satchel", "input.height", "models.0.size_bytes"])
@pytest.mark.parametrize("digits", [400, 4000, 5000])
def test_an_integer_of_thousands_of_digits_is_refused(image, path, digits):
    change(image, path, "HERE")
    refusal(encode(image).replace(b'"HERE"', b"9" * digits))


def test_a_key_that_comes_twice_is_refused(image):
    content = encode(image)
    assert "twice" in refusal(content.replace(b'"satchel": 1', b'"satchel": 1, "satchel": 1'))
    assert "twice" in refusal(content.replace(b'"height"', b'"width"'))


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'{"satchel":[', b"[{}, "])
def test_a_hundred_thousand_brackets_are_refused(opening):
    refusal(opening * 100_000)


def test_nesting_of_any_depth_gives_a_card_or_the_typed_error(image):
    image["provenance"] = "HERE"
    content = encode(image)
    for depth in range(0, 1500, 7):
        nested = b'{"a":' * depth + b"{}" + b"}" * depth
        try:
            parse_card(content.replace(b'"HERE"', nested))
        except CardError as error:
            assert "plain JSON" in str(error)  # noqa: PT017 - either way will do


def test_a_card_that_was_parsed_is_written_again_however_deep_it_nests(image):
    image["provenance"] = {"deep": "HERE"}
    content = encode(image).replace(b'"HERE"', b"[" * 600 + b"]" * 600)
    try:
        card = parse_card(content)
    except CardError:
        return
    assert parse_card(card_to_json(card)) == card


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp037"])
def test_a_card_in_another_encoding_is_refused(image, encoding):
    refusal(json.dumps(image).encode(encoding))


def test_a_card_in_latin_1_is_refused_and_one_in_utf_8_is_not(image):
    image["output"]["labels"][0] = "Äpfel"
    content = json.dumps(image, ensure_ascii=False)
    refusal(content.encode("latin-1"))
    assert parse_card(content.encode()).output.labels[0] == "Äpfel"


@pytest.mark.parametrize(
    "content",
    [b"", b" ", b"null", b"1", b'"card"', b"[]", b"{}", b"{", b"{}{}", b"{'a': 1}", b"{a: 1}",
     b'{"a": 1,}', b'{"a": "\n"}', b"// comment\n{}", b"\0", b"\xff\xfe"],
)  # fmt: skip
def test_what_is_no_json_object_is_refused(content):
    refusal(content)


@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_refused(content):
    refusal(content)


def test_a_card_of_more_than_the_limit_is_refused_before_it_is_parsed():
    assert f"{limits.MAX_CARD_BYTES:,}" in refusal(b" " * (limits.MAX_CARD_BYTES + 1))


@pytest.mark.parametrize(
    "name", ["__class__", "__dict__", "__init__", "__proto__", "constructor", "take", "values"]
)
def test_names_that_mean_something_to_a_language_are_just_unknown_fields(image, name):
    expected = parse_card(encode(image))
    for place in (image, image["input"], image["output"], image["models"][0]):
        place[name] = {"__reduce__": ["os.system", "true"]}
    assert parse_card(encode(image)) == expected
