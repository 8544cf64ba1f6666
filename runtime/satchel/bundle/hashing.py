"""SHA-256, by whichever implementation is the cheaper one here."""

import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

OPENSSL_PAYS_BYTES = 1 << 21
"""From here on OpenSSL, which has the processor's instructions, saves more than its loading costs:
3 ms and 3.5 MiB, a tenth of all that a small classifier takes"""

_BUILT_IN = ("_sha2", "_sha256")
"""Python 3.12's and 3.11's own, as the standard library's ``random`` imports them too"""


def sha256(content: bytes) -> str:
    """Return the SHA-256 of ``content``, 64 hexadecimal digits."""
    small = len(content) < OPENSSL_PAYS_BYTES and "hashlib" not in sys.modules
    digits: str = (_built_in() if small else _openssl())(content).hexdigest()
    return digits


def _built_in() -> Callable[[bytes], Any]:
    for name in _BUILT_IN:
        try:
            implementation: Callable[[bytes], Any] = import_module(name).sha256
        except ImportError:
            continue
        return implementation
    return _openssl()


def _openssl() -> Callable[[bytes], Any]:
    import hashlib

    return hashlib.sha256
