"""Reads the user's own images: a folder of class folders, each named by its label.

The user may have divided them: ``train``, ``val`` and ``test`` folders, each of class folders.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, TypeGuard

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import ImageInput
from satchel_train.data.equal_samples import (
    contradict,
    contradictions,
    copies,
    group_equals,
    image_key,
)
from satchel_train.data.findings import Finding, some
from satchel_train.data.image_files import files_sha256, read_images
from satchel_train.data.image_layout import (
    PARTS,
    ClassFolders,
    PartName,
    find_classes,
    find_parts,
    holds_images,
)
from satchel_train.data.samples import Parts, Samples
from satchel_train.data.similar_images import find_similar, thumbnail
from satchel_train.data.split import Positions, parts_of, split


class LabelledImages(NamedTuple):
    """All images of a folder of class folders."""

    samples: Samples
    names: tuple[str, ...]
    """The names of the class folders, sorted. They are the labels."""
    files: tuple[str, ...]
    """The path of each sample within the folder, with ``/``."""
    sha256: str


class ImageFolder(NamedTuple):
    """The user's images in four parts."""

    parts: Parts
    names: tuple[str, ...]
    """The labels."""
    sha256: str
    """One SHA-256 of all files and their names, 64 hexadecimal digits."""
    findings: Sequence[Finding]


class Marks(NamedTuple):
    """What is kept of each image to compare it with the others."""

    groups: NDArray[np.intp]
    """A number for each image, the same for images whose pixels are equal, (n,)."""
    thumbnails: NDArray[np.uint8]
    """The thumbnails, (n, 768)."""


def is_image_folder(folder: Path | None, *, unless: str) -> TypeGuard[Path]:
    """Return whether ``folder`` holds images and not the published file ``unless``."""
    return folder is not None and not (folder / unless).exists() and holds_images(folder)


def check_image_folder(folder: Path) -> None:
    """Raise DataError if ``folder`` has no class folders with images. No image is read."""
    if not find_parts(folder):
        find_classes(folder)


def read_image_folder(folder: Path, image: ImageInput) -> ImageFolder:
    """Return the images at the size of ``image`` in four parts, and what was found in them.

    Images with equal pixels at that size are in one part. If they have different labels, they are
    left out. Parts that the user made stay as they are, and a part that is missing is taken from
    ``train``. Equal and similar images of different parts are findings.

    Raises DataError for a folder without class folders, for parts that do not fit together and for
    a class of too few images, InputError with the names of the files that are no images.
    """
    given = find_parts(folder)
    found = _read(folder, list(given.values()) or [find_classes(folder)], image)
    labels = found.samples.labels
    marks = mark_images(found.samples)
    kept = np.flatnonzero(~contradict(marks.groups, labels))
    findings = contradictions(
        marks.groups, labels, names=found.files, label_names=found.names, things="images"
    )
    if given:
        parts = _parts_of_files(found.files, given)
        positions = _complete(found, marks.groups, kept, parts, source=str(folder))
        findings += _leaks(found.files, marks.groups, positions)
    else:
        positions = _split(found, marks.groups, kept, source=str(folder))
        findings += copies(marks.groups[kept], names=[found.files[at] for at in kept])
    findings += _near_duplicates(found.files, marks, positions)
    return ImageFolder(parts_of(found.samples, positions), found.names, found.sha256, findings)


def read_labelled_images(folder: Path, image: ImageInput) -> LabelledImages:
    """Return all images in the class folders of ``folder``; raises as ``read_image_folder``."""
    return _read(folder, [find_classes(folder)], image)


def mark_images(samples: Samples) -> Marks:
    """Return the marks of all images, of which one is in memory at a time."""
    keys, thumbnails = [], []
    for pixels in samples.contents:
        keys.append(image_key(pixels))
        thumbnails.append(thumbnail(pixels))
    return Marks(group_equals(keys), np.array(thumbnails))


def _read(folder: Path, places: Sequence[ClassFolders], image: ImageInput) -> LabelledImages:
    names = tuple(places[0].files)
    listed = [
        (path, label)
        for place in places
        for label, name in enumerate(names)
        for path in place.files[name]
    ]
    every = [path for path, _ in listed]
    labels = np.array([label for _, label in listed], np.int32)
    return LabelledImages(
        samples=Samples(read_images(every, image), labels),
        names=names,
        files=tuple(path.relative_to(folder).as_posix() for path in every),
        sha256=files_sha256(every, folder=folder),
    )


def _split(
    found: LabelledImages,
    groups: NDArray[np.intp],
    chosen: NDArray[np.intp],
    *,
    source: str,
    validates: bool = True,
    evaluates: bool = True,
) -> Positions:
    """Return the parts of the chosen images, as positions among all images."""
    positions = split(
        found.samples.labels[chosen],
        keys=[found.files[at] for at in chosen],
        groups=groups[chosen],
        names=found.names,
        source=source,
        validates=validates,
        evaluates=evaluates,
    )
    return Positions(*(chosen[part] for part in positions))


def _parts_of_files(
    files: Sequence[str], given: Mapping[PartName, ClassFolders]
) -> NDArray[np.intp]:
    """Return the position in PARTS of the part of each of ``files``, (n,)."""
    numbers = {place.folder.name: PARTS.index(part) for part, place in given.items()}
    return np.array([numbers[file.partition("/")[0]] for file in files], np.intp)


def _complete(
    found: LabelledImages,
    groups: NDArray[np.intp],
    kept: NDArray[np.intp],
    parts: NDArray[np.intp],
    *,
    source: str,
) -> Positions:
    """Return the user's parts of the ``kept`` images. What is missing is taken from ``train``."""
    train, validation, evaluation = (kept[parts[kept] == number] for number in range(len(PARTS)))
    missing_validation, missing_evaluation = not np.any(parts == 1), not np.any(parts == 2)
    rest = _split(
        found,
        groups,
        train,
        source=source,
        validates=missing_validation,
        evaluates=missing_evaluation,
    )
    return Positions(
        train=rest.train,
        validation=rest.validation if missing_validation else validation,
        evaluation=rest.evaluation if missing_evaluation else evaluation,
    )


def _leaks(files: Sequence[str], groups: NDArray[np.intp], positions: Positions) -> list[Finding]:
    """Return a finding if images of a part are equal to images of an earlier one."""
    earlier: dict[int, int] = {}
    pairs = []
    for part in positions:
        pairs += [(at, earlier[groups[at]]) for at in part.tolist() if groups[at] in earlier]
        for at in part.tolist():
            earlier.setdefault(groups[at], at)
    if not pairs:
        return []
    line = (
        f"{len(pairs):,} images that validate or evaluate are in an earlier part as well, so the"
        f" accuracy is too good: {_equations(files, pairs)}. Remove them from one of the parts."
    )
    return [Finding("leaks", len(pairs), line)]


def _near_duplicates(files: Sequence[str], marks: Marks, positions: Positions) -> list[Finding]:
    """Return a finding if images look like others of an earlier part, and are not equal to them."""
    similar = find_similar(marks.thumbnails, parts=positions)
    pairs = [pair for pair in similar if marks.groups[pair.image] != marks.groups[pair.other]]
    if not pairs:
        return []
    line = (
        f"{len(pairs):,} images that validate or evaluate look almost like images of an earlier"
        f" part, so the accuracy may be too good: {_equations(files, pairs, sign='~')}."
        " Remove them if they show the same."
    )
    return [Finding("near_duplicates", len(pairs), line)]


def _equations(files: Sequence[str], pairs: Sequence[tuple[int, int]], *, sign: str = "=") -> str:
    return some([f"{files[one]} {sign} {files[other]}" for one, other in pairs])
