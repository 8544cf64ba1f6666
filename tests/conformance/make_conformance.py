"""Write the conformance vectors: what every port of the runtime must say, as files.

    make conformance

docs/conformance.md says what is in them. The encoded pictures are sources: they are written anew
here alone, and all the rest is made of them, by the runtime.
"""

import shutil
from collections.abc import Iterable
from pathlib import Path

from card_refusals import write_card_refusals
from encoded_pictures import Encoded, encoded_pictures
from vector_files import FOLDER, Vectors
from vectors_answers import write_answers
from vectors_latents import write_latents
from vectors_pictures import write_pictures
from vectors_refusals import write_refusals
from vectors_scores import write_scores
from vectors_texts import write_texts


def write(folder: Path, pictures: Iterable[Encoded]) -> None:
    """Fill ``folder`` with all vectors, made of ``pictures``."""
    out = Vectors(folder)
    write_pictures(out, pictures)
    write_texts(out)
    write_latents(out)
    write_answers(out)
    write_scores(out)
    write_refusals(out)
    write_card_refusals(out)


def kept_pictures() -> list[Encoded]:
    """Return the pictures as they were once encoded, with the content of the kept files."""
    return [
        each._replace(content=(FOLDER / "pictures" / each.name).read_bytes())
        for each in encoded_pictures()
    ]


def main() -> None:
    """Write the folder anew."""
    if FOLDER.exists():
        shutil.rmtree(FOLDER)
    write(FOLDER, encoded_pictures())
    files = [path for path in FOLDER.rglob("*") if path.is_file()]
    print(f"{len(files)} files, {sum(path.stat().st_size for path in files):,} bytes in {FOLDER}")


if __name__ == "__main__":
    main()
