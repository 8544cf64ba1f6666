"""Computes SHA-256 with the implementation that costs less here: Python's own or OpenSSL's."""

import sys
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from importlib import import_module
from typing import Any

from satchel.errors import BundleError

OPENSSL_PAYS_BYTES = 1 << 21
"""The content size in bytes from which OpenSSL is used. OpenSSL uses the processor's instructions
for SHA-256, but loading it costs 3 ms and 3.5 MiB, a tenth of all that a small classifier needs."""

_BUILT_IN = (("_sha2", "sha256"), ("_sha256", "sha256"))
"""The functions of Python 3.12 and of 3.11. The standard library's ``random`` imports them too."""
_OPENSSL = ("_hashlib", "openssl_sha256")
"""The import of ``hashlib``, which prepares all its functions, takes 0.6 ms more."""


def sha256(content: bytes) -> str:
    """Return the SHA-256 of ``content``, 64 hexadecimal digits."""
    small = len(content) < OPENSSL_PAYS_BYTES and "_hashlib" not in sys.modules
    places = (*_BUILT_IN, _OPENSSL) if small else (_OPENSSL,)
    digits: str = _function(*places)(content).hexdigest()
    return digits


def digest(content: bytes) -> str:
    """Return the SHA-256 of ``content`` as a card writes it, such as ``sha256:9f86d0...``."""
    return "sha256:" + sha256(content)


def check_digest(name: str, content: bytes, expected: str) -> None:
    """Raise BundleError if the entry ``name`` has other content than the card says."""
    found = digest(content)
    if found != expected:
        raise BundleError(f"Expected {name!r} with {expected}, got {found}.")


# A search for a module that is not there costs as much as hashing a small file.
@cache
def _function(*places: tuple[str, str]) -> Callable[[bytes], Any]:
    """Return the first of the functions that this Python has, each in a module, or hashlib's."""
    for module, name in places:
        with suppress(ImportError):
            function: Callable[[bytes], Any] = getattr(import_module(module), name)
            return function
    from hashlib import sha256

    return sha256
