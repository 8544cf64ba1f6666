"""What strict JSON refuses; the card's tests try each field."""

import pytest

from satchel import limits
from satchel.bundle.strict_json import Fields, load_json
from satchel.errors import CardError


def test_the_limit_itself_is_allowed_and_one_byte_more_is_not():
    assert load_json(b"1" + b" " * 9, 10) == 1
    with pytest.raises(CardError, match="at most 10 bytes"):
        load_json(b"1" + b" " * 10, 10)


def test_nesting_is_limited():
    load_json(b"[" * (limits.MAX_JSON_DEPTH - 2) + b"1" + b"]" * (limits.MAX_JSON_DEPTH - 2), 1000)
    with pytest.raises(CardError, match="nests deeper than"):
        load_json(b"[" * limits.MAX_JSON_DEPTH + b"1" + b"]" * limits.MAX_JSON_DEPTH, 1000)


@pytest.mark.parametrize("number", ["1e309", "-1e309", "9" * 309, "-1" + "0" * 400, "1" * 5000])
def test_a_number_beyond_doubles_is_refused_however_it_is_spelled(number):
    with pytest.raises(CardError, match="too large for a double"):
        load_json(number.encode(), 10_000)


def test_a_whole_number_within_doubles_keeps_all_its_digits():
    assert load_json(b"[9007199254740993, 1" + b"0" * 300 + b"]", 1000) == [2**53 + 1, 10**300]


def test_a_field_that_does_not_fit_is_named_with_its_place():
    fields = Fields({"inner": {"size": True}}, "card").inner("inner")
    with pytest.raises(CardError, match=r"card\.inner\.size, got True"):
        fields.integer("size", 0, 9)
