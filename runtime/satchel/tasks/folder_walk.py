"""Finds the files in a folder that a task can read, and says which it left out, and why."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple, TypeAlias

from satchel.errors import name_some

_OF_SYSTEMS = frozenset({"thumbs.db", "desktop.ini", "__macosx", "@eadir", "$recycle.bin"})
"""The files and folders that systems put beside a user's, and that are not hidden by a dot."""


class Fault(NamedTuple):
    """Why a file is left out."""

    reason: str
    """Words behind a number, such as ``HEIC`` or ``no image``."""
    remedy: str = ""
    """What the user may do, with ``it`` for the file; empty if nothing helps."""


class LeftOut(NamedTuple):
    """A file or folder that was left out."""

    path: Path
    fault: Fault


FindFault: TypeAlias = Callable[[Path], Fault | None]
"""Returns why a file is not for a task, None if it is."""


class Walked(NamedTuple):
    """What a folder and the folders in it hold."""

    files: Sequence[Path]
    """The files for the task, sorted."""
    left_out: Sequence[LeftOut]


def walk_folder(folder: Path, find_fault: FindFault) -> Walked:
    """Return the files in ``folder``, and in the folders in it, that have no fault.

    Links to folders are followed, and every folder is read once, so a loop of links ends. What
    cannot be read is left out, and so is everything hidden.
    """
    files: list[Path] = []
    left_out: list[LeftOut] = []
    seen: set[tuple[int, int]] = set()
    waiting = [folder]
    while waiting:
        place = waiting.pop()
        try:
            status, entries = place.stat(), list(place.iterdir())
        except OSError as error:
            left_out.append(LeftOut(place, Fault(f"unreadable folder, {error.strerror}")))
            continue
        if (status.st_dev, status.st_ino) in seen:
            left_out.append(LeftOut(place, Fault("link to a folder that was read already")))
            continue
        seen.add((status.st_dev, status.st_ino))
        for path in entries:
            if is_hidden(path.name):
                left_out.append(LeftOut(path, Fault("hidden")))
            elif path.is_dir():
                waiting.append(path)
            elif (fault := find_fault(path)) is not None:
                left_out.append(LeftOut(path, fault))
            else:
                files.append(path)
    return Walked(sorted(files), sorted(left_out))


def is_hidden(name: str) -> bool:
    """Return whether a name is that of a system's own file or folder."""
    return name.startswith(".") or name.lower() in _OF_SYSTEMS


def unreadable(error: OSError) -> Fault:
    """Return the fault of a file that cannot be opened, or that is a pipe or a device."""
    return Fault(f"unreadable, {error.strerror}")


def summarize(folder: Path, left_out: Sequence[LeftOut]) -> str:
    """Return one line that says what was left out and why."""
    groups: dict[Fault, list[str]] = {}
    for path, fault in left_out:
        groups.setdefault(fault, []).append(os.path.relpath(path, folder))
    what = "files and folders" if any(path.is_dir() for path, _ in left_out) else "files"
    if len(left_out) == 1:
        what = what.split(" and ")[-1].removesuffix("s")
    parts = [_in_words(fault, names) for fault, names in groups.items()]
    return f"{folder}: left out {len(left_out):,} {what}: {', '.join(parts)}"


def _in_words(fault: Fault, names: Sequence[str]) -> str:
    remedy = fault.remedy if len(names) == 1 else fault.remedy.replace(" it", " them")
    about = f"{remedy}: " if remedy else ""
    return f"{len(names):,} {fault.reason} ({about}{name_some(names)})"
