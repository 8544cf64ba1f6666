"""Writes ``docs/lower_case.json``: Unicode's full lower case, for ports whose platform has none.

Python's ``str.lower`` is asked about every code point: run
``python tests/conformance/make_lower_case.py``. The oldest Python that the project supports writes
the file, so that every platform knows its characters.
"""

import unicodedata
from typing import Any

from conformance.card_schema import ROOT
from conformance.character_tables import CHARACTERS, json_of, ranges, runs

PATH = ROOT / "docs" / "lower_case.json"
_SIGMA = "\u03a3"
_FINAL = "\u03c2"


def main() -> None:
    """Write the file of tables."""
    PATH.write_text(json_of(tables()), encoding="utf-8")


def tables() -> dict[str, Any]:
    """Return the tables as the file holds them."""
    lowered = {each: each.lower() for each in CHARACTERS if each.lower() != each}
    return {
        "unicode": unicodedata.unidata_version,
        "lower": list(runs({each: value for each, value in lowered.items() if len(value) == 1})),
        "lower_of_several": {each: value for each, value in lowered.items() if len(value) > 1},
        "cased": ranges(filter(is_cased, CHARACTERS)),
        "ignorable": ranges(filter(is_ignorable, CHARACTERS)),
    }


def is_cased(character: str) -> bool:
    """Return whether a sigma behind a character ends a word."""
    return (character + _SIGMA).lower().endswith(_FINAL)


def is_ignorable(character: str) -> bool:
    """Return whether a character between a letter and a sigma is skipped."""
    return f"a{character}{_SIGMA}".lower().endswith(_FINAL) and not is_cased(character)


if __name__ == "__main__":
    main()
