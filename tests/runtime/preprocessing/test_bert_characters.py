"""The characters of BERT: tables that are Hugging Face's, and a decomposition that is Unicode's."""

import json
import unicodedata

import pytest
from hypothesis import given, strategies as st

from satchel.preprocessing.tokenizers.bert_characters import TABLES, BertCharacters

STORED = json.loads(TABLES.read_bytes())
WHOLE = {chr(code) for first, last in STORED["whole"] for code in range(first, last + 1)}
MARKS = {chr(code) for first, last in STORED["marks"] for code in range(first, last + 1)}
ORDERED = "".join(chr(code) for first, last in STORED["ordered"] for code in (first, last))
KNOWN = st.characters(codec="utf-8", exclude_categories=["Cn", "Cs"], exclude_characters=WHOLE)


def words(text, *, lower=False, strip_accents=False, clean=True, chinese=True):
    characters = BertCharacters(
        lower=lower, strip_accents=strip_accents, clean=clean, chinese=chinese
    )
    return characters.words(text)


def stripped(text):
    """Return a text in NFD without marks, as Python does it."""
    return "".join(each for each in unicodedata.normalize("NFD", text) if each not in MARKS)


@pytest.mark.parametrize("name", ["removed", "spaces", "marks", "whole", "ordered", "punctuation"])
def test_the_ranges_of_a_table_are_in_order(name):
    ends = [code for pair in STORED[name] for code in pair]
    assert ends == sorted(ends)
    assert all(0 <= code < 0x110000 for code in ends)


def test_cleaning_takes_out_control_characters():
    assert words("a\x00b\u200bc\ufffdd\te") == ["abcd", "e"]
    assert words("a\x00b", clean=False) == ["a\x00b"]


def test_white_space_of_every_kind_separates_even_uncleaned():
    for clean in (True, False):
        assert words("a\u00a0b\u3000c\nd", clean=clean) == ["a", "b", "c", "d"]


def test_lower_case_knows_no_final_sigma():
    assert words("ΟΔΟΣ İ", lower=True) == ["οδοσ", "i̇"]
    assert words("İ", lower=True, strip_accents=True) == ["i"]


def test_punctuation_is_a_word_of_its_own():
    assert words("a,b\u2026c$") == ["a", ",", "b", "\u2026", "c", "$"]


def test_ascii_is_split_as_other_texts_are():
    for code in range(128):
        text = f"Ab{chr(code)}C"
        assert [*words(text, lower=True), "é"] == words(f"{text} é", lower=True)


def test_a_character_that_came_later_is_not_decomposed_and_ends_a_row_of_marks():
    for each in WHOLE:
        assert words(f"a\u302e{each}\U0001d165", strip_accents=True) == [f"a\u302e{each}\U0001d165"]


@given(st.text(st.one_of(KNOWN, st.sampled_from(ORDERED + "\u0301\u0323\u034f\u0903a"))))
def test_marks_are_in_canonical_order(text):
    found = words(text, strip_accents=True, clean=False, chinese=False)
    assert found == words(stripped(text), clean=False, chinese=False)


def test_a_long_row_of_marks_takes_no_quadratic_time():
    # That would be minutes: of 400,000 marks each second one is in the wrong place.
    [word] = words("\u302e\U0001d165" * 200_000, strip_accents=True)
    assert word == "\U0001d165" * 200_000 + "\u302e" * 200_000


def test_hugging_face_agrees():
    normalizers = pytest.importorskip("tokenizers.normalizers")
    pre_tokenizers = pytest.importorskip("tokenizers.pre_tokenizers")
    text = (
        "Go\u0301od GO\u1e9eE \u0130 \u03a3, \u4e2d\u6587 \u302e\U0001d165 \U00011938"
        " \x00 \uff01 \u0e19\u0e49"
    )
    for lower, accents, clean, chinese in [(1, 1, 1, 1), (0, 0, 1, 1), (1, 0, 0, 0), (0, 1, 0, 1)]:
        normalizer = normalizers.BertNormalizer(
            lowercase=bool(lower),
            strip_accents=bool(accents),
            clean_text=bool(clean),
            handle_chinese_chars=bool(chinese),
        )
        parts = pre_tokenizers.BertPreTokenizer().pre_tokenize_str(normalizer.normalize_str(text))
        found = words(text, lower=lower, strip_accents=accents, clean=clean, chinese=chinese)
        assert found == [part for part, _ in parts]
