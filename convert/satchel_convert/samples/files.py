"""Reads files that a user named. A pipe or a device is refused, because it could block for ever."""

from pathlib import Path

from satchel import limits
from satchel.errors import InputError
from satchel.preprocessing import decode_text
from satchel.regular_files import read_regular_file
from satchel_convert.errors import ModelFolderError


def read_bytes(path: Path) -> bytes:
    """Return the content of the file ``path``; raises ModelFolderError if it cannot be read."""
    try:
        content = read_regular_file(str(path), limits.MAX_ARCHIVE_BYTES).content
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise ModelFolderError(f"Expected to read {str(path)!r}: {reason}.") from error
    if len(content) > limits.MAX_ARCHIVE_BYTES:
        raise ModelFolderError(
            f"Expected at most {limits.MAX_ARCHIVE_BYTES:,} bytes in {str(path)!r}, got more."
        )
    return content


def read_text(path: Path) -> str:
    """Return the text in the file ``path``, in UTF-8 or in the encoding of its byte order mark.

    Raises ModelFolderError if it cannot be read or decoded.
    """
    try:
        return decode_text(read_bytes(path), name=str(path))
    except InputError as error:
        raise ModelFolderError(str(error)) from error
