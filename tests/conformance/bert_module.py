"""The runtime's table of BERT's characters as a TypeScript module."""

import json

from conformance.card_schema import ROOT
from satchel.preprocessing.tokenizers.bert_characters import TABLES

MODULE_PATH = ROOT / "apps" / "web" / "src" / "contract" / "tokenizers" / "bert_tables.ts"
_HEAD = """\
/**
 * What BERT's characters are. Written by `make schema` from the runtime's bert_characters.json:
 * change it there. docs/bundle.md, section 5, says what each table is.
 */

/** The tables as JSON, which is parsed when the first text needs it. */
"""


def module() -> str:
    """Return the module, in which the tables are one text."""
    stored = json.loads(TABLES.read_bytes())
    text = json.dumps(stored, separators=(",", ":")).replace("\\", "\\\\")
    return f"{_HEAD}export const BERT_TABLES =\n  '{text}';\n"
