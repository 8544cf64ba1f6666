"""Reads the Large Movie Review Dataset, ``aclImdb_v1.tar.gz``: raw texts, half of them positive.

Source: Maas et al. 2011, Learning Word Vectors for Sentiment Analysis.
"""

import gzip
import re
import tarfile
import zlib
from pathlib import Path

from satchel_train.data.download import Source, fetch
from satchel_train.data.published_parts import PublishedData, published_parts
from satchel_train.data.samples import Samples, text_samples
from satchel_train.errors import DataError

SOURCE = Source(
    name="aclImdb_v1.tar.gz",
    url="https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz",
    digest="c40f74a18d3b61f90feba1e17730e0d38e8b97c05fde7008942e91923d1658fe",
)
LABELS = ("negative", "positive")
FOLDERS = ("neg", "pos")
"""The folders in the order of LABELS. The folder ``unsup`` has no labels and is not read."""
ONE_VALIDATES_OF = 10
"""One of so many training reviews validates: 2,500 of the 25,000."""
CALIBRATION_SAMPLES = 500
MAX_REVIEW_BYTES = 1 << 20
"""The longest review that is read: 70 times as long as the longest in the data set."""

_MEMBER = re.compile(r"(?:\./)?aclImdb/(train|test)/(neg|pos)/(\d+_\d+\.txt)")


def read_parts(data_dir: Path | None) -> PublishedData:
    """Return the split texts, the file's SHA-256 and how many reviews were left out.

    123 test reviews are training reviews as well, and 24 validation reviews.

    Raises DataError for a file that is missing, damaged or of other content.
    """
    file = fetch(SOURCE, data_dir=data_dir)
    train, test = _read(file.path)
    return published_parts(
        train,
        test,
        one_validates_of=ONE_VALIDATES_OF,
        calibrates=CALIBRATION_SAMPLES,
        sha256=file.sha256,
    )


def _read(path: Path) -> tuple[Samples, Samples]:
    reviews: dict[str, list[tuple[str, int, str]]] = {"train": [], "test": []}
    try:
        # Read a stream: nothing is extracted to disk, so the paths of members do no harm.
        with gzip.open(path) as unzipped, tarfile.open(fileobj=unzipped, mode="r|") as archive:
            for member in archive:
                if found := _MEMBER.fullmatch(member.name):
                    half, folder, name = found.groups()
                    text = _text(archive, member)
                    reviews[half].append((name, FOLDERS.index(folder), text))
            # Read to the end, where gzip checks its checksum: tarfile accepts an archive that was
            # cut off.
            while unzipped.read(1 << 20):
                pass
        return _samples(reviews["train"]), _samples(reviews["test"])
    except (EOFError, OSError, ValueError, tarfile.TarError, zlib.error) as error:
        raise DataError(
            f"Expected the reviews aclImdb/train and aclImdb/test in {str(path)!r},"
            f" got a damaged or other file: {str(error).splitlines()[0]:.120}."
        ) from error


def _text(archive: tarfile.TarFile, member: tarfile.TarInfo) -> str:
    file = archive.extractfile(member) if member.isreg() else None
    if file is None or member.size > MAX_REVIEW_BYTES:
        raise ValueError(f"{member.name} is no review")
    return file.read().decode()


def _samples(reviews: list[tuple[str, int, str]]) -> Samples:
    if {label for _, label, _ in reviews} != {0, 1}:
        raise ValueError("positive and negative reviews are not both there")
    # Sort them, because archives list the same reviews in different orders.
    reviews.sort()
    return text_samples([text for *_, text in reviews], [label for _, label, _ in reviews])
