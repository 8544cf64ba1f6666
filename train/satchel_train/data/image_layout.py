"""Finds the images of a folder: class folders, or class folders in train, val and test folders."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias, get_args

from satchel.preprocessing import SUFFIXES
from satchel_train.data.image_files import image_files
from satchel_train.errors import DataError

PartName: TypeAlias = Literal["train", "validation", "evaluation"]
PARTS: tuple[PartName, ...] = get_args(PartName)
PART_NAMES: Mapping[str, PartName] = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "dev"), "validation"),
    **dict.fromkeys(("test", "testing", "eval", "evaluation"), "evaluation"),
}
"""The name of a part's folder, in small letters, to the part."""
LAYOUT = "a folder of images for each class, or such folders in train, val and test"


class ClassFolders(NamedTuple):
    """The images of each class."""

    folder: Path
    files: Mapping[str, list[Path]]
    """The name of each class to its images, both sorted."""


def holds_images(folder: Path | None) -> bool:
    """Return whether there is an image in ``folder``, or up to three folders below it."""
    return folder is not None and any(
        path.suffix.lower() in SUFFIXES
        for pattern in ("*", "*/*", "*/*/*", "*/*/*/*")
        for path in folder.glob(pattern)
        if path.is_file()
    )


def find_parts(folder: Path) -> dict[PartName, ClassFolders]:
    """Return the class folders of each part that ``folder`` is divided into, or {} if it is not.

    It is divided if it has a folder such as ``train``, in any case, with class folders in it.

    Raises DataError for two folders of one part, for parts without class folders or with different
    ones, and for images beside the parts.
    """
    places = _folders(folder)
    parts = {place: PART_NAMES.get(place.name.lower()) for place in places}
    train = [place for place in places if parts[place] == "train"]
    if not train or any(image_files(place) for place in train):
        if len(places) > 1 and all(parts.values()):
            raise DataError(
                f"Expected class folders in {str(places[0])!r}, as in {LAYOUT}; got none."
            )
        # A class may have the name of a part.
        return {}
    found: dict[PartName, ClassFolders] = {}
    for place, part in parts.items():
        if part is None and holds_images(place):
            raise DataError(
                f"Expected only train, val and test folders in {str(folder)!r}, got {place.name!r}"
                " with images: move it elsewhere."
            )
        if part is not None and part in found:
            raise DataError(
                f"Expected one folder for each part in {str(folder)!r}, got"
                f" {found[part].folder.name!r} and {place.name!r}: join them."
            )
        if part is not None:
            found[part] = find_classes(place)
    _check_same_classes(found)
    return found


def find_classes(folder: Path) -> ClassFolders:
    """Return the images of each class folder in ``folder``.

    Raises DataError for fewer than two class folders, and for one without images.
    """
    places = _folders(folder)
    if len(places) < 2:
        raise DataError(
            f"Expected a folder for each of at least two classes in {str(folder)!r},"
            f" got {len(places)}: {LAYOUT}."
        )
    files = {place.name: image_files(place) for place in places}
    for place in places:
        if not files[place.name]:
            raise DataError(f"Expected images in {str(place)!r}, got none: {LAYOUT}.")
    return ClassFolders(folder, files)


def _check_same_classes(parts: Mapping[PartName, ClassFolders]) -> None:
    train = parts["train"]
    for other in parts.values():
        if missing := sorted(train.files.keys() ^ other.files.keys()):
            holder, lacking = (train, other) if missing[0] in train.files else (other, train)
            raise DataError(
                f"Expected the same class folders in {train.folder.name!r} and"
                f" {other.folder.name!r} of {str(train.folder.parent)!r}, got {missing[0]!r} in"
                f" {holder.folder.name!r} but not in {lacking.folder.name!r}."
            )


def _folders(folder: Path) -> list[Path]:
    try:
        return sorted(
            path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")
        )
    except OSError as error:
        raise DataError(
            f"Expected a folder of images, got {str(folder)!r}: {error.strerror}."
        ) from error
