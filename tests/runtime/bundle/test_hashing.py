"""SHA-256: the same digits by every implementation, and OpenSSL only where it pays."""

import hashlib
import subprocess
import sys

import numpy as np
import pytest

from satchel.bundle import hashing
from satchel.bundle.hashing import OPENSSL_PAYS_BYTES, sha256

SIZES = [0, 1, 63, 64, 65, 1000, OPENSSL_PAYS_BYTES - 1, OPENSSL_PAYS_BYTES, OPENSSL_PAYS_BYTES + 1]


@pytest.fixture
def without_openssl(monkeypatch):
    monkeypatch.delitem(sys.modules, "_hashlib")


def content_of(size):
    return (bytes(range(256)) * (size // 256 + 1))[:size]


@pytest.mark.parametrize("size", SIZES)
def test_the_digits_are_those_of_hashlib(size, without_openssl):
    content = content_of(size)
    assert sha256(content) == hashlib.sha256(content).hexdigest()


def test_where_python_has_none_of_its_own_it_is_openssl(monkeypatch, without_openssl):
    monkeypatch.setattr(hashing, "_BUILT_IN", (("_no_such_module", "sha256"),))
    assert sha256(b"abc") == hashlib.sha256(b"abc").hexdigest()


def test_without_openssl_it_is_what_hashlib_has(monkeypatch):
    monkeypatch.setattr(hashing, "_OPENSSL", ("_no_such_module", "openssl_sha256"))
    content = content_of(OPENSSL_PAYS_BYTES)
    assert sha256(content) == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize(
    ("size", "loads"), [(OPENSSL_PAYS_BYTES - 1, "False"), (OPENSSL_PAYS_BYTES, "True")]
)
@pytest.mark.skipif(np.__version__ < "2", reason="NumPy 1 loads OpenSSL itself")
def test_openssl_is_loaded_for_large_files_only(size, loads):
    program = (
        "import sys; from satchel.bundle.hashing import digest;"
        f"digest(bytes({size})); print('_hashlib' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == loads
