"""A still WebP, decoded without Pillow's copies, against Pillow."""

import io

import numpy as np
import pytest
from PIL import Image

from satchel.errors import InputError
from satchel.preprocessing import webp
from satchel.preprocessing.images import decode
from satchel.preprocessing.webp import decode_still

ORIENTED = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\3\0\1\0\0\0\6\0\0\0\0\0\0\0"
COLOURS = ["RGB", "RGBA", "L", "LA", "P"]

pytestmark = pytest.mark.skipif(
    webp._libraries() is None, reason="this Pillow does not say where its libwebp is"
)


def encoded(mode="RGB", seed=0, **options):
    rng = np.random.default_rng(seed)
    height, width = rng.integers(1, 90, 2)
    channels = 4 if "A" in mode else 3
    pixels = rng.integers(0, 256, (height, width, channels), np.uint8)
    target = io.BytesIO()
    Image.fromarray(pixels).convert(mode).save(target, "WEBP", method=0, **options)
    return target.getvalue()


@pytest.mark.parametrize("lossless", [False, True])
@pytest.mark.parametrize("mode", COLOURS)
@pytest.mark.parametrize("extra", [{}, {"exif": ORIENTED}, {"icc_profile": b"nonsense"}], ids=str)
def test_a_still_image_has_pillows_pixels_and_facts(mode, lossless, extra):
    for seed in range(5):
        content = encoded(mode, seed, lossless=lossless, **extra)
        by_pillow = Image.open(io.BytesIO(content))
        found = decode_still(content, *by_pillow.size)
        assert (found.mode, found.format) == (by_pillow.mode, "WEBP")
        assert np.array_equal(np.asarray(found), np.asarray(by_pillow))
        assert found.info.get("icc_profile") == by_pillow.info.get("icc_profile")
        assert found.getexif() == by_pillow.getexif()


def outcome(content):
    try:
        return decode(content).tolist()
    except InputError:
        return "refused"


def damaged(content):
    rng = np.random.default_rng(len(content))
    for end in range(0, len(content), 97):
        yield content[:end]
    for _ in range(150):
        flipped = bytearray(content)
        flipped[rng.integers(0, min(len(content), 150))] ^= 1 << rng.integers(0, 8)
        yield bytes(flipped)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data:UserWarning")
@pytest.mark.parametrize("options", [{"exif": ORIENTED}, {"lossless": True}, {}], ids=str)
def test_a_damaged_file_is_refused_or_read_as_pillow_does(options, monkeypatch):
    files = list(damaged(encoded(seed=1, **options)))
    found = [outcome(content) for content in files]
    monkeypatch.setattr(webp, "_libraries", lambda: None)
    assert found == [outcome(content) for content in files]
    assert "refused" in found


def test_pillow_decodes_an_animation():
    frames = [Image.new("RGB", (9, 7), (level, 0, 0)) for level in (200, 100)]
    target = io.BytesIO()
    frames[0].save(target, "WEBP", save_all=True, append_images=frames[1:], lossless=True)
    assert decode_still(target.getvalue(), 9, 7) is None
    assert decode(target.getvalue())[0, 0].tolist() == [200, 0, 0]
