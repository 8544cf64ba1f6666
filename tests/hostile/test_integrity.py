"""Cases 22 to 29: is it the bundle that was packed?"""

import json
import random

import pytest

from hostile.mutations import bases, damaged, images, seal
from satchel.bundle.archive import CARD_NAME, pack
from satchel.bundle.reading import open_bundle
from satchel.errors import BundleError

IMAGE, TEXT = bases()
FLIPS = 500


def test_case_22_a_bit_that_flips_anywhere_is_refused(refused, tmp_path):
    # benchmarks/bit_flips.py flips ten thousand, tests/runtime/bundle/test_archive.py every one.
    content = pack(IMAGE)
    path = tmp_path / "flipped.satchel"
    for bit in random.Random(22).sample(range(8 * len(content)), FLIPS):
        flipped = bytearray(content)
        flipped[bit // 8] ^= 1 << bit % 8
        path.write_bytes(flipped)
        with pytest.raises(BundleError, match=r"^Expected"):
            open_bundle(path, whole=True)
    refused(BundleError, bytes(flipped))


def test_case_22_a_bit_that_flips_in_a_file_is_refused_though_the_archive_is_made_anew(refused):
    for name in IMAGE.keys() - {CARD_NAME}:
        flipped = bytearray(IMAGE[name])
        flipped[len(flipped) // 2] ^= 1
        message = refused(BundleError, pack({**IMAGE, name: bytes(flipped)}))
        assert f"Expected {name!r} with sha256:" in message


@pytest.mark.parametrize("name", sorted(IMAGE.keys() & TEXT.keys() - {CARD_NAME}))
def test_case_25_a_file_from_another_valid_bundle_is_refused(name, refused):
    assert name in refused(BundleError, pack({**IMAGE, name: TEXT[name]}))


def test_case_25_the_card_of_another_valid_bundle_is_refused(refused):
    refused(BundleError, pack({**IMAGE, CARD_NAME: TEXT[CARD_NAME]}))


def test_case_25_two_models_that_change_places_are_refused(refused):
    one, other = (name for name in IMAGE if name.endswith((".tflite", ".onnx")))
    refused(BundleError, pack({**IMAGE, one: IMAGE[other], other: IMAGE[one]}))


def test_what_is_damaged_here_is_valid_before():
    assert damaged(b"x" * 100, random.Random(1)) != b"x" * 100
    assert len(images()) > 10
    card = json.loads(IMAGE[CARD_NAME])
    files = {name: content for name, content in IMAGE.items() if name != CARD_NAME}
    assert seal(card, files) == pack(IMAGE)
