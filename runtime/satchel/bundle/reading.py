"""Opens a bundle and checks it before anything in it is used."""

import os
import stat
from collections.abc import Mapping
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from satchel import limits
from satchel.bundle.archive import CARD_NAME, unpack
from satchel.bundle.card import Card, parse_card
from satchel.bundle.hashing import sha256
from satchel.errors import BundleError, CardError
from satchel.signatures import SIGNATURE_NAME

if TYPE_CHECKING:
    from satchel.bundle.trust import Trust, TrustSource
    from satchel.signatures.keys import PublicKey

_PIECE_BYTES = 1 << 20


class Bundle(NamedTuple):
    """A card and the bytes of every file that it lists. Their hashes have been checked."""

    card: Card
    files: Mapping[str, bytes]
    """The content of each file by its name, without the card and its signature."""
    signer: "PublicKey | None" = None
    """The key that made the bundle's valid signature. None for a bundle without a signature.
    Anybody can sign a bundle: ``trust`` decides whether this key counts."""
    card_digest: str = ""
    """The SHA-256 of ``card.json`` as it was read. Empty for a bundle that was never a file."""


def open_bundle(path: str | os.PathLike[str], *, trust: "TrustSource | None" = None) -> Bundle:
    """Return the bundle at ``path``, a .satchel file or a folder that holds the same files.

    The file is read once. These bytes are checked and hashed, and later handed to the engine.
    ``trust`` is a file of public keys or a Trust: one of these keys must have signed the bundle.

    Raises BundleError for a file that is missing, changed or not a bundle, CardError for a wrong
    card, TrustError for a bundle that is not trusted, InputError for a wrong file of keys.
    """
    if trust is not None:
        from satchel.bundle.trust import open_trust

        trust = open_trust(trust)
    place = os.fspath(path)
    entries = _read_folder(place) if _is_folder(place) else unpack(read_archive(place))
    return check_entries(entries, trust=trust)


def read_archive(path: str | os.PathLike[str]) -> bytes:
    """Return the content of the file at ``path`` without checking it.

    Raises BundleError for a file that cannot be read, or that is larger than any bundle may be.
    """
    return _read_file(os.fspath(path), limits.MAX_ARCHIVE_BYTES)


def check_entries(entries: Mapping[str, bytes], *, trust: "Trust | None" = None) -> Bundle:
    """Return the bundle made of these entries, checked. Raises what ``open_bundle`` raises."""
    files = dict(entries)
    if CARD_NAME not in files:
        raise BundleError(f"Expected {CARD_NAME} in the bundle, got none.")
    content = files.pop(CARD_NAME)
    signer = None
    # A bundle without a signature does not pay for the import of what checks one.
    if SIGNATURE_NAME in files:
        from satchel.signatures.sshsig import check_signature

        signer = check_signature(files.pop(SIGNATURE_NAME), content)
    if trust is None:
        card = parse_card(content)
    else:
        from satchel.bundle.trust import trusted_card

        card = trusted_card(content, signer, trust)
    _check_files(card, files)
    return Bundle(card, files, signer, digest(content))


def open_bundle_for(
    task: str, source: str | os.PathLike[str] | Bundle, *, trust: "TrustSource | None" = None
) -> Bundle:
    """Return ``source``, or the bundle at that path. It must be a bundle for ``task``.

    Raises BundleError for another task, and what ``open_bundle`` raises.
    """
    if not isinstance(source, Bundle):
        bundle = open_bundle(source, trust=trust)
    else:
        bundle = source
        if trust is not None:
            from satchel.bundle.trust import check_trusted, open_trust

            check_trusted(bundle.card, bundle.signer, open_trust(trust))
    if bundle.card.task != task:
        raise BundleError(f"Expected a bundle for {task}, got one for {bundle.card.task}.")
    return bundle


def digest(content: bytes) -> str:
    """Return the SHA-256 of ``content`` as a card writes it, such as ``sha256:9f86d0...``."""
    return "sha256:" + sha256(content)


def _is_folder(path: str) -> bool:
    try:
        return stat.S_ISDIR(os.stat(path).st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (OSError, ValueError) as error:
        # The path is too long, or holds a NUL.
        raise BundleError(f"Expected the path of a bundle, got {path[:60]!r}.") from error


def _read_file(path: str, limit: int) -> bytes:
    try:
        with open(path, "rb") as file:
            content = _read_up_to(limit + 1, file)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise BundleError(f"Expected a bundle, got {path[:200]!r}: {reason}.") from error
    if len(content) > limit:
        raise BundleError(
            f"Expected a bundle of at most {limits.MAX_ARCHIVE_BYTES:,} bytes, got more."
        )
    return content


def _read_up_to(most: int, file: BinaryIO) -> bytes:
    # A read allocates as much memory as it is asked for, so it is never asked for the limit itself.
    # For a device or a pipe the system reports 0 bytes.
    piece_bytes = max(os.fstat(file.fileno()).st_size + 1, _PIECE_BYTES)
    pieces: list[bytes] = []
    while most > 0 and (piece := file.read(min(piece_bytes, most))):
        pieces.append(piece)
        most -= len(piece)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _read_folder(place: str) -> dict[str, bytes]:
    # Imported here, because a cold start that opens a file does not need it.
    from pathlib import Path

    folder = Path(place)
    if not (folder / CARD_NAME).is_file():
        raise BundleError(f"Expected {CARD_NAME} in the bundle folder {folder.name!r}.")
    entries: dict[str, bytes] = {}
    left = limits.MAX_ARCHIVE_BYTES
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not (path.is_dir() or path.is_file()):
            kind = "link" if path.is_symlink() else "device or pipe"
            raise BundleError(f"Expected files in the bundle folder, got the {kind} {path.name!r}.")
        if path.is_file():
            content = _read_file(str(path), left)
            left -= len(content)
            entries[path.relative_to(folder).as_posix()] = content
        if len(entries) > limits.MAX_ENTRIES:
            raise BundleError(
                f"Expected at most {limits.MAX_ENTRIES} files in a bundle folder, got more."
            )
    return entries


def _check_files(card: Card, files: Mapping[str, bytes]) -> None:
    if not card.models:
        raise CardError(
            "Expected a bundle with models, got a card without any: is it a model folder?"
        )
    for name in sorted(card.files.keys() ^ files.keys()):
        state = "missing" if name in card.files else "in the bundle but not in the card"
        raise BundleError(f"Expected the files that the card lists, {name!r:.110} is {state}.")
    for name, content in files.items():
        found = digest(content)
        if found != card.files[name]:
            raise BundleError(f"Expected {name!r} with {card.files[name]}, got {found}.")
    for model in card.models:
        if model.size_bytes != len(files[model.file]):
            raise BundleError(
                f"Expected {model.size_bytes:,} bytes in {model.file!r},"
                f" got {len(files[model.file]):,}."
            )
