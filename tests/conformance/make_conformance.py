"""Write the conformance vectors: what every port of the runtime must say, as files.

    make conformance

docs/conformance.md says what is in them. The encoded images are sources: they are written anew
here alone, and all the rest is made of them, by the runtime.
"""

import shutil
from collections.abc import Iterable
from pathlib import Path

from conformance.card_refusals import write_card_refusals
from conformance.encoded_images import Encoded, encoded_images
from conformance.vector_files import FOLDER, Vectors
from conformance.vectors_images import write_images
from conformance.vectors_latents import write_latents
from conformance.vectors_predictions import write_predictions
from conformance.vectors_refusals import write_refusals
from conformance.vectors_scores import write_scores
from conformance.vectors_texts import write_texts
from conformance.vectors_tokenizers import write_tokenizers


def write(folder: Path, images: Iterable[Encoded]) -> None:
    """Fill ``folder`` with all vectors, made of ``images``."""
    out = Vectors(folder)
    write_images(out, images)
    write_texts(out)
    write_tokenizers(out)
    write_latents(out)
    write_predictions(out)
    write_scores(out)
    write_refusals(out)
    write_card_refusals(out)


def kept_images() -> list[Encoded]:
    """Return the images as they were once encoded, with the content of the kept files."""
    return [
        each._replace(content=(FOLDER / "pictures" / each.name).read_bytes())
        for each in encoded_images()
    ]


def main() -> None:
    """Write the folder anew."""
    if FOLDER.exists():
        shutil.rmtree(FOLDER)
    write(FOLDER, encoded_images())
    files = [path for path in FOLDER.rglob("*") if path.is_file()]
    print(f"{len(files)} files, {sum(path.stat().st_size for path in files):,} bytes in {FOLDER}")


if __name__ == "__main__":
    main()
