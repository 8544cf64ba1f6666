"""Signs bundles and makes keys for that. It needs the extra ``sign``; a device does not."""

from collections.abc import Callable, Mapping
from importlib.util import find_spec
from typing import TYPE_CHECKING, NamedTuple

from satchel.bundle.archive import CARD_NAME, pack, unpack
from satchel.bundle.reading import Bundle, check_entries
from satchel.errors import InputError, SatchelError, first_line
from satchel.signatures import SIGNATURE_NAME
from satchel.signatures.sshsig import Signature, format_signature, message_to_sign, parse_signature

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_OPENSSH = b"-----BEGIN OPENSSH PRIVATE KEY-----"


class Signed(NamedTuple):
    """A bundle with a signature."""

    archive: bytes
    bundle: Bundle
    """The same bundle, opened. Its ``signer`` is the key that signed it."""


class KeyPair(NamedTuple):
    """The contents of the two files that ``ssh-keygen -t ed25519`` writes."""

    private: bytes
    public: bytes


def new_key_pair(comment: str) -> KeyPair:
    """Return a new Ed25519 key without a passphrase.

    Raises SatchelError if the package cryptography is not installed.
    """
    _need_cryptography()
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
        PublicFormat,
    )

    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    return KeyPair(
        key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()),
        public + f" {comment}\n".encode(),
    )


def sign(archive: bytes, *, key: bytes, passphrase: Callable[[], str]) -> Signed:
    """Return the bundle ``archive``, signed with ``key``. The new signature replaces an old one.

    ``key`` is the content of a private key's file in OpenSSH's format, or in PKCS #8 and PEM.
    ``passphrase`` is called if the key is encrypted.

    Raises BundleError if ``archive`` is not a bundle, InputError if ``key`` is not an Ed25519 key
    or the passphrase is wrong, SatchelError if the package cryptography is not installed.
    """
    private = _load_key(key, passphrase)
    entries = _unsigned(archive)
    value = private.sign(message_to_sign(entries[CARD_NAME]))
    point = private.public_key().public_bytes_raw()
    return _attach(Signature(point, value), entries)


def attach_signature(archive: bytes, signature: bytes) -> Signed:
    """Return the bundle ``archive`` with ``signature``, which ``ssh-keygen -Y sign`` made.

    Raises BundleError if ``archive`` is not a bundle, or the signature does not fit its card.
    """
    return _attach(parse_signature(signature), _unsigned(archive))


def _unsigned(archive: bytes) -> dict[str, bytes]:
    """Return the entries of a bundle without its signature, checked. Raises BundleError."""
    entries = unpack(archive)
    entries.pop(SIGNATURE_NAME, None)
    check_entries(entries)
    return entries


def _attach(signature: Signature, entries: Mapping[str, bytes]) -> Signed:
    signed = {**entries, SIGNATURE_NAME: format_signature(signature)}
    # Nothing is written before it passes the check that a device makes.
    bundle = check_entries(signed)
    return Signed(pack(signed), bundle)


def _load_key(content: bytes, passphrase: Callable[[], str]) -> "Ed25519PrivateKey":
    _need_cryptography()
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = _parse_key(content, None) or _parse_key(content, passphrase().encode())
    if not isinstance(key, Ed25519PrivateKey):
        kind = "a wrong passphrase" if key is None else f"an {type(key).__name__}"
        raise InputError(
            f"Expected a private Ed25519 key, got {kind}: satchel keygen or ssh-keygen makes one."
        )
    return key


def _parse_key(content: bytes, passphrase: bytes | None) -> object:
    """Return a private key of any kind, None if it needs a passphrase.

    Raises InputError if ``content`` is not a private key, or the passphrase is wrong.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import (
        load_pem_private_key,
        load_ssh_private_key,
    )

    load = load_ssh_private_key if content.startswith(_OPENSSH) else load_pem_private_key
    try:
        return load(content, passphrase)
    except TypeError:
        return None
    except (ValueError, UnsupportedAlgorithm) as error:
        raise InputError(
            f"Expected a private Ed25519 key and its passphrase, got: {first_line(error)}"
        ) from error


def _need_cryptography() -> None:
    if find_spec("cryptography") is None:
        raise SatchelError(
            "Expected the package cryptography to sign with, got none:"
            " pip install 'cryptography[ssh]'."
        )
