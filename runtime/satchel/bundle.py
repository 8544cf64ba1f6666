"""Opens a bundle and checks it before anything in it is used."""

import hashlib
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from satchel.archive import CARD_NAME, MAX_ARCHIVE_BYTES, MAX_ENTRIES, unpack
from satchel.card import Card, Task, TextInput, parse_card
from satchel.errors import BundleError, CardError
from satchel.text import RegexTokenizer, compile_delimiter, parse_vocabulary


@dataclass(frozen=True)
class Bundle:
    """A card and the bytes of every file it lists, hashed and found to be theirs."""

    card: Card
    files: Mapping[str, bytes]
    """Name to content, without the card"""


def open_bundle(path: str | os.PathLike[str]) -> Bundle:
    """Return the bundle at ``path``, a .satchel file or a folder of the same files.

    The file is read once, and these bytes are checked, hashed and later handed to the engine.

    Raises BundleError for a file that is missing, changed or not a bundle, CardError for its card.
    """
    place = Path(path)
    entries = (
        _read_folder(place) if _is_folder(place) else unpack(_read_file(place, MAX_ARCHIVE_BYTES))
    )
    if CARD_NAME not in entries:
        raise BundleError(f"Expected {CARD_NAME} in the bundle {place.name!r}, it is not there.")
    card = parse_card(entries.pop(CARD_NAME))
    _check_files(card, entries)
    return Bundle(card, entries)


def open_bundle_for(task: Task, source: str | os.PathLike[str] | Bundle) -> Bundle:
    """Return ``source`` if it is open, or the bundle at that path; it must be one for ``task``.

    Raises BundleError for another task, and what ``open_bundle`` raises.
    """
    bundle = source if isinstance(source, Bundle) else open_bundle(source)
    if bundle.card.task != task:
        raise BundleError(f"Expected a bundle for {task}, got one for {bundle.card.task}.")
    return bundle


def digest(content: bytes) -> str:
    """Return the hash as a card writes it: ``sha256:`` and 64 hexadecimal digits."""
    return "sha256:" + hashlib.sha256(content).hexdigest()


def open_tokenizer(text: TextInput, vocabulary: bytes) -> RegexTokenizer:
    """Return the tokenizer of a text card; raises CardError for a wrong delimiter or vocabulary."""
    return RegexTokenizer(
        compile_delimiter(text.delimiter), parse_vocabulary(vocabulary), text.length
    )


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError) as error:
        # A path that is too long, or has a NUL in it.
        raise BundleError(f"Expected the path of a bundle, got {str(path)[:60]!r}.") from error


def _read_file(path: Path, limit: int) -> bytes:
    try:
        with path.open("rb") as file:
            # A buffer for the largest bundle is more than a small device has; only what is not a
            # file, such as a pipe, does not say how much is in it.
            status = os.fstat(file.fileno())
            size = status.st_size if stat.S_ISREG(status.st_mode) else limit
            content = file.read(min(size, limit) + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise BundleError(f"Expected a bundle, got {str(path)[:200]!r}: {reason}.") from error
    if len(content) > limit:
        raise BundleError(f"Expected a bundle of at most {MAX_ARCHIVE_BYTES:,} bytes, got more.")
    return content


def _read_folder(folder: Path) -> dict[str, bytes]:
    if not (folder / CARD_NAME).is_file():
        raise BundleError(f"Expected {CARD_NAME} in the bundle folder {folder.name!r}.")
    entries: dict[str, bytes] = {}
    left = MAX_ARCHIVE_BYTES
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not (path.is_dir() or path.is_file()):
            kind = "link" if path.is_symlink() else "device or pipe"
            raise BundleError(f"Expected files in the bundle folder, got the {kind} {path.name!r}.")
        if path.is_file():
            content = _read_file(path, left)
            left -= len(content)
            entries[path.relative_to(folder).as_posix()] = content
        if len(entries) > MAX_ENTRIES:
            raise BundleError(f"Expected at most {MAX_ENTRIES} files in a bundle folder, got more.")
    return entries


def _check_files(card: Card, files: Mapping[str, bytes]) -> None:
    if not card.models:
        raise CardError("Expected a bundle with models, got a card of none: is it a model folder?")
    for name in sorted(card.files.keys() ^ files.keys()):
        state = "is listed but not there" if name in card.files else "is there but not listed"
        raise BundleError(f"Expected the files that the card lists, {name!r} {state}.")
    for name, content in files.items():
        found = digest(content)
        if found != card.files[name]:
            raise BundleError(f"Expected {name!r} with {card.files[name]}, got {found}.")
    for model in card.models:
        if model.size_bytes != len(files[model.file]):
            raise BundleError(
                f"Expected {model.size_bytes:,} bytes of {model.file!r},"
                f" got {len(files[model.file]):,}."
            )
