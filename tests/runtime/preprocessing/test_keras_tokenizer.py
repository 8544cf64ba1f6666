"""Texts as Keras's legacy Tokenizer and pad_sequences read them."""

import json

import pytest
from hypothesis import given, strategies as st

from satchel.bundle.text_input import TextInput
from satchel.errors import CardError
from satchel.preprocessing import KerasTokenizerSpec, open_tokenizer

WORDS = (None, "[OOV]", "good", "bad", "not")


def opened(length=5, tokens=WORDS, **fields):
    spec = KerasTokenizerSpec("v.json", **fields)
    return open_tokenizer(TextInput(length, spec), {"v.json": json.dumps(tokens).encode()})


def ids(text, **fields):
    return opened(**fields)(text)[0].tolist()


def test_padding_and_cut_are_in_front_if_nothing_else_is_said():
    assert ids("good bad") == [0, 0, 0, 2, 3]
    assert ids("good bad not", length=2) == [3, 4]


def test_padding_and_cut_may_be_behind():
    assert ids("good bad", padding="post") == [2, 3, 0, 0, 0]
    assert ids("good bad not", length=2, truncating="post") == [2, 3]
    assert ids("good", padding="post", pad=9, length=2) == [2, 9]


def test_a_word_that_is_not_known_is_left_out_or_has_an_id():
    assert ids("good evil bad", length=3) == [0, 2, 3]
    assert ids("good evil bad", length=3, unknown=1) == [2, 1, 3]


def test_words_are_cut_after_the_unknown_ones_are_left_out():
    assert ids("good " + "evil " * 100 + "bad", length=2) == [2, 3]


def test_lower_case_is_that_of_unicode():
    tokens = opened(lower=True).tokens
    assert tokens("ΟΔΟΣ Σ İ ẞ Ǆ") == ["οδος", "σ", "i̇", "ß", "ǆ"]  # noqa: RUF001
    assert opened(lower=False).tokens("GOOD") == ["GOOD"]


def test_filters_become_the_separator():
    assert opened(filters="!?.").tokens("a!b?.c d") == ["a", "b", "c", "d"]
    assert opened(filters="!", separator="--").tokens("a!b--c d---e") == ["a", "b", "c d", "-e"]


def test_only_the_separator_separates():
    assert opened().tokens("a\tb\u00a0c d\n") == ["a\tb\u00a0c", "d\n"]


def test_characters_are_not_filtered():
    assert opened(unit="character", filters="a", lower=True).tokens("Aé🙂 ") == [
        "a",
        "é",
        "🙂",
        " ",
    ]


def test_a_token_twice_is_refused():
    with pytest.raises(CardError, match="'good' twice"):
        opened(tokens=["good", "good"])


@given(st.text(st.characters(codec="utf-8")), st.integers(1, 9))
def test_as_many_ids_as_the_model_takes_come_out(text, length):
    tokenizer = opened(length, lower=True, filters="!", unknown=1)
    assert tokenizer(text).shape == (1, length)
    assert 0 <= tokenizer(text).min() <= tokenizer(text).max() <= tokenizer.highest


def test_examples_are_words_that_are_found_again():
    assert set(opened(lower=True, filters="[]").examples()) == {"good", "bad", "not"}


def test_each_id_is_spelled_as_the_vocabulary_has_it():
    tokenizer = opened(lower=True, unknown=1)
    spelling = tokenizer.spelling()
    assert [spelling[each] for each in tokenizer.encode("Good films")] == ["good", "[OOV]"]
