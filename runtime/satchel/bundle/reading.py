"""Opens a bundle and checks it before anything in it is used."""

import os
import stat
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from threading import Thread
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from satchel import limits
from satchel.bundle.archive import CARD_NAME, StoredEntries, open_archive, unpack
from satchel.bundle.card import Card, ModelEntry, parse_card
from satchel.bundle.hashing import OPENSSL_PAYS_BYTES, check_digest, digest
from satchel.bundle.open_file import OpenFile
from satchel.bundle.policy_places import policies_here
from satchel.errors import BundleError, CardError
from satchel.signatures import SIGNATURE_NAME

if TYPE_CHECKING:
    from satchel.bundle.policy import Admission, Policy
    from satchel.bundle.trust import Trust, TrustSource
    from satchel.signatures.keys import PublicKey

_PIECE_BYTES = 1 << 20


class Bundle(NamedTuple):
    """A card and the files that it lists.

    The files of a .satchel file are read, and their hashes checked, when they are used: each time
    anew, from the one open file.
    """

    card: Card
    files: Mapping[str, bytes]
    """The content of each file by its name, without the card and its signature. Raises BundleError
    for a file whose content is not what the card says."""
    signer: "PublicKey | None" = None
    """The key that made the bundle's valid signature. None for a bundle without a signature.
    Anybody can sign a bundle: ``trust`` decides whether this key counts."""
    card_digest: str = ""
    """The SHA-256 of ``card.json`` as it was read. Empty for a bundle that was never a file."""
    admissions: "tuple[Admission, ...]" = ()
    """Why each policy has let the bundle in. Empty if no policy applied."""
    proven: "set[tuple[str, str]] | None" = None
    """The models, each with an engine, whose golden vectors have passed in a child process. If it
    is not None, a policy asks for that, and ``open_model`` opens no other model."""

    def close(self) -> None:
        """Close the file that ``files`` are read from. Otherwise the last reference closes it."""
        if isinstance(self.files, StoredEntries):
            self.files.close()


def open_bundle(
    path: str | os.PathLike[str],
    *,
    trust: "TrustSource | None" = None,
    policy: "Policy | None" = None,
    whole: bool = False,
) -> Bundle:
    """Return the bundle at ``path``, a .satchel file or a folder that holds the same files.

    The card, its signature and the place of every file in the .satchel file are checked. The files
    themselves are checked when they are used, or here with ``whole``. The file stays open, so that
    what was checked is what is used. The policy of this device applies
    (``docs/guides/policy.md``). ``policy`` takes the place of the user's own policy, not of the
    device's. ``trust`` is a further condition: a file of public keys or a Trust, of which one key
    must have signed the bundle.

    Raises BundleError for a file that is missing, changed or not a bundle, CardError for a wrong
    card, TrustError for a bundle that is not trusted, InputError for a wrong file of keys and for a
    wrong file of a policy.
    """
    if trust is not None:
        from satchel.bundle.trust import open_trust

        trust = open_trust(trust)
    policies = policies_here(policy)
    entries = read_entries(path)
    try:
        bundle = check_entries(entries, trust=trust, policies=policies)
        if whole:
            check_files(bundle)
    except BaseException:
        if isinstance(entries, StoredEntries):
            entries.close()
        raise
    return bundle


def check_files(bundle: Bundle) -> None:
    """Read every file of ``bundle``; raises BundleError for one that is not what its card says."""
    for name in bundle.files:
        bundle.files[name]


def read_ahead(bundle: Bundle, model: ModelEntry) -> Callable[[], bytes]:
    """Return a function that waits for the file of ``model``, which a thread reads and checks.

    The function raises what ``bundle.files`` raises.
    """
    found: list[bytes] = []

    def read() -> None:
        # A wrong file is read again by the one who waits, and who gets the error.
        with suppress(BundleError, OSError):
            found.append(bundle.files[model.file])

    def content() -> bytes:
        if thread.is_alive():
            thread.join()
        return found.pop() if found else bundle.files[model.file]

    thread = Thread(target=read)
    # Python's own hash of small files lets no other thread run.
    if model.size_bytes >= OPENSSL_PAYS_BYTES:
        thread.start()
    return content


def open_pinned_bundle(path: str | os.PathLike[str], card_digest: str) -> Bundle:
    """Return the bundle at ``path`` whose card has this digest, whatever a policy says.

    This is for a child process. Its parent has opened the bundle under the policy, and names it.

    Raises BundleError for another bundle, and what ``open_bundle`` raises.
    """
    bundle = check_entries(read_entries(path))
    if bundle.card_digest != card_digest:
        raise BundleError(
            f"Expected the bundle with the card {card_digest}, got {bundle.card_digest}: the file"
            " was replaced meanwhile."
        )
    return bundle


def read_entries(path: str | os.PathLike[str]) -> Mapping[str, bytes]:
    """Return the entries of the file or folder at ``path``; raises BundleError.

    Neither the card nor the hashes are checked: ``check_entries`` does that. Those of a file are
    read when they are asked for.
    """
    place = os.fspath(path)
    return _read_folder(place) if _is_folder(place) else _read_bundle_file(place)


def read_archive(path: str | os.PathLike[str]) -> bytes:
    """Return the content of the file at ``path`` without checking it.

    Raises BundleError for a file that cannot be read, or that is larger than any bundle may be.
    """
    return _read_file(os.fspath(path), limits.MAX_ARCHIVE_BYTES)


def check_entries(
    entries: Mapping[str, bytes],
    *,
    trust: "Trust | None" = None,
    policies: "Sequence[Policy]" = (),
) -> Bundle:
    """Return the bundle made of these entries, checked, also by ``trust`` and ``policies``.

    The content of stored entries is checked when it is read, that of others here.

    Raises what ``open_bundle`` raises.
    """
    if CARD_NAME not in entries:
        raise BundleError(f"Expected {CARD_NAME} in the bundle, got none.")
    content = entries[CARD_NAME]
    signer = None
    # A bundle without a signature does not pay for the import of what checks one.
    if SIGNATURE_NAME in entries:
        from satchel.signatures.sshsig import check_signature

        signer = check_signature(entries[SIGNATURE_NAME], content)
    admissions: tuple[Admission, ...] = ()
    if trust is None and not policies:
        card = parse_card(content)
    else:
        from satchel.bundle.policy import admit_card

        card, admissions = admit_card(content, signer, trust, policies)
    files = _listed_files(card, entries)
    return Bundle(card, files, signer, digest(content), admissions, _proven(policies))


def open_bundle_for(
    task: str,
    source: str | os.PathLike[str] | Bundle,
    *,
    trust: "TrustSource | None" = None,
    policy: "Policy | None" = None,
) -> Bundle:
    """Return ``source``, or the bundle at that path. It must be a bundle for ``task``.

    An open bundle was checked when it was opened. It is checked again by ``trust``, and with
    ``policy`` by what then applies.

    Raises BundleError for another task, and what ``open_bundle`` raises.
    """
    if isinstance(source, Bundle):
        bundle = _checked_again(source, trust, policy)
    else:
        bundle = open_bundle(source, trust=trust, policy=policy)
    if bundle.card.task != task:
        raise BundleError(f"Expected a bundle for {task}, got one for {bundle.card.task}.")
    return bundle


def _checked_again(bundle: Bundle, trust: "TrustSource | None", policy: "Policy | None") -> Bundle:
    if trust is not None:
        from satchel.bundle.trust import check_trusted, open_trust

        check_trusted(bundle.card, bundle.signer, open_trust(trust))
    if policy is None:
        return bundle
    from satchel.bundle.policy import admit

    policies = policies_here(policy)
    admissions = tuple(admit(bundle.card, bundle.signer, each) for each in policies)
    proven = _proven(policies) if bundle.proven is None else bundle.proven
    return bundle._replace(admissions=admissions, proven=proven)


def _proven(policies: "Sequence[Policy]") -> set[tuple[str, str]] | None:
    """Return the models that have passed in a child process: none yet, if a policy asks for it."""
    return set() if any(policy.isolated for policy in policies) else None


def _is_folder(path: str) -> bool:
    try:
        return stat.S_ISDIR(os.stat(path).st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (OSError, ValueError) as error:
        # The path is too long, or holds a NUL.
        raise BundleError(f"Expected the path of a bundle, got {path[:60]!r}.") from error


def _read_bundle_file(path: str) -> Mapping[str, bytes]:
    try:
        file = OpenFile(path)
        try:
            found = file.status()
            if stat.S_ISREG(found.st_mode) and found.st_size <= limits.MAX_ARCHIVE_BYTES:
                return open_archive(file, found.st_size)
        except BaseException:
            file.close()
            raise
        file.close()
        return unpack(read_archive(path))
    except BundleError:
        # It is a ValueError too, and says already what is wrong.
        raise
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error


def _unreadable(path: str, error: Exception) -> BundleError:
    reason = getattr(error, "strerror", None) or error
    return BundleError(f"Expected a bundle, got {path[:200]!r}: {reason}.")


def _read_file(path: str, limit: int) -> bytes:
    try:
        with open(path, "rb") as file:
            content = _read_up_to(limit + 1, file)
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error
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
    # A file is opened without it.
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


def _listed_files(card: Card, entries: Mapping[str, bytes]) -> Mapping[str, bytes]:
    """Return the entries that are the card's files, checked or to be checked when they are read."""
    if not card.models:
        raise CardError(
            "Expected a bundle with models, got a card without any: is it a model folder?"
        )
    for name in sorted(card.files.keys() ^ (entries.keys() - {CARD_NAME, SIGNATURE_NAME})):
        state = "missing" if name in card.files else "in the bundle but not in the card"
        raise BundleError(f"Expected the files that the card lists, {name!r:.110} is {state}.")
    if isinstance(entries, StoredEntries):
        files: Mapping[str, bytes] = entries.checked(card.files)
    else:
        files = {name: entries[name] for name in entries if name in card.files}
        for name, content in files.items():
            check_digest(name, content, card.files[name])
    stored = entries.size if isinstance(entries, StoredEntries) else lambda name: len(files[name])
    for model in card.models:
        found = stored(model.file)
        if model.size_bytes != found:
            raise BundleError(
                f"Expected {model.size_bytes:,} bytes in {model.file!r}, got {found:,}."
            )
    return files
