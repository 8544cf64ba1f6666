"""What verification may find, without a model."""

import pytest

from satchel.card import ModelEntry, TensorSpec, VerifiedLabels
from satchel_convert.verify import Finding


def make_finding(
    file, *, size_bytes=1234567, failures=(), sqnr_db=40.0, evidence=None, drop=(0.25, -0.4, 1.1)
):
    scheme, format_ = file.split(".")
    entry = ModelEntry(
        file, format_, scheme, size_bytes, TensorSpec("float32"), TensorSpec("float32"), {}, 0.0, ""
    )
    verified = VerifiedLabels(200, 0.9876, drop[0], 0.985, 0.0321, sqnr_db, drop[1:])
    return Finding(entry, "litert", verified, 1.25, failures, evidence)


# Test modules cannot import this one: they ask for its functions as fixtures.
@pytest.fixture(scope="session", name="finding")
def _finding():
    return make_finding
