"""Public Ed25519 keys, as users have them: lines of OpenSSH's and PEM blocks of OpenSSL's."""

import base64
import binascii
import hashlib
import re
from pathlib import Path
from typing import NamedTuple

from satchel.errors import InputError
from satchel.signatures.ed25519 import KEY_BYTES, decode_point, is_small_order

ALGORITHM = b"ssh-ed25519"
MAX_KEYS = 100
MAX_KEY_FILE_BYTES = 64 << 10

_BEGIN = "-----BEGIN PUBLIC KEY-----"
_END = "-----END PUBLIC KEY-----"
_DER_PREFIX = bytes.fromhex("302a300506032b6570032100")
"""Of a SubjectPublicKeyInfo that holds an Ed25519 key, RFC 8410: the key's 32 bytes follow"""


class PublicKey(NamedTuple):
    """Whose signature it is."""

    point: bytes
    """32 bytes, RFC 8032"""
    comment: str = ""
    """From its file; says nothing that was checked"""

    @property
    def fingerprint(self) -> str:
        """``SHA256:`` and 43 characters, as ``ssh-keygen -l`` prints it."""
        hashed = hashlib.sha256(ssh_encoding(self.point)).digest()
        return "SHA256:" + base64.b64encode(hashed).decode().rstrip("=")


def ssh_string(content: bytes) -> bytes:
    """Return ``content`` with its length in front, RFC 4251."""
    return len(content).to_bytes(4, "big") + content


def ssh_encoding(point: bytes) -> bytes:
    """Return a key as OpenSSH writes it before base64, RFC 8709."""
    return ssh_string(ALGORITHM) + ssh_string(point)


def read_key_file(path: Path) -> bytes:
    """Return the content of a file of keys or of a signature, which are small.

    Raises InputError for one that cannot be read.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MAX_KEY_FILE_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(
            f"Expected a file of keys or a signature, got {str(path)[:200]!r}: {reason}."
        ) from error
    if len(content) > MAX_KEY_FILE_BYTES:
        raise InputError(
            f"Expected at most {MAX_KEY_FILE_BYTES:,} bytes in {path.name!r}, got more."
        )
    return content


def parse_public_keys(content: bytes, place: str) -> list[PublicKey]:
    """Return the keys of a file: ``ssh-ed25519`` lines, PEM blocks, blank lines and # comments.

    Raises InputError for anything else, keys of other kinds included, and for a file without keys.
    """
    if b"PRIVATE KEY-----" in content:
        raise InputError(
            f"Expected public keys in {place!r}, got a private one: keep it off the device."
        )
    text = content.decode("utf-8", "replace")
    # A block becomes one line of its own.
    text = re.sub(rf"{_BEGIN}([\sA-Za-z0-9+/=]*){_END}", _one_line, text)
    lines = [line.strip() for line in text.splitlines()]
    keys = [_parse_line(line, place) for line in lines if line and not line.startswith("#")]
    if not 1 <= len(keys) <= MAX_KEYS:
        raise InputError(f"Expected 1 to {MAX_KEYS} keys in {place!r}, got {len(keys)}.")
    return keys


def _one_line(block: re.Match[str]) -> str:
    return f"{_BEGIN} {''.join(block[1].split())}"


def _parse_line(line: str, place: str) -> PublicKey:
    if line.startswith(_BEGIN):
        return _checked(_DER_PREFIX, line.removeprefix(_BEGIN), "", place)
    kind, _, rest = line.partition(" ")
    encoded, _, comment = rest.strip().partition(" ")
    if kind != ALGORITHM.decode():
        raise InputError(f"Expected an ssh-ed25519 key or PEM in {place!r}, got {kind!r:.60}.")
    prefix = ssh_encoding(bytes(KEY_BYTES))[:-KEY_BYTES]
    return _checked(prefix, encoded, comment.strip(), place)


def _checked(prefix: bytes, encoded: str, comment: str, place: str) -> PublicKey:
    """Return the key behind ``prefix``; it must be a point that signatures can be trusted of."""
    try:
        decoded = base64.b64decode(encoded.strip(), validate=True)
    except binascii.Error:
        decoded = b""
    point = decoded.removeprefix(prefix)
    where = decode_point(point) if decoded.startswith(prefix) else None
    if where is None or is_small_order(where):
        raise InputError(f"Expected an Ed25519 key in {place!r}, got {encoded.strip()!r:.60}.")
    return PublicKey(point, comment)
