"""Makes the vocabulary file of a RegexTokenizer from texts.

Ids are 0 for ``<PAD>``, 1 for ``<START>``, 2 for ``<UNKNOWN>``, then the words by frequency. The
tokenizer does not lower-case, so the file holds every word in three forms that share its id.
"""

from collections import Counter
from collections.abc import Iterable

from satchel import limits
from satchel.preprocessing import PAD, START, UNKNOWN, compile_delimiter

DELIMITER = r"[^\w']+"
"""Separates tokens at everything but letters, digits and apostrophes: ``don't`` is one token."""
SPECIAL = (PAD, START, UNKNOWN)


def frequent_words(texts: Iterable[str], *, at_least: int, at_most: int | None = None) -> list[str]:
    """Return the lower-cased words that occur ``at_least`` times, the most frequent first.

    Ties are in alphabetical order, so that the same texts give the same ids.
    """
    delimiter = compile_delimiter(DELIMITER)
    counts = Counter(
        token.lower()
        for text in texts
        for token in delimiter.split(text)
        if 0 < len(token) <= limits.MAX_TOKEN_LENGTH
    )
    frequent = [word for word, count in counts.items() if count >= at_least]
    return sorted(frequent, key=lambda word: (-counts[word], word))[:at_most]


def vocabulary_file(words: Iterable[str]) -> bytes:
    r"""Return the vocabulary file: a line ``token id`` for each form of each word.

    >>> print(vocabulary_file(["don't"]).decode())
    <PAD> 0
    <START> 1
    <UNKNOWN> 2
    don't 3
    Don't 3
    DON'T 3
    <BLANKLINE>
    """
    lines = [f"{token} {position}" for position, token in enumerate(SPECIAL)]
    for position, word in enumerate(words, len(SPECIAL)):
        # A number has only one form, and a single letter has two.
        forms = dict.fromkeys((word, word.capitalize(), word.upper()))
        lines += [f"{form} {position}" for form in forms]
    return "".join(f"{line}\n" for line in lines).encode()
