"""Reads and checks the signature of a card. The card holds the hash of every file of the bundle.

It is an SSH signature in a canonical encoding: by an Ed25519 key, in the namespace ``satchel``,
over the SHA-512 of ``card.json``. So ``ssh-keygen -Y sign`` and ``-Y verify`` make and check it,
and a forger cannot choose another algorithm.

Source: OpenSSH's PROTOCOL.sshsig.
"""

import base64
import binascii
import hashlib
from typing import NamedTuple

from satchel.errors import BundleError
from satchel.signatures import SIGNATURE_NAME
from satchel.signatures.ed25519 import KEY_BYTES, SIGNATURE_BYTES, verify
from satchel.signatures.keys import ALGORITHM, PublicKey, ssh_encoding, ssh_string

NAMESPACE = b"satchel"
MAX_SIGNATURE_BYTES = 1000

_MAGIC = b"SSHSIG"
_VERSION = (1).to_bytes(4, "big")
_BEGIN = b"-----BEGIN SSH SIGNATURE-----"
_END = b"-----END SSH SIGNATURE-----"
_LINE = 70
"""The number of characters of base64 in a line that ssh-keygen writes."""
_KEY_AT = len(_MAGIC + _VERSION + ssh_string(b"") + ssh_encoding(b""))


class Signature(NamedTuple):
    """The content of a signature file."""

    point: bytes
    """The signer's public key, 32 bytes."""
    value: bytes
    """The Ed25519 signature, 64 bytes, RFC 8032."""


def message_to_sign(card: bytes) -> bytes:
    """Return the bytes that the Ed25519 key signs for ``card``."""
    hashed = hashlib.sha512(card).digest()
    return _MAGIC + b"".join(map(ssh_string, (NAMESPACE, b"", b"sha512", hashed)))


def format_signature(signature: Signature) -> bytes:
    """Return the content of ``card.sig``, byte for byte as ``ssh-keygen -Y sign`` writes it."""
    value = ssh_string(ALGORITHM) + ssh_string(signature.value)
    parts = (ssh_encoding(signature.point), NAMESPACE, b"", b"sha512", value)
    encoded = base64.b64encode(_MAGIC + _VERSION + b"".join(map(ssh_string, parts)))
    lines = [encoded[at : at + _LINE] for at in range(0, len(encoded), _LINE)]
    return b"\n".join([_BEGIN, *lines, _END, b""])


def parse_signature(content: bytes) -> Signature:
    """Return the signature in a file, however its lines are wrapped.

    Raises BundleError for another algorithm, hash or namespace, and if it is not a signature.
    """
    written = b"".join(content.split()) if len(content) <= MAX_SIGNATURE_BYTES else b""
    inner = written.removeprefix(_joined(_BEGIN)).removesuffix(_joined(_END))
    try:
        blob = base64.b64decode(inner, validate=True)
    except binascii.Error:
        blob = b""
    found = Signature(blob[_KEY_AT : _KEY_AT + KEY_BYTES], blob[-SIGNATURE_BYTES:])
    # Everything except these two is fixed, so writing them again must give what was read.
    if _joined(format_signature(found)) != written:
        raise BundleError(
            f"Expected {SIGNATURE_NAME!r} to be an SSH signature by an ssh-ed25519 key with sha512"
            f" in the namespace 'satchel', got {content[:30]!r}: sign the bundle again."
        )
    return found


def check_signature(content: bytes, card: bytes) -> PublicKey:
    """Return the key that made the signature ``content`` of a bundle, which must fit ``card``.

    Raises BundleError for a signature that does not fit, or is not in the canonical encoding.
    """
    found = parse_signature(content)
    key = PublicKey(found.point)
    if format_signature(found) != content:
        raise BundleError(
            f"Expected lines of {_LINE} characters in {SIGNATURE_NAME!r}, got others:"
            " sign the bundle again."
        )
    if not verify(found.value, message_to_sign(card), key=found.point):
        raise BundleError(
            f"Expected a signature over this card by {key.fingerprint}, got one that does not fit:"
            " one of the two was changed."
        )
    return key


def _joined(lines: bytes) -> bytes:
    return b"".join(lines.split())
