"""Remembers what ``satchel tune`` found to be the fastest, for a bundle on a kind of device.

There is one file for each bundle and kind of device, in ``SATCHEL_STATE`` or in the state folder of
the XDG Base Directory Specification (https://specifications.freedesktop.org/basedir-spec/latest).
Its content is a hint: a file that is damaged, or from other engines than those here, causes one
warning and no error.
"""

import json
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from satchel import limits
from satchel.bundle.hashing import sha256
from satchel.bundle.strict_json import Fields, load_json
from satchel.device.hardware import Device, this_device
from satchel.device.state_dir import VARIABLE, state_folder
from satchel.engines.engine import engine_version, installed_engines
from satchel.errors import CardError, OutputError
from satchel.regular_files import read_regular_file

if TYPE_CHECKING:
    from pathlib import Path

FORMAT_VERSION = 1
MAX_CHOICE_BYTES = 64 << 10


class Choice(NamedTuple):
    """The model, engine and threads to use by default."""

    file: str
    engine: str
    threads: int
    latency_ms: float
    """The median latency when it was measured."""
    measured: str
    """The date of the measurement, ISO 8601."""


def remember(choice: Choice, card_digest: str) -> "Path":
    """Write ``choice`` for the bundle with that card on this device, and return the file's path.

    Raises OutputError if it cannot be written.
    """
    device = this_device()
    found = choice_file(card_digest, device)
    if found is None:
        raise OutputError(f"Expected a home to remember the choice in: set {VARIABLE} to a folder.")
    # A choice is recalled without it.
    from pathlib import Path

    from satchel.writing import atomic_file, make_folder

    path = Path(found)
    make_folder(path.parent)
    content = {
        "satchel_choice": FORMAT_VERSION,
        "card": card_digest,
        "device": device._asdict(),
        "engines": _versions(),
        **choice._asdict(),
    }
    try:
        # A pipe or a device in this place is replaced: to write to it could take for ever.
        with atomic_file(path) as file:
            file.write((json.dumps(content, indent=1) + "\n").encode())
    except OSError as error:
        raise OutputError(f"Expected to write {str(path)!r}, got: {error.strerror}.") from error
    return path


def recall(card_digest: str) -> Choice | None:
    """Return the choice for the bundle with that card on this device, None if there is none.

    A choice that cannot be used is no error: the logger ``satchel`` gives a warning with the
    reason.
    """
    device = this_device()
    path = choice_file(card_digest, device)
    if path is None:
        return None
    try:
        content = read_regular_file(path, MAX_CHOICE_BYTES).content
    except FileNotFoundError:
        return None
    except OSError as error:
        _warn(path, error.strerror or str(error))
        return None
    try:
        return _parse(content, card_digest, device)
    except CardError as error:
        _warn(path, str(error))
        return None


def forget(card_digest: str) -> bool:
    """Remove the choice for the bundle with that card on this device; return whether it existed."""
    path = choice_file(card_digest, this_device())
    if path is None or not os.path.exists(path):
        return False
    os.unlink(path)
    return True


def choice_file(card_digest: str, device: Device) -> str | None:
    """Return the path of the file that remembers the choice for that card on that device.

    None for a user without a home, as in some containers.
    """
    folder = state_folder()
    kind = sha256(json.dumps(device).encode())[:16]
    name = f"{card_digest.removeprefix('sha256:')}-{kind}.json"
    return None if folder is None else os.path.join(folder, "choices", name)


def _parse(content: bytes, card_digest: str, device: Device) -> Choice:
    """Return the choice in ``content``; raises CardError if it is for another bundle or device."""
    fields = Fields(load_json(content, MAX_CHOICE_BYTES), "choice")
    fields.integer("satchel_choice", FORMAT_VERSION, FORMAT_VERSION)
    # The name of the file says it too, but a copied file has a wrong name.
    fields.constant("card", card_digest)
    if fields.mapping("device") != device._asdict():
        raise fields.wrong("device", device.model or device.machine, fields.values["device"])
    if fields.mapping("engines") != _versions():
        raise fields.wrong("engines", _listed(_versions()), _listed(fields.mapping("engines")))
    return Choice(
        file=fields.take("file", str),
        engine=fields.take("engine", str),
        threads=fields.integer("threads", 1, limits.MAX_THREADS),
        latency_ms=fields.number("latency_ms", 0, 1e9),
        measured=fields.pattern("measured", r"\d{4}-\d{2}-\d{2}"),
    )


def _versions() -> dict[str, str]:
    return {name: engine_version(name) for name in installed_engines()}


def _listed(versions: Mapping[str, object]) -> str:
    return ", ".join(f"{name} {version}" for name, version in versions.items())


def _warn(path: str, reason: str) -> None:
    # Few starts warn.
    import logging

    logging.getLogger("satchel").warning(
        "satchel: the choice in %s is not used, satchel tune finds a new one: %s", path, reason
    )
