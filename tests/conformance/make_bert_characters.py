"""Writes ``bert_characters.json``: what BERT's characters are to Hugging Face ``tokenizers``.

Every code point is given to its normalizer and its pre-tokenizer, because their tables are of
several Unicode versions: run ``python tests/conformance/make_bert_characters.py``.
"""

import unicodedata
from collections.abc import Callable
from typing import Any

from tokenizers import __version__
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer

from conformance.character_tables import CHARACTERS, json_of, ranges, runs
from satchel.preprocessing.tokenizers.bert_characters import TABLES

LATER = {
    *range(0x5C8, 0x5CA), 0x897, *range(0x1ACF, 0x1AF1), 0x105C9, 0x105E4, *range(0x10D69, 0x10D6E),
    *range(0x10ECB, 0x10ED0), *range(0x10EF0, 0x10EFC), *range(0x10EFD, 0x10F00), 0x11383, 0x11385,
    0x1138E, 0x11391, 0x113C5, 0x113C7, 0x113C8, *range(0x113CE, 0x113D1), *range(0x11F41, 0x11F43),
    *range(0x16121, 0x16129), 0x1612F, *range(0x16D68, 0x16D6B), *range(0x1D127, 0x1D129),
    *range(0x1D250, 0x1D253), *range(0x1D25B, 0x1D25D), 0x1D25F, *range(0x1D280, 0x1D282), 0x1E08F,
    *range(0x1E4EC, 0x1E4F0), *range(0x1E5EE, 0x1E5F0), 0x1E6E3, 0x1E6E6, *range(0x1E6EE, 0x1E6F0),
    0x1E6F5,
}  # fmt: skip
"""The characters that Unicode 15 to 18 decompose or put in order, which Python 3.11 does not know.
Browsers know them."""


def main() -> None:
    """Write the file of tables."""
    TABLES.write_text(json_of(tables()), encoding="utf-8")


def tables() -> dict[str, Any]:
    """Return the tables as the file holds them."""
    cleaned = normalizer(clean_text=True)
    stripped = normalizer(strip_accents=True)
    lower = normalizer(lowercase=True)
    split = BertPreTokenizer().pre_tokenize_str
    parts = {each: len(split(f"a{each}a")) for each in CHARACTERS}
    lowered = {each: lower(each) for each in CHARACTERS if lower(each) != each}
    single = {each: value for each, value in lowered.items() if len(value) == 1}
    return {
        "source": f"Hugging Face tokenizers {__version__}",
        "unicode": {"removed, marks, whole, ordered, punctuation": "8.0", "lower": "17.0"},
        "removed": ranges(each for each in CHARACTERS if cleaned(each) == ""),
        "spaces": ranges(each for each in CHARACTERS if parts[each] == 2),
        "marks": ranges(each for each in CHARACTERS if stripped(each) == ""),
        "whole": ranges(each for each in CHARACTERS if is_whole(each, stripped)),
        "ordered": ranges(each for each in CHARACTERS if is_ordered(each, stripped)),
        "punctuation": ranges(each for each in CHARACTERS if parts[each] == 3),
        "lower": list(runs(single)),
        "lower_of_several": {each: value for each, value in lowered.items() if len(value) > 1},
    }


def is_whole(character: str, strip: Callable[[str], str]) -> bool:
    """Return whether Unicode decomposes or orders a character, and Hugging Face does not."""
    changes = character != unicodedata.normalize("NFD", character)
    known = changes or unicodedata.combining(character) > 0 or ord(character) in LATER
    return known and strip(character) == character and not is_ordered(character, strip)


def is_ordered(character: str, strip: Callable[[str], str]) -> bool:
    """Return whether a mark that is not stripped is put in order with others."""
    pairs = (f"\U0001d16d{character}", f"{character}\U0001d165")
    known = unicodedata.combining(character) > 0 or ord(character) in LATER
    return known and any(strip(pair) != pair for pair in pairs) and (strip(character) == character)


def normalizer(**wanted: bool) -> Callable[[str], str]:
    """Return Hugging Face's normalizer with all of its parts off but those in ``wanted``."""
    off = {"clean_text": False, "handle_chinese_chars": False, "strip_accents": False}
    return BertNormalizer(**{**off, "lowercase": False, **wanted}).normalize_str


if __name__ == "__main__":
    main()
