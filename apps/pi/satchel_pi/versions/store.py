"""A folder that keeps the versions of each model, of which a small file names the current one.

    FOLDER/mnist_mlp/1.0.0-0f3a….satchel    a whole bundle, as it was found
    FOLDER/mnist_mlp/1.1.0-97c1….satchel
    FOLDER/mnist_mlp/record.json            {"current": …, "previous": …, "rolled_back": […]}

A bundle is written whole, and is on the disk before a record names it. A record is replaced by a
rename. So a process that is killed at any moment, or a power cut, leaves the old record or the new
one, and the whole bundle that it names.
"""

import json
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from satchel.bundle import NAME_PATTERN, VERSION_PATTERN, Fields, digest, load_json
from satchel.errors import BundleError, CardError, OutputError, SatchelError
from satchel.regular_files import read_regular_file
from satchel.writing import make_folder, write_atomically

RECORD_NAME = "record.json"
LOCK_NAME = ".lock"
ATTEMPT_NAME = "attempt.json"
MOST_RECORD_BYTES = 1 << 16
MOST_ROLLED_BACK = 16
"""The number of versions that were rolled back and are remembered, so that they stay away."""
DIGEST_CHARACTERS = 16
"""The number of hexadecimal characters of a digest in the name of a kept file."""
_DIGEST_PATTERN = f"[0-9a-f]{{{DIGEST_CHARACTERS}}}"
_KEPT_NAME = re.compile(rf"({VERSION_PATTERN})-({_DIGEST_PATTERN})\.satchel", re.ASCII)


class Kept(NamedTuple):
    """A version that the store keeps."""

    version: str
    """The version of its card, as ``1.2.0``."""
    short_digest: str
    """The first 16 hexadecimal characters of the SHA-256 of the file."""

    @property
    def file_name(self) -> str:
        """The name of the file in the folder of the model.

        >>> Kept("1.2.0", "0123456789abcdef").file_name
        '1.2.0-0123456789abcdef.satchel'
        """
        return f"{self.version}-{self.short_digest}.satchel"


class Record(NamedTuple):
    """What the store says of one model."""

    current: Kept
    """The version that is served."""
    previous: Kept | None = None
    """The version that was served before, and that a roll-back returns to."""
    rolled_back: tuple[str, ...] = ()
    """The short digests of versions that were rolled back. They are not taken again."""


def short_digest(content: bytes) -> str:
    """Return what names ``content`` in the store: the first characters of its SHA-256."""
    return digest(content).removeprefix("sha256:")[:DIGEST_CHARACTERS]


class VersionStore:
    """The versions of all models in one folder. Several processes may use it at once."""

    def __init__(self, folder: Path) -> None:
        """Use ``folder``, which is made when something is kept."""
        self.folder = folder

    def names(self) -> list[str]:
        """Return the names of the models that have a record, sorted."""
        try:
            found = [each.parent.name for each in self.folder.glob(f"*/{RECORD_NAME}")]
        except OSError:
            return []
        return sorted(name for name in found if re.fullmatch(NAME_PATTERN, name))

    def record(self, name: str) -> Record | None:
        """Return the record of the model ``name``, None if it has none.

        Raises BundleError for a file that is no record.
        """
        path = self._record_path(name)
        try:
            content = read_regular_file(str(path), MOST_RECORD_BYTES).content
        except FileNotFoundError:
            return None
        except OSError as error:
            raise BundleError(
                f"Expected a record of versions, got {str(path)!r}: {error.strerror or error}."
            ) from error
        return _parsed(content, path)

    def path_of(self, name: str, kept: Kept) -> Path:
        """Return the path of a version of the model ``name``."""
        return self.folder / name / kept.file_name

    def keep(self, name: str, version: str, content: bytes) -> Kept:
        """Write ``content`` as a version of the model ``name``, and return what names it.

        It is on the disk when this returns, and not served before ``switch``.

        Raises OutputError if it cannot be written, as on a full disk. Nothing is left then.
        """
        kept = Kept(version, short_digest(content))
        path = self.path_of(name, kept)
        make_folder(path.parent)
        with self._locked():
            _remove_remains(path.parent)
            try:
                whole = path.read_bytes() == content
            except OSError:
                whole = False
            if not whole:
                write_atomically(content, path)
            for folder in (path.parent, self.folder, self.folder.parent):
                _put_on_disk(folder)
        return kept

    def switch(self, name: str, kept: Kept) -> None:
        """Make ``kept`` the current version of ``name``; what was current becomes the previous.

        All other versions of the model are removed afterwards.

        Raises OutputError if the record cannot be written, and BundleError for one that is none:
        the old one stays then.
        """
        with self._locked():
            old = self.record(name)
            if old is None:
                new = Record(kept)
            elif old.current == kept:
                return
            else:
                # What is taken on purpose is not away any more.
                away = tuple(each for each in old.rolled_back if each != kept.short_digest)
                new = Record(kept, old.current, away)
            self._write(name, new)
            self._remove_others(name, new)

    def previous(self, name: str) -> Kept:
        """Return the version of ``name`` that was served before the current one.

        Raises SatchelError if there is none.
        """
        if name not in self.names():
            known = ", ".join(self.names()) or "none"
            raise SatchelError(
                f"Expected a model that {str(self.folder)!r} keeps ({known}), got {name!r:.80}."
            )
        record = self.record(name)
        assert record is not None, "a record is replaced and never removed"
        if record.previous is None or not self.path_of(name, record.previous).is_file():
            raise SatchelError(
                f"Expected an earlier version of {name} to go back to, got only"
                f" {record.current.version}: one is kept from the first switch on."
            )
        return record.previous

    def roll_back(self, name: str) -> Record:
        """Make the previous version of ``name`` the current one, and the current one the previous.

        The version that was current is not taken again until this is called once more.

        Raises SatchelError if there is no previous version, OutputError if the record cannot be
        written.
        """
        previous = self.previous(name)
        with self._locked():
            old = self.record(name)
            if old is None or old.previous != previous:
                raise SatchelError(
                    f"Expected {name} to stay as it was, another program changed it."
                )
            away = [each for each in old.rolled_back if each != previous.short_digest]
            away = [*away, old.current.short_digest][-MOST_ROLLED_BACK:]
            new = Record(previous, old.current, tuple(away))
            self._write(name, new)
        return new

    def begin_attempt(self, name: str, kept: Kept) -> None:
        """Note that ``kept`` is tried now, so that the next start knows if this process ends.

        Raises OutputError if it cannot be written.
        """
        count = self.open_attempts(name, kept) + 1
        content = json.dumps({"short_digest": kept.short_digest, "count": count}).encode("ascii")
        with self._locked():
            write_atomically(content, self._attempt_path(name))

    def end_attempt(self, name: str) -> None:
        """Note that the attempt has ended, well or not."""
        with suppress(OSError):
            # Where it cannot be removed, nothing can be written, and nothing is tried.
            self._attempt_path(name).unlink(missing_ok=True)

    def open_attempts(self, name: str, kept: Kept) -> int:
        """Return how often the process has ended in a row while it tried ``kept``."""
        try:
            found = read_regular_file(str(self._attempt_path(name)), MOST_RECORD_BYTES)
            said = Fields(load_json(found.content, MOST_RECORD_BYTES), "attempt")
            is_same = said.take("short_digest", str) == kept.short_digest
            return said.integer("count", 0, MOST_RECORD_BYTES) if is_same else 0
        except (OSError, CardError):
            return 0

    def forget(self, name: str, kept: Kept) -> None:
        """Remove a version that was kept and is not served after all.

        A version that the record names stays.
        """
        with self._locked():
            record = self.record(name)
            if record is None or kept not in (record.current, record.previous):
                self.path_of(name, kept).unlink(missing_ok=True)

    def _attempt_path(self, name: str) -> Path:
        return self.folder / name / ATTEMPT_NAME

    def _record_path(self, name: str) -> Path:
        return self.folder / name / RECORD_NAME

    def _write(self, name: str, record: Record) -> None:
        said = {
            "current": record.current._asdict(),
            "previous": None if record.previous is None else record.previous._asdict(),
            "rolled_back": list(record.rolled_back),
        }
        path = self._record_path(name)
        write_atomically(json.dumps(said, indent=1).encode("ascii") + b"\n", path)
        _give_to_owner(path)
        _put_on_disk(path.parent)

    def _remove_others(self, name: str, record: Record) -> None:
        for path in (self.folder / name).glob("*.satchel"):
            found = _KEPT_NAME.fullmatch(path.name)
            if found and Kept(found[1], found[2]) not in record[:2]:
                path.unlink(missing_ok=True)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Let no other process change the store meanwhile. The end of a process ends its lock."""
        if sys.platform == "win32":
            yield
            return
        import fcntl

        try:
            # For reading: another user's file, such as root's, can be locked by it as well.
            descriptor = os.open(self.folder / LOCK_NAME, os.O_RDONLY | os.O_CREAT, 0o644)
        except OSError as error:
            raise OutputError(
                f"Expected a folder of versions to write to, got {str(self.folder)!r}:"
                f" {error.strerror}."
            ) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def _remove_remains(folder: Path) -> None:
    """Remove what a process that was killed has left half written."""
    for path in folder.glob(".*"):
        path.unlink(missing_ok=True)


def _give_to_owner(path: Path) -> None:
    """Let the owner of its folder read what root has written: the service is another user.

    Raises OutputError if root may not do that, as on some network folders.
    """
    if sys.platform == "win32" or os.geteuid() != 0:
        return
    try:
        owner = path.parent.stat()
        os.chown(path, owner.st_uid, owner.st_gid)
    except OSError as error:
        raise OutputError(
            f"Expected to give {str(path)!r} to the owner of its folder, got: {error.strerror}."
        ) from error


def _put_on_disk(folder: Path) -> None:
    """Wait until the names in ``folder`` are on the disk; raises OutputError."""
    if sys.platform == "win32":
        return
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise OutputError(f"Expected to write {str(folder)!r}, got: {error.strerror}.") from error


def _parsed(content: bytes, path: Path) -> Record:
    try:
        said = Fields(load_json(content, MOST_RECORD_BYTES), "record")
        previous = said.values.get("previous")
        return Record(
            _kept(said.inner("current")),
            None if previous is None else _kept(said.inner("previous")),
            said.texts("rolled_back", ()),
        )
    except CardError as error:
        raise BundleError(
            f"Expected a record of versions in {str(path)!r}, got another file: {error}"
        ) from error


def _kept(said: Fields) -> Kept:
    # The names of files are made of these.
    return Kept(
        said.pattern("version", VERSION_PATTERN), said.pattern("short_digest", _DIGEST_PATTERN)
    )
