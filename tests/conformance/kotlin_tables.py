"""The tables of characters as a Kotlin file: BERT's, and Unicode's lower case."""

import json
from pathlib import Path
from textwrap import wrap

from conformance.card_schema import ROOT
from conformance.make_lower_case import PATH as LOWER_CASE_PATH
from satchel.preprocessing.tokenizers.bert_characters import TABLES

KOTLIN_PATH = ROOT / "apps/android/satchel-core/src/main/kotlin/satchel/texts/StoredCharacters.kt"
_HEAD = """\
package satchel.texts

/*
 * Written by `make schema` from the runtime's bert_characters.json and docs/lower_case.json: change
 * them there. docs/bundle.md, section 5, says what each table is.
 */
"""
_COLUMNS = 100
_BERT = ("removed", "spaces", "marks", "whole", "ordered", "punctuation", "lower")
_LOWER_CASE = ("lower", "cased", "ignorable")


def kotlin_tables() -> str:
    """Return the file, in which the tables are two texts of JSON."""
    bert = _constant("BERT_CHARACTER_TABLES", TABLES, _BERT)
    lower_case = _constant("LOWER_CASE_TABLES", LOWER_CASE_PATH, _LOWER_CASE)
    return f"{_HEAD}\n{bert}\n{lower_case}"


def _constant(name: str, path: Path, tables: tuple[str, ...]) -> str:
    stored = json.loads(path.read_bytes())
    kept = {each: stored[each] for each in (*tables, "lower_of_several")}
    # No text of the tables has a space, so that a line may end at each.
    lines = "\n".join(wrap(json.dumps(kept), _COLUMNS, break_on_hyphens=False))
    assert '"""' not in lines
    assert "$" not in lines
    return f'internal const val {name}: String = """\n{lines}\n"""\n'
