"""Files, written wholly or not at all."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from satchel.errors import OutputError


def make_folder(folder: Path) -> None:
    """Make ``folder`` and those it lies in; raises OutputError where that cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"Expected a folder to write to, got {str(folder)!r}: {error.strerror}."
        ) from error


def check_writable(path: Path) -> None:
    """Raise OutputError unless ``path`` can be written: before hours of work, not after."""
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
    """Raise OutputError unless ``path`` can be written once the folders it lies in are made.

    Nothing is made: work that fails later leaves no empty folder.
    """
    place = next(each for each in path.absolute().parents if each.exists())
    check_writable(place / path.name if place != path.absolute().parent else path)


def write_atomically(content: bytes, path: Path) -> None:
    """Write ``content`` to ``path`` wholly or not at all; what was there stays until then.

    A device or a pipe, such as /dev/stdout, takes it as it comes, and is not replaced by a file.

    Raises OutputError where it cannot be written.
    """
    try:
        if _is_special(path):
            path.write_bytes(content)
            return
        with atomic_file(path) as file:
            file.write(content)
    except OSError as error:
        raise OutputError(f"Expected to write {str(path)!r}: {error.strerror}.") from error


@contextmanager
def atomic_file(path: Path) -> Iterator[IO[bytes]]:
    """Yield a file that takes the place of ``path`` once the block has ended without an error.

    For content that should not stand in memory as a whole. After an error, and after a crash, what
    was at ``path`` is there still.

    Raises OSError where it cannot be written.
    """
    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        # A temporary file is private; a bundle is as readable as the user's other files.
        mask = os.umask(0)
        os.umask(mask)
        Path(temporary).chmod(0o666 & ~mask)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _is_special(path: Path) -> bool:
    """Return whether ``path`` is there, and neither a file nor a folder."""
    return path.exists() and not path.is_file() and not path.is_dir()
