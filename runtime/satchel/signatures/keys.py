"""Reads public Ed25519 keys from files: OpenSSH's lines and OpenSSL's PEM blocks."""

import base64
import hashlib
import re
from pathlib import Path
from typing import NamedTuple

from satchel.errors import InputError
from satchel.regular_files import RegularFile, others_may_read, read_regular_file
from satchel.signatures.ed25519 import KEY_BYTES, decode_point, is_small_order

ALGORITHM = b"ssh-ed25519"
MAX_KEYS = 100
MAX_KEY_FILE_BYTES = 64 << 10

_BEGIN = "-----BEGIN PUBLIC KEY-----"
_END = "-----END PUBLIC KEY-----"
_DER_PREFIX = bytes.fromhex("302a300506032b6570032100")
"""The first bytes of a SubjectPublicKeyInfo with an Ed25519 key, RFC 8410. The key's 32 bytes
follow."""


class PublicKey(NamedTuple):
    """A public Ed25519 key, which identifies a signer."""

    point: bytes
    """The key itself, 32 bytes, RFC 8032."""
    comment: str = ""
    """The comment in its file. Nobody has checked it."""

    @property
    def fingerprint(self) -> str:
        """The fingerprint that ``ssh-keygen -l`` prints: ``SHA256:`` and 43 characters."""
        hashed = hashlib.sha256(ssh_encoding(self.point)).digest()
        return "SHA256:" + base64.b64encode(hashed).decode().rstrip("=")


def ssh_string(content: bytes) -> bytes:
    """Return ``content`` behind its length, RFC 4251."""
    return len(content).to_bytes(4, "big") + content


def ssh_encoding(point: bytes) -> bytes:
    """Return a key in the encoding that OpenSSH writes as base64, RFC 8709."""
    return ssh_string(ALGORITHM) + ssh_string(point)


def read_key_file(path: Path) -> bytes:
    """Return the content of a small file of keys or of a signature.

    Raises InputError for a file that cannot be read or is too large, and for a pipe or a device.
    """
    return open_key_file(path).content


def read_private_key_file(path: Path) -> bytes:
    """Return the content of a file with a private key, which only its owner may read.

    Raises InputError for a file of this user that others may read, and what ``read_key_file``
    raises.
    """
    found = open_key_file(path)
    if others_may_read(found.status):
        raise InputError(
            f"Expected a private key that only you may read, got {str(path)[:200]!r} with mode"
            f" {found.status.st_mode & 0o777:04o}: chmod 600 it, and make a new key if others may"
            " have read it."
        )
    return found.content


def open_key_file(path: Path) -> RegularFile:
    """Return a file of keys with its status; raises what ``read_key_file`` raises."""
    try:
        found = read_regular_file(str(path), MAX_KEY_FILE_BYTES)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(
            f"Expected a file of keys or a signature, got {str(path)[:200]!r}: {reason}."
        ) from error
    if len(found.content) > MAX_KEY_FILE_BYTES:
        raise InputError(
            f"Expected at most {MAX_KEY_FILE_BYTES:,} bytes in {path.name!r}, got more."
        )
    return found


def parse_public_keys(content: bytes, place: str) -> list[PublicKey]:
    """Return the keys in a file of ``ssh-ed25519`` lines, PEM blocks, blank lines and # comments.

    Raises InputError for anything else, also for other kinds of keys, and for a file without keys.
    """
    if b"PRIVATE KEY-----" in content:
        raise InputError(
            f"Expected public keys in {place!r}, got a private one: keep it off the device."
        )
    text = content.decode("utf-8", "replace")
    # Each PEM block becomes one line.
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
    """Return the key after ``prefix``; raises InputError unless it is a point of large order."""
    try:
        decoded = base64.b64decode(encoded.strip(), validate=True)
    except ValueError:
        # Also for letters beyond ASCII, which are no binascii.Error.
        decoded = b""
    point = decoded.removeprefix(prefix)
    where = decode_point(point) if decoded.startswith(prefix) else None
    if where is None or is_small_order(where):
        raise InputError(f"Expected an Ed25519 key in {place!r}, got {encoded.strip()!r:.60}.")
    return PublicKey(point, comment)
