"""Samples as people have them: a folder a label with files in it, or files in any folders."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from satchel_convert.errors import ModelFolderError
from satchel_convert.model_folder import Sample


def labelled_files(
    folder: Path, labels: Sequence[str], *, suffixes: Iterable[str], kind: str
) -> list[tuple[Path, int]]:
    """Return the files in folders called as labels, and the index of each one's label.

    ``kind`` is what they are, for messages. Raises ModelFolderError where there are none, or a
    folder is called otherwise.
    """
    places = sorted(path for path in _entries(folder, kind) if path.is_dir())
    if unknown := [place.name for place in places if place.name not in labels]:
        raise ModelFolderError(
            f"Expected folders called as labels in {str(folder)!r}, got {unknown[0]!r}."
        )
    files = [
        (path, labels.index(place.name))
        for place in places
        for path in _files(place, suffixes, kind)
    ]
    if not files:
        raise ModelFolderError(
            f"Expected {kind} in folders called as their labels in {str(folder)!r}, got none."
        )
    return files


def unlabelled_files(folder: Path, *, suffixes: Iterable[str], kind: str) -> list[Path]:
    """Return the files in ``folder`` and its folders, in an order that mixes these.

    ``kind`` is what they are, for messages. Raises ModelFolderError where there are none.
    """
    places = [folder, *sorted(path for path in _entries(folder, kind) if path.is_dir())]
    files = [path for place in places for path in _files(place, suffixes, kind)]
    if not files:
        raise ModelFolderError(f"Expected {kind} in {str(folder)!r}, got none.")
    # Of every label, where the folders are labels: only the first few hundred are looked at.
    return sorted(files, key=lambda path: mixed(f"{path.parent.name}/{path.name}"))


def mixed(text: str) -> bytes:
    """Return a key to sort by that has nothing to do with the alphabet."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def check_disjoint(
    calibration: Sequence[Sample],
    evaluation: Sequence[Sample],
    *,
    kind: str,
    content: Callable[[Sample], str],
) -> None:
    """Raise ModelFolderError for a sample in both parts, by its content, whatever its name."""
    seen = {content(sample): sample.value for sample in calibration}
    for sample in evaluation if seen else ():
        if (fake_quantized := seen.get(content(sample))) is not None:
            first, second = (repr(str(value)[:200]) for value in (fake_quantized, sample.value))
            raise ModelFolderError(
                f"Expected calibration and evaluation {kind} to be different,"
                f" {first} and {second} are the same."
            )


def read_bytes(path: Path) -> bytes:
    """Return what is in ``path``; raises ModelFolderError where it cannot be read."""
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
