"""Vocabularies in which the place of a token is its id."""

import json

import pytest
from hypothesis import given, strategies as st

from satchel import limits
from satchel.errors import CardError
from satchel.preprocessing.tokenizers.vocabulary import parse_lines, parse_listed

TOKENS = st.lists(
    st.text(st.characters(codec="utf-8", exclude_characters="\n"), max_size=9),
    min_size=1,
    unique=True,
)


def lines(tokens):
    return "".join(f"{token}\n" for token in tokens).encode()


@given(TOKENS)
def test_the_place_of_a_token_is_its_id(tokens):
    expected = {token: at for at, token in enumerate(tokens)}
    assert parse_listed(json.dumps(tokens).encode()) == expected
    assert parse_lines(lines(tokens)) == expected


def test_a_null_is_an_id_without_token():
    assert parse_listed(b'[null, "a", null, "b"]') == {"a": 1, "b": 3}


def test_a_carriage_return_belongs_to_its_token():
    assert parse_lines(b"a\r\nb\n") == {"a\r": 0, "b": 1}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b'["a", "b", "a"]', "'a' twice"),
        (b"[]", "got 0"),
        (b'{"a": 0}', "a list of tokens"),
        (b'["a", 1]', "a text or null"),
        (rb'["\ud83d"]', "UTF-8 can hold"),
        (b'["\xff"]', "plain JSON in UTF-8"),
        (b"", "plain JSON"),
        (b"[" * 100_000, "plain JSON"),
        (json.dumps(["x" * 201]).encode(), "at most 200 characters, got 201"),
    ],
)
def test_a_list_that_is_no_vocabulary_is_refused_in_one_line(content, says):
    with pytest.raises(CardError, match=says) as caught:
        parse_listed(content)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"a\nb\na\n", "'a' twice"),
        (b"a\n\n\n", "'' twice"),
        (b"\xff\n", "in UTF-8"),
        (b"\xed\xa0\x80\n", "in UTF-8"),
        (b"x" * 201, "at most 200 characters, got 201"),
    ],
)
def test_lines_that_are_no_vocabulary_are_refused_in_one_line(content, says):
    with pytest.raises(CardError, match=says) as caught:
        parse_lines(content)
    assert "\n" not in str(caught.value)


def test_too_many_tokens_are_refused(monkeypatch):
    monkeypatch.setattr(limits, "MAX_VOCABULARY", 3)
    assert len(parse_lines(lines("abc"))) == 3
    with pytest.raises(CardError, match="1 to 3 tokens, got 4"):
        parse_lines(lines("abcd"))


def test_a_list_of_more_than_64_mib_is_refused_before_it_is_parsed():
    with pytest.raises(CardError, match="67,108,864 bytes"):
        parse_listed(b" " * (1 << 26) + b"[]")
