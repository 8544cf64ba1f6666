"""Writes files completely or not at all."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from satchel.errors import OutputError


def make_folder(folder: Path) -> None:
    """Make ``folder`` and its parents; raises OutputError if that is not possible."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"Expected a folder to write to, got {str(folder)!r}: {error.strerror}."
        ) from error


def check_writable(path: Path) -> None:
    """Raise OutputError unless ``path`` can be written. Call it before hours of work, not after."""
    if _is_special(path):
        return
    try:
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise OutputError(
            f"Expected a folder to write {path.name!r} to, got {str(path.parent)!r}:"
            f" {error.strerror}."
        ) from error
    if path.is_dir():
        raise OutputError(f"Expected a file to write, got the folder {str(path)!r}.")


def check_creatable(path: Path) -> None:
    """Raise OutputError unless ``path`` can be written after its parent folders are made.

    It makes no folder, so that work that fails later leaves no empty one.
    """
    place = next(each for each in path.absolute().parents if each.exists())
    check_writable(place / path.name if place != path.absolute().parent else path)


def write_atomically(content: bytes, path: Path) -> None:
    """Write ``content`` to ``path`` completely or not at all. An old file stays until then.

    A device or a pipe, such as /dev/stdout, is written to directly and not replaced by a file.

    Raises OutputError if it cannot be written.
    """
    try:
        if _is_special(path):
            path.write_bytes(content)
            return
        with atomic_file(path) as file:
            file.write(content)
    except OSError as error:
        raise OutputError(f"Expected to write {str(path)!r}, got: {error.strerror}.") from error


@contextmanager
def atomic_file(path: Path) -> Iterator[IO[bytes]]:
    """Yield a file that replaces ``path`` after the block has ended without an error.

    This is for content that should not be in memory as a whole. After an error or a crash the old
    file is still at ``path``.

    Raises OSError if it cannot be written.
    """
    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        # A temporary file is private, but a bundle must be as readable as the user's other files.
        mask = os.umask(0)
        os.umask(mask)
        Path(temporary).chmod(0o666 & ~mask)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _is_special(path: Path) -> bool:
    """Return whether ``path`` exists and is neither a file nor a folder."""
    return path.exists() and not path.is_file() and not path.is_dir()
