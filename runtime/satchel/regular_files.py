"""Reads small files that decide something: keys, policies, and what is remembered of a bundle.

Only regular files are read. A pipe would make the reader wait for ever, and a device may do
anything, so whoever can put one in the place of such a file must not stop a program with it.
"""

import errno
import os
import stat
from typing import NamedTuple

_OWNER_IS_KNOWN = hasattr(os, "geteuid")
"""Whether the system has owners and modes of files as POSIX describes them. Windows does not."""


class RegularFile(NamedTuple):
    """The content of a file, and the status that it had while it was read."""

    content: bytes
    status: os.stat_result


def read_regular_file(path: str, most_bytes: int) -> RegularFile:
    """Return the file at ``path``, of which one byte more than ``most_bytes`` is read at most.

    Raises OSError for a file that cannot be read, and for a folder, a pipe or a device; ValueError
    for a path with a NUL.
    """
    # Before it is opened, because opening a device can already have an effect.
    _check_regular(os.stat(path))
    # Without waiting, because the file may be replaced by a pipe at this moment.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    with open(os.open(path, flags), "rb") as file:
        status = os.fstat(file.fileno())
        _check_regular(status)
        return RegularFile(file.read(most_bytes + 1), status)


def others_who_may_write(status: os.stat_result) -> str | None:
    """Return in words why others than root and this user may change a file, None if they may not.

    On Windows this is always None.
    """
    if not _OWNER_IS_KNOWN:
        return None
    if status.st_uid not in (0, os.geteuid()):
        return f"it belongs to the user {status.st_uid}"
    if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        return f"others may write it (mode {stat.S_IMODE(status.st_mode):04o})"
    return None


def others_may_read(status: os.stat_result) -> bool:
    """Return whether others may read or write a file of this user. On Windows they never may.

    For a file of another user this is False, as in OpenSSH: that user has decided who reads it.
    """
    if not _OWNER_IS_KNOWN or status.st_uid != os.geteuid():
        return False
    return bool(status.st_mode & (stat.S_IRWXG | stat.S_IRWXO))


def _check_regular(status: os.stat_result) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise OSError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "it is a pipe or a device and not a file")
