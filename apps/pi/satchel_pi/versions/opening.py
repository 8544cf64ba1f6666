"""Opens what a watched folder holds when a service starts."""

from pathlib import Path
from typing import NamedTuple

from satchel.bundle import Bundle, Trust, open_bundle
from satchel.errors import SatchelError
from satchel_pi.versions.candidates import Candidate, files_in, read_candidate
from satchel_pi.versions.rules import version_order
from satchel_pi.versions.store import Record, VersionStore
from satchel_pi.versions.updating import Refused, refusal

STORE_NAME = "versions"
"""The folder inside of a watched folder that keeps the versions."""


class Opened(NamedTuple):
    """The bundles of a watched folder."""

    bundles: dict[str, Bundle]
    """The bundles to serve, by the names of their models."""
    digests: dict[str, str]
    """The short digest of each bundle that comes from the store."""
    new: list[Candidate]
    """The bundles that are not in the store yet: ``Updater.adopt`` puts them there."""
    refused: list[Refused]
    """What does not open."""


def store_of(folder: Path) -> VersionStore:
    """Return the store inside of a watched folder."""
    return VersionStore(folder / STORE_NAME)


def open_folder(folder: Path, trust: Trust | None) -> Opened:
    """Return the bundles to serve: for each model the current version in the store.

    If that does not open any more, it is the previous version. A model that the store does not
    have is taken from the folder, in the newest version that opens.

    Raises SatchelError for a folder that cannot be read.
    """
    opened = Opened({}, {}, [], [])
    store = store_of(folder)
    for name in store.names():
        _open_stored(store, name, trust, opened)
    newest: dict[str, Candidate] = {}
    for path in files_in(folder):
        try:
            found = read_candidate(path, trust)
        except SatchelError as error:
            opened.refused.append(refusal(str(path), error))
            continue
        name = found.card.name
        best = newest.get(name)
        if name not in opened.bundles and (
            best is None or version_order(found.card) > version_order(best.card)
        ):
            newest[name] = found
    for name, found in newest.items():
        try:
            opened.bundles[name] = open_bundle(found.path, trust=trust, whole=True)
        except SatchelError as error:
            opened.refused.append(refusal(str(found.path), error))
        else:
            opened.new.append(found)
    return opened


def _open_stored(store: VersionStore, name: str, trust: Trust | None, opened: Opened) -> None:
    try:
        record = store.record(name)
    except SatchelError as error:
        opened.refused.append(refusal(str(store.folder / name), error))
        return
    for kept in record[:2] if record else ():
        if kept is None:
            return
        try:
            bundle = open_bundle(store.path_of(name, kept), trust=trust, whole=True)
        except SatchelError as error:
            opened.refused.append(refusal(str(store.path_of(name, kept)), error))
        else:
            opened.bundles[name] = bundle
            opened.digests[name] = kept.short_digest
            return


def roll_back(folder: Path, name: str, trust: Trust | None) -> Record:
    """Make the previous version of ``name`` the one that a watched folder says is served.

    A service that watches the folder tests it and switches; one that starts opens it.

    Raises SatchelError if there is no previous version, what ``open_bundle`` raises if it does not
    open under the policies of this device, OutputError if the folder cannot be written.
    """
    store = store_of(folder)
    open_bundle(store.path_of(name, store.previous(name)), trust=trust, whole=True).close()
    return store.roll_back(name)
