"""Reads the 1,000 labels of ImageNet, as Keras publishes them, and gives each a distinct id."""

import json
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from satchel_train.data.download import Source, fetch
from satchel_train.errors import DataError

CLASSES = 1000
SOURCE = Source(
    name="imagenet_class_index.json",
    url=("https://storage.googleapis.com/download.tensorflow.org/data/imagenet_class_index.json"),
    digest="c2c37ea517e94d9795004a39431a14cb",
    algorithm="md5",
    option="--weights FILE, beside which it lies",
)


class ImagenetLabel(NamedTuple):
    """One of ImageNet's classes."""

    synset: str
    """WordNet's identifier, such as ``n02084071``."""
    name: str
    """The published name, such as ``great_white_shark``. ``crane`` and ``maillot`` occur twice."""


def read_labels(folder: Path | None) -> tuple[ImagenetLabel, ...]:
    """Return the labels in the order of the network's outputs, from ``folder`` or the publisher.

    Raises DataError for a file that is missing, damaged or of other content.
    """
    path = fetch(SOURCE, data_dir=folder).path
    try:
        index = json.loads(path.read_bytes())
        labels = tuple(ImagenetLabel(*map(str, index[str(at)])) for at in range(CLASSES))
        if len(index) != CLASSES or len({label.synset for label in labels}) != CLASSES:
            raise ValueError(f"{len(index)} labels")
    except (KeyError, OSError, TypeError, ValueError) as error:
        raise DataError(
            f"Expected ImageNet's {CLASSES:,} labels in {str(path)!r},"
            f" got a damaged or other file: {str(error)[:120]}."
        ) from error
    return labels


def label_names(labels: tuple[ImagenetLabel, ...]) -> tuple[str, ...]:
    """Return the name of each label as people write it; two labels may have the same.

    >>> label_names((ImagenetLabel("n01", "crane"), ImagenetLabel("n02", "sea_lion")))
    ('crane', 'sea lion')
    """
    return tuple(label.name.replace("_", " ") for label in labels)


def label_ids(labels: tuple[ImagenetLabel, ...]) -> tuple[str, ...]:
    """Return a distinct id for each label: its name, with its synset if two labels share the name.

    >>> label_ids((ImagenetLabel("n01", "crane"), ImagenetLabel("n02", "crane")))
    ('crane (n01)', 'crane (n02)')
    """
    names = label_names(labels)
    counts = Counter(names)
    return tuple(
        name if counts[name] == 1 else f"{name} ({label.synset})"
        for name, label in zip(names, labels, strict=True)
    )
