"""Write what follows from the schema of the card, ``docs/card.schema.json``.

    make schema

That is the mechanical cases of the conformance vectors.
docs/decisions/0020-the-schema-is-the-source.md says why.
"""

from card_refusals import write_card_refusals
from vector_files import FOLDER, Vectors


def main() -> None:
    """Write every generated file anew."""
    write_card_refusals(Vectors(FOLDER))


if __name__ == "__main__":
    main()
