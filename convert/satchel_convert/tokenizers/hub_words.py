"""Splits texts into pieces as KerasHub's ``WordPieceTokenizer`` does, to compare with a bundle's.

KerasHub's words are not those of BERT's own program, which a card's ``wordpiece`` has:

- control and format characters (a joiner in an emoji, a soft hyphen) part words. BERT drops them.
- white space beyond ASCII, such as U+00A0, parts no words.
- lower case is Unicode's NFKC_Casefold: the German sharp s becomes two letters, and an ellipsis
  three dots.
- the longest word that is cut into pieces has 100 bytes of UTF-8. BERT counts characters.

Source: ``pretokenize`` and ``WordPieceTokenizer`` of KerasHub 0.32; ``FastWordpieceTokenizer`` of
TensorFlow Text.
"""

import re
import unicodedata
from collections.abc import Sequence

from satchel.preprocessing import BertCharacters, WordPieceSpec

DIFFERENCES = (
    "KerasHub parts words at control and format characters and not at white space beyond ASCII, and"
    " folds compatibility characters into others; the bundle, and the float model on such texts"
    " here, do as BERT's own program"
)
"""How KerasHub's words differ from those of a card, in words"""
MAX_BYTES = 100
"""The number of bytes of UTF-8 of the longest word that is cut into pieces"""
_CHINESE = (
    (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x2A6DF), (0x2A700, 0x2CEAF),
    (0x2F800, 0x2FA1F),
)  # fmt: skip
_IGNORED = (
    (0x00AD, 0x00AD), (0x034F, 0x034F), (0x061C, 0x061C), (0x115F, 0x1160), (0x17B4, 0x17B5),
    (0x180B, 0x180F), (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164),
    (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8), (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF),
)  # fmt: skip
"""The characters that NFKC_Casefold drops: Default_Ignorable_Code_Point of Unicode"""
_BREAK = "\0"
"""What stands between words: no word has it, as it is a control character"""


class HubWords(dict[int, str]):
    """The words and pieces of texts, and what each character of a text becomes."""

    def __init__(self, spec: WordPieceSpec, vocabulary: Sequence[str]) -> None:
        self._spec = spec
        self._ids = {token: id_ for id_, token in enumerate(vocabulary)}
        self._specials = re.compile("|".join(map(re.escape, spec.specials)) or r"(?!)")
        self._card = BertCharacters(
            lower=spec.lower,
            strip_accents=spec.strip_accents,
            clean=spec.clean,
            chinese=spec.chinese,
        )
        self._differing: dict[str, bool] = {}

    def encode(self, text: str) -> list[int]:
        """Return the ids of a text, of any number."""
        return [id_ for word in self.words(text) for id_ in self._pieces(word)]

    def words(self, text: str) -> list[str]:
        """Return the words, the punctuation and the special tokens of a text, in their order."""
        if self._spec.strip_accents:
            parts = unicodedata.normalize("NFD", text)
            text = "".join(each for each in parts if unicodedata.category(each) != "Mn")
        found: list[str] = []
        at = 0
        for special in self._specials.finditer(text):
            found += [*self._split(text[at : special.start()]), special[0]]
            at = special.end()
        return found + self._split(text[at:])

    def differs(self, text: str) -> bool:
        """Return whether a text has characters, or a long word, that a card reads otherwise."""
        if any(map(self._reads_otherwise, set(text))):
            return True
        return any(len(word.encode()) > MAX_BYTES for word in self.words(text))

    def __missing__(self, code: int) -> str:
        character = chr(code)
        category = unicodedata.category(character)
        if character in " \t\n\r\f" or category in ("Cc", "Cf"):
            changed = _BREAK
        elif _is_punctuation(character, category) or (
            self._spec.chinese and _is_in(code, _CHINESE)
        ):
            changed = f"{_BREAK}{character}{_BREAK}"
        else:
            changed = character
        self[code] = changed
        return changed

    def _split(self, text: str) -> list[str]:
        words = [word for word in text.translate(self).split(_BREAK) if word]
        return [folded for word in words if (folded := self._folded(word))]

    def _folded(self, word: str) -> str:
        if not self._spec.lower or word in self._spec.specials:
            return word
        folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", word).casefold())
        return "".join(each for each in folded if not _is_in(ord(each), _IGNORED))

    def _pieces(self, word: str) -> list[int]:
        unknown = [self._ids[self._spec.unknown]]
        if len(word.encode()) > MAX_BYTES:
            return unknown
        ids: list[int] = []
        start = 0
        while start < len(word):
            prefix = self._spec.prefix if start else ""
            ends = range(len(word), start, -1)
            end = next((end for end in ends if prefix + word[start:end] in self._ids), None)
            if end is None:
                return unknown
            ids.append(self._ids[prefix + word[start:end]])
            start = end
        return ids

    def _reads_otherwise(self, character: str) -> bool:
        known = self._differing.get(character)
        if known is None:
            # Marks may join the letter in front of them, or other letters than this one.
            between = f"a{character}a"
            composes = self._spec.lower and not self._spec.strip_accents
            known = self.words(between) != self._card.words(between) or (
                composes and unicodedata.combining(character) > 0
            )
            self._differing[character] = known
        return known


def _is_punctuation(character: str, category: str) -> bool:
    return category.startswith("P") or (
        "!" <= character <= "~" and not character.isalnum() and character.isascii()
    )


def _is_in(code: int, ranges: Sequence[tuple[int, int]]) -> bool:
    return any(first <= code <= last for first, last in ranges)
