"""The tables of characters as a Swift file: BERT's, and Unicode's lower case."""

import json
from pathlib import Path
from textwrap import wrap

from conformance.card_schema import ROOT
from conformance.make_lower_case import PATH as LOWER_CASE_PATH
from satchel.preprocessing.tokenizers.bert_characters import TABLES

SWIFT_PATH = ROOT / "apps/ios/Sources/Satchel/Texts/StoredCharacters.swift"
_HEAD = """\
// Written by `make schema` from the runtime's bert_characters.json and docs/lower_case.json: change
// them there. docs/bundle.md, section 5, says what each table is.
// swift-format-ignore-file
"""
_INDENT = " " * 8
_COLUMNS = 100
_BERT = ("removed", "spaces", "marks", "whole", "ordered", "punctuation")
_LOWER_CASE = ("cased", "ignorable")


def swift_tables() -> str:
    """Return the file, in which each table is a list of numbers."""
    bert = _tables("BertTables", TABLES, _BERT)
    lower_case = _tables("LowerCaseTables", LOWER_CASE_PATH, _LOWER_CASE)
    return f"{_HEAD}\n{bert}\n{lower_case}"


def _tables(name: str, path: Path, sets: tuple[str, ...]) -> str:
    stored = json.loads(path.read_bytes())
    members = [
        f"    static let {each} = CharacterSet([\n{_numbers(stored[each])}\n    ])\n"
        for each in sets
    ]
    several = "".join(
        f"{_INDENT}{ord(one)}: {[ord(each) for each in text]},\n"
        for one, text in stored["lower_of_several"].items()
    )
    members.append(
        f"    static let lower = LowerCase([\n{_numbers(stored['lower'])}\n"
        f"    ], ofSeveral: [\n{several}    ])\n"
    )
    return f"enum {name} {{\n" + "\n".join(members) + "}\n"


def _numbers(rows: list[list[int]]) -> str:
    numbers = ", ".join(str(each) for row in rows for each in row)
    return "\n".join(
        wrap(
            f"{numbers},",
            _COLUMNS,
            initial_indent=_INDENT,
            subsequent_indent=_INDENT,
            break_on_hyphens=False,
        )
    )
