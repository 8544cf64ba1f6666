"""Write what follows from the schema of the card, ``docs/card.schema.json``.

    make schema

That is the tables of ``docs/bundle.md``, the types of ``apps/web`` and the mechanical cases of the
conformance vectors. docs/decisions/0020-the-schema-is-the-source.md says why. The runtime's table
of BERT's characters goes to ``apps/web``, ``apps/android`` and ``apps/ios`` too.
"""

from conformance.bert_module import MODULE_PATH, module
from conformance.card_refusals import write_card_refusals
from conformance.card_tables import PAGE_PATH, with_tables
from conformance.card_types import TYPES_PATH, types
from conformance.kotlin_tables import KOTLIN_PATH, kotlin_tables
from conformance.swift_tables import SWIFT_PATH, swift_tables
from conformance.vector_files import FOLDER, Vectors


def main() -> None:
    """Write every generated file anew."""
    page = PAGE_PATH.read_text(encoding="utf-8")
    PAGE_PATH.write_text(with_tables(page), encoding="utf-8")
    TYPES_PATH.write_text(types(), encoding="utf-8")
    MODULE_PATH.write_text(module(), encoding="utf-8")
    KOTLIN_PATH.write_text(kotlin_tables(), encoding="utf-8")
    SWIFT_PATH.write_text(swift_tables(), encoding="utf-8")
    write_card_refusals(Vectors(FOLDER))


if __name__ == "__main__":
    main()
