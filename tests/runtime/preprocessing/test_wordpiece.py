"""Texts as BERT's WordPiece reads them."""

import pytest
from hypothesis import given, strategies as st

from satchel.bundle.text_input import TextInput
from satchel.errors import CardError
from satchel.preprocessing import WordPieceSpec, open_tokenizer

MARKS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
PIECES = ("un", "##aff", "##able", "unaff", "able", "good", "##", ".", "e", "##e", "##ee", "中")


def opened(length=10, pieces=(*MARKS, *PIECES), **fields):
    spec = WordPieceSpec("v.txt", **{"lower": True, "strip_accents": True, **fields})
    content = "".join(f"{piece}\n" for piece in pieces).encode()
    return open_tokenizer(TextInput(length, spec), {"v.txt": content})


def tokens(text, **fields):
    names = (*MARKS, *PIECES)
    return [names[id_] for id_ in opened(**fields).encode(text)]


def test_the_longest_piece_is_taken_first():
    assert tokens("unaffable") == ["[CLS]", "unaff", "##able", "[SEP]"]
    assert tokens("eee") == ["[CLS]", "e", "##ee", "[SEP]"]


def test_a_word_whose_rest_has_no_piece_is_unknown_as_a_whole():
    assert tokens("unaffairs good") == ["[CLS]", "[UNK]", "good", "[SEP]"]


def test_a_first_piece_may_begin_like_a_continued_one():
    assert tokens("##", chinese=False) == ["[CLS]", "[UNK]", "[UNK]", "[SEP]"]
    assert opened(pieces=(*MARKS, "a", "ab", "b"), prefix="").encode("aab") == [2, 5, 6, 3]


def test_a_word_of_too_many_characters_is_unknown():
    assert tokens("e" * 5, word_length=5)[1:-1] == ["e", "##ee", "##ee"]
    assert tokens("e" * 6, word_length=5)[1:-1] == ["[UNK]"]
    assert tokens("🙂" * 100)[1:-1] == ["[UNK]"]


def test_accents_and_case_go_and_punctuation_is_a_word():
    assert tokens("GÖÖD. Éé") == ["[CLS]", "good", ".", "e", "##e", "[SEP]"]
    assert tokens("GOOD", lower=False)[1:-1] == ["[UNK]"]


def test_each_chinese_character_is_a_word():
    assert tokens("中中e")[1:-1] == ["中", "中", "e"]
    assert tokens("中中e", chinese=False)[1:-1] == ["[UNK]"]


def test_specials_in_the_raw_text_are_not_split():
    assert tokens("[MASK]good[mask]", specials=("[MASK]",))[1:3] == ["[MASK]", "good"]
    assert "[MASK]" not in tokens("[MASK]")


def test_the_longest_special_is_found_first():
    pieces = (*MARKS, "[MASK]s", "s")
    tokenizer = opened(pieces=pieces, specials=("[MASK]", "[MASK]s"))
    assert tokenizer.encode("[MASK]s [MASK]") == [2, 5, 4, 3]


def test_the_end_stays_in_a_long_text():
    assert opened(length=4)("good " * 10_000)[0].tolist() == [2, 10, 10, 3]
    assert opened(length=2)("good")[0].tolist() == [2, 3]
    assert opened(length=2, start=None, end=None)("good good good")[0].tolist() == [10, 10]


@pytest.mark.parametrize("missing", MARKS[:4])
def test_a_mark_that_the_vocabulary_lacks_is_named(missing):
    with pytest.raises(CardError, match=f"'.{missing[1:-1]}.' in the vocabulary, got none"):
        opened(pieces=[each for each in (*MARKS, *PIECES) if each != missing])


def test_a_special_that_the_vocabulary_lacks_is_named():
    with pytest.raises(CardError, match=r"'\[NAME\]' in the vocabulary, got none"):
        opened(specials=("[NAME]",))


def test_a_length_without_room_is_refused():
    with pytest.raises(CardError, match="a length of at least 2, got 1"):
        opened(length=1)


def test_a_token_twice_is_refused():
    with pytest.raises(CardError, match="'good' twice"):
        opened(pieces=(*MARKS, "good", "good"))


@given(st.text(st.characters(codec="utf-8")), st.integers(2, 9), st.booleans())
def test_start_and_end_stand_around_every_text(text, length, plain):
    found = opened(length, lower=plain, strip_accents=plain, specials=("[MASK]",)).encode(text)
    assert (found[0], found[-1]) == (2, 3)
    assert len(found) <= length


def test_a_word_is_cut_once(monkeypatch):
    tokenizer = opened()
    once = tokenizer.encode("unaffable")
    monkeypatch.setattr(tokenizer._pieces, "_cut", lambda word: pytest.fail(word))
    assert tokenizer.encode("unaffable") == once


def test_examples_are_words_that_are_found_again():
    assert {"un", "good", "able"} <= set(opened().examples())


def test_each_id_is_spelled_as_the_vocabulary_has_it():
    tokenizer = opened()
    spelling = tokenizer.spelling()
    found = [spelling[each] for each in tokenizer.encode("Unaffable!")]
    assert found == ["[CLS]", "unaff", "##able", "[UNK]", "[SEP]"]
