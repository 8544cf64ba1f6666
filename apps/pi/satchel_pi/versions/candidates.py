"""Finds files that are new, or were changed, among those that may hold a new version."""

import os
import stat
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple, TypeAlias

from satchel.bundle import Bundle, Card, Trust, check_entries, policies_here, read_archive, unpack
from satchel.errors import SatchelError
from satchel_pi.versions.store import short_digest

SUFFIX = ".satchel"


class Fingerprint(NamedTuple):
    """What changes with the content of a file."""

    size_bytes: int
    modified_ns: int
    inode: int


Listing: TypeAlias = Mapping[Path, Fingerprint]


class Candidate(NamedTuple):
    """A bundle in a file, which opens here."""

    path: Path
    card: Card
    identity: tuple[str, str]
    """The digest of its card, and the fingerprint of its signer's key, empty without one."""
    short_digest: str
    """The beginning of the SHA-256 of the file."""


def files_in(folder: Path) -> Listing:
    """Return the .satchel files in ``folder``, in the order of their names.

    Raises SatchelError for a folder that cannot be read.
    """
    try:
        names = sorted(name for name in os.listdir(folder) if name.endswith(SUFFIX))  # noqa: PTH208
    except OSError as error:
        raise SatchelError(
            f"Expected a folder of bundles, got {str(folder)!r}: {error.strerror}."
        ) from error
    return files_at(folder / name for name in names if not name.startswith("."))


def files_at(paths: Iterable[Path]) -> Listing:
    """Return those of ``paths`` that are files."""
    found = {}
    for path in paths:
        try:
            status = path.stat()
        except (OSError, ValueError):
            # Whether it is gone or never was there: there is no new version in it.
            continue
        if stat.S_ISREG(status.st_mode):
            found[path] = Fingerprint(status.st_size, status.st_mtime_ns, status.st_ino)
    return found


class Changes:
    """Tells which files have changed since they were last asked for, and are written to the end."""

    def __init__(self, listing: Callable[[], Listing]) -> None:
        """Compare what ``listing`` returns each time. At first, every file is new."""
        self._listing = listing
        self._taken: dict[Path, Fingerprint] = {}
        self._seen: Listing = {}

    def take(self, *, at_once: bool) -> list[Path]:
        """Return the files that have changed. Each change is returned once.

        A file that may still be written is left for the next time: one that has changed since the
        last call, unless it is ``at_once``.

        Raises SatchelError if the files cannot be listed.
        """
        found = self._listing()
        still = found if at_once else self._seen
        changed = [
            path
            for path, now in found.items()
            if self._taken.get(path) != now and still.get(path) == now
        ]
        self._seen = found
        self._taken = {path: each for path, each in self._taken.items() if path in found}
        self._taken |= {path: found[path] for path in changed}
        return changed

    def is_there(self, path: Path) -> bool:
        """Return whether ``path`` was there at the last call of ``take``."""
        return path in self._seen


def read_candidate(path: Path, trust: Trust | None) -> Candidate:
    """Return what the file at ``path`` holds, wholly checked, under the policies of this device.

    Raises what ``satchel.bundle.open_bundle`` raises.
    """
    content = read_archive(path)
    bundle = check_entries(unpack(content), trust=trust, policies=policies_here())
    return Candidate(path, bundle.card, identity_of(bundle), short_digest(content))


def identity_of(bundle: Bundle) -> tuple[str, str]:
    """Return what two bundles have in common that are the same: their card, and who signed it."""
    return bundle.card_digest, "" if bundle.signer is None else bundle.signer.fingerprint
