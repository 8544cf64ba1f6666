"""Reads samples from files: in a folder for each label, or in any folders."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from satchel_convert.errors import ModelFolderError
from satchel_convert.model_folder import Sample


def labelled_files(
    folder: Path, labels: Sequence[str], *, suffixes: Iterable[str], kind: str
) -> list[tuple[Path, int]]:
    """Return the files in folders named after labels, each with the index of its label.

    ``kind`` names the files in messages. Raises ModelFolderError if there are no files, or if a
    folder has another name.
    """
    places = sorted(path for path in _entries(folder, kind) if path.is_dir())
    if unknown := [place.name for place in places if place.name not in labels]:
        raise ModelFolderError(
            f"Expected folders named after labels in {str(folder)!r}, got {unknown[0]!r}."
        )
    files = [
        (path, labels.index(place.name))
        for place in places
        for path in _files(place, suffixes, kind)
    ]
    if not files:
        raise ModelFolderError(
            f"Expected {kind} in folders named after their labels in {str(folder)!r}, got none."
        )
    return files


def unlabelled_files(folder: Path, *, suffixes: Iterable[str], kind: str) -> list[Path]:
    """Return the files in ``folder`` and its folders, in an order that mixes the folders.

    ``kind`` names the files in messages. Raises ModelFolderError if there are no files.
    """
    places = [folder, *sorted(path for path in _entries(folder, kind) if path.is_dir())]
    files = [path for place in places for path in _files(place, suffixes, kind)]
    if not files:
        raise ModelFolderError(f"Expected {kind} in {str(folder)!r}, got none.")
    # Mixed, because only the first few hundred are used and the folders may be labels.
    return sorted(files, key=lambda path: mixed(f"{path.parent.name}/{path.name}"))


def mixed(text: str) -> bytes:
    """Return a sort key that mixes texts, the same way every time."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def check_disjoint(
    calibration: Sequence[Sample],
    evaluation: Sequence[Sample],
    *,
    kind: str,
    content: Callable[[Sample], str],
) -> None:
    """Raise ModelFolderError for a sample with the same content in both parts."""
    seen = {content(sample): sample.value for sample in calibration}
    for sample in evaluation if seen else ():
        if (same := seen.get(content(sample))) is not None:
            first, second = (repr(str(value)[:200]) for value in (same, sample.value))
            raise ModelFolderError(
                f"Expected calibration and evaluation {kind} to be different,"
                f" {first} and {second} are the same."
            )


def read_bytes(path: Path) -> bytes:
    """Return the content of the file ``path``; raises ModelFolderError if it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise ModelFolderError(f"Expected to read {str(path)!r}: {error.strerror}.") from error


def _files(folder: Path, suffixes: Iterable[str], kind: str) -> list[Path]:
    return sorted(path for path in _entries(folder, kind) if path.suffix.lower() in suffixes)


def _entries(folder: Path, kind: str) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError as error:
        raise ModelFolderError(
            f"Expected a folder of {kind}, got {str(folder)!r}: {error.strerror}."
        ) from error
