"""Texts as Keras's TextVectorization reads them."""

import json

import pytest
from hypothesis import given, strategies as st

from satchel.bundle.text_input import TextInput
from satchel.errors import CardError
from satchel.preprocessing import StandardizeStep, VectorizationSpec, open_tokenizer

LOWER = StandardizeStep("lower")
WORDS = ("", "[UNK]", "good", "not", "bad", "not bad")


def replace(by="", **what):
    return StandardizeStep("replace", **what, by=by)


def opened(*standardize, split="whitespace", length=6, tokens=WORDS, unknown=1, **fields):
    spec = VectorizationSpec("v.json", unknown, standardize, split, **fields)
    return open_tokenizer(TextInput(length, spec), {"v.json": json.dumps(tokens).encode()})


def ids(text, *standardize, **fields):
    return opened(*standardize, **fields)(text)[0].tolist()


def test_ids_are_cut_and_padded_behind_with_0():
    assert ids("good bad evil") == [2, 4, 1, 0, 0, 0]
    assert ids("good bad evil", length=2) == [2, 4]
    assert ids("") == [0] * 6


def test_only_ascii_letters_become_lower_case():
    assert opened(LOWER).tokens("GOOD ÄÖ İ Σ") == ["good", "ÄÖ", "İ", "Σ"]


def test_only_ascii_white_space_separates():
    text = "a\tb\nc\x0bd\x0ce\rf g\u00a0h\u2003i\x1cj"
    assert opened().tokens(text) == ["a", "b", "c", "d", "e", "f", "g\u00a0h\u2003i\x1cj"]


def test_steps_are_done_in_their_order():
    tags, marks = replace(" ", text="<br />"), replace(characters="[<>/!]")
    assert opened(tags, marks).tokens("a<br />b!") == ["a", "b"]
    assert opened(marks, tags).tokens("a<br />b!") == ["abr", "b"]


def test_a_run_of_a_class_is_replaced_once_with_a_plus():
    assert opened(replace("-", characters="[!?]")).tokens("a!?b") == ["a--b"]
    assert opened(replace("-", characters="[!?]+")).tokens("a!?b") == ["a-b"]


@pytest.mark.parametrize("by", ["\\1", "$1", "$&", "\\", "\\g<0>", "🙂"])
def test_what_is_put_in_means_itself(by):
    assert opened(replace(by, text="x")).tokens("x") == [by]
    assert opened(replace(by, characters="[x]")).tokens("x") == [by]


def test_characters_are_those_of_unicode_and_not_bytes():
    assert opened(split="character").tokens("aé🙂") == ["a", "é", "🙂"]
    assert opened(replace(characters="[é]")).tokens("aéè") == ["aè"]
    assert opened(replace(characters="[^a]")).tokens("aéè🙂a") == ["aa"]


def test_a_text_that_is_not_split_is_one_token_even_if_it_is_empty():
    assert ids("not bad", split="none", length=2) == [5, 0]
    assert ids("", split="none", length=2, tokens=["x", ""]) == [1, 0]


def test_ngrams_come_width_by_width():
    tokens = opened(ngrams=(2, 1)).tokens("a b c")
    assert tokens == ["a b", "b c", "a", "b", "c"]
    assert opened(ngrams=(3,)).tokens("a b") == []


def test_ids_are_marked_or_counted_in_all_of_the_text():
    text = "good not bad " * 1000 + "evil"
    assert ids(text, output="multi_hot") == [0, 1, 1, 1, 1, 0]
    assert ids(text, output="count") == [0, 1, 1000, 1000, 1000, 0]
    assert ids("", output="count") == [0] * 6


@pytest.mark.parametrize("fields", [{"length": 5}, {"unknown": 6}, {"tokens": [*WORDS, None, "x"]}])
def test_an_id_without_a_place_among_the_counts_is_refused(fields):
    with pytest.raises(CardError, match=r"ids below the length \d for count, got \d"):
        opened(output="count", **fields)


def test_counts_have_no_mask():
    spec = VectorizationSpec("v.json", 1, (), "whitespace", output="count")
    with pytest.raises(CardError, match="one tensor for count, got ids, mask"):
        open_tokenizer(TextInput(9, spec, ("ids", "mask")), {"v.json": b'["a", "b"]'})


@pytest.mark.parametrize("pattern", ["(a+)+", ".", "a", "[[:punct:]]", r"\p{P}", "[^]", "[a]*"])
def test_a_regular_expression_is_refused(pattern):
    with pytest.raises(CardError, match=r"character class|compiles"):
        opened(replace(characters=pattern))


@given(st.text(st.characters(codec="utf-8")))
def test_any_text_gives_ids_of_the_vocabulary(text):
    tokenizer = opened(LOWER, replace(characters="[!?]"), split="character", ngrams=(1, 2))
    assert 0 <= tokenizer(text).min() <= tokenizer(text).max() <= tokenizer.highest


def test_examples_are_words_that_are_found_again():
    assert set(opened(LOWER).examples()) == {"good", "not", "bad"}


def test_each_id_is_spelled_as_the_vocabulary_has_it():
    tokenizer = opened(LOWER, ngrams=(1, 2))
    spelling = tokenizer.spelling()
    found = [spelling[each] for each in tokenizer.encode("Not BAD")]
    assert found == ["not", "bad", "not bad"]
