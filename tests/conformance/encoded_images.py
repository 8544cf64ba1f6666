"""Small images in every spelling that decodes in a way of its own, as files.

They are the sources of the conformance vectors: made once and kept, because another version of an
encoder writes other bytes of the same pixels.
"""

import io
import struct
import zlib
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

LOSSLESS = 0
"""Levels that a decoder may differ by: the format says every bit"""
TRANSFORMED = 3
"""JPEG and lossy WebP leave a level to the inverse transform, and more to YCbCr's conversion"""
CONVERTED = 2
"""Colour management rounds where it likes; Little CMS has tables of 16 bits"""

DISPLAY_P3 = np.array(
    [[0.51512, 0.29198, 0.15710], [0.24120, 0.69225, 0.06657], [-0.00105, 0.04189, 0.78407]]
)
"""Its primaries' XYZ, adapted to the profile connection space's white (CSS Color 4)"""
ADOBE_RGB = np.array(
    [[0.60974, 0.20528, 0.14919], [0.31111, 0.62567, 0.06322], [0.01947, 0.06087, 0.74457]]
)
"""Of Adobe RGB (1998) Color Image Encoding, adapted in the same way"""

_ORIENTATION = 0x0112


class Encoded(NamedTuple):
    """A file, and how closely decoders agree on it."""

    name: str
    content: bytes
    levels: int = LOSSLESS
    """That a port's pixels may differ by, 0 to 255, where its platform decodes"""


def encoded_images() -> list[Encoded]:
    """Return every image, each the only one of its name."""
    return [*_plain(), *_oriented(), *_transparent(), *_deep_and_grey(), *_wide(), *_lossy()]


def noise(height: int, width: int, *, seed: int, channels: int = 3) -> NDArray[np.uint8]:
    """Return pixels at random, uint8 (height, width, channels)."""
    return np.random.default_rng(seed).integers(0, 256, (height, width, channels), np.uint8)


def muted(height: int, width: int, *, seed: int) -> NDArray[np.uint8]:
    """Return a smooth image with some noise, in colours that all gamuts hold."""
    down, across = np.mgrid[0:height, 0:width]
    slopes = np.stack([across * 100 / width, down * 100 / height, (across + down) * 2], axis=2)
    return (60 + slopes + noise(height, width, seed=seed) / 16).clip(0, 255).astype(np.uint8)


def _plain() -> list[Encoded]:
    extremes = np.where(noise(31, 17, seed=4) > 127, 255, 0).astype(np.uint8)
    frames = [Image.fromarray(muted(9, 14, seed=seed)).convert("P") for seed in (5, 6)]
    animation = _file(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=50)
    return [
        Encoded("one_pixel.png", _file(Image.fromarray(noise(1, 1, seed=1)))),
        Encoded("one_row.png", _file(Image.fromarray(noise(1, 300, seed=2)))),
        Encoded("one_column.png", _file(Image.fromarray(noise(300, 1, seed=3)))),
        Encoded("odd.png", _file(Image.fromarray(noise(13, 29, seed=7)))),
        Encoded("black_and_white.png", _file(Image.fromarray(extremes))),
        Encoded("smooth.png", _file(Image.fromarray(muted(33, 47, seed=8)))),
        Encoded("first_frame.gif", animation),
        Encoded("plain.bmp", _file(Image.fromarray(noise(5, 7, seed=9)), "BMP")),
        Encoded("plain.tiff", _file(Image.fromarray(noise(5, 7, seed=10)), "TIFF")),
        Encoded("lossless.webp", _file(Image.fromarray(noise(9, 7, seed=11)), "WEBP", **_EXACT)),
    ]


def _oriented() -> list[Encoded]:
    upright = Image.fromarray(noise(8, 12, seed=20))
    tagged = [
        Encoded(f"orientation_{tag}.png", _file(upright, exif=_exif(tag))) for tag in range(1, 10)
    ]
    # Every block of one colour, so that what is compared is the turn and not the transform.
    blocks = Image.fromarray(noise(1, 2, seed=21).repeat(8, axis=0).repeat(8, axis=1))
    return [
        *tagged,
        *(
            Encoded(
                f"orientation_{tag}.jpg",
                _file(blocks, "JPEG", quality=95, subsampling=0, exif=_exif(tag)),
                TRANSFORMED,
            )
            for tag in range(1, 9)
        ),
        Encoded("orientation_8.webp", _file(upright, "WEBP", exif=_exif(8), **_EXACT)),
        Encoded("damaged_exif.png", _file(upright, exif=b"Exif\0\0garbage!")),
    ]


def _transparent() -> list[Encoded]:
    rgba = noise(16, 16, seed=30, channels=4)
    # Every alpha once.
    rgba[..., 3] = np.arange(256).reshape(16, 16)
    palette = Image.fromarray(np.arange(12, dtype=np.uint8).reshape(3, 4), "P")
    palette.putpalette(noise(4, 3, seed=31).tobytes())
    keyed = np.full((3, 4, 3), (10, 20, 30), np.uint8)
    keyed[0, 0] = (200, 0, 0)
    return [
        Encoded("alpha.png", _file(Image.fromarray(rgba))),
        Encoded("alpha.webp", _file(Image.fromarray(rgba), "WEBP", exact=True, **_EXACT)),
        Encoded("grey_alpha.png", _file(Image.fromarray(rgba[..., 2:], "LA"))),
        Encoded("palette.png", _file(palette)),
        Encoded("palette_alpha.png", _file(palette, transparency=bytes(range(0, 240, 20)))),
        Encoded("palette_key.gif", _file(palette, "GIF", transparency=3)),
        Encoded("colour_key.png", _file(Image.fromarray(keyed), transparency=(200, 0, 0))),
    ]


def _deep_and_grey() -> list[Encoded]:
    grey = noise(5, 9, seed=40)[..., 0]
    deep = np.array([[0, 0xFF, 0x100, 0x1234], [0x7FFF, 0x80FF, 0xFF00, 0xFFFF]], np.uint16)
    row = b"\0" + bytes.fromhex("1234 80ff ff00 00ff 7f80 ffff")
    return [
        Encoded("grey.png", _file(Image.fromarray(grey))),
        Encoded("grey.jpg", _file(Image.fromarray(grey), "JPEG", quality=90), TRANSFORMED),
        Encoded("one_bit.png", _file(Image.fromarray(grey > 99))),
        Encoded("grey_16_bit.png", _file(Image.fromarray(deep))),
        Encoded("colour_16_bit.png", _png(2, 1, 16, 2, row)),
    ]


def _wide() -> list[Encoded]:
    p3, adobe = matrix_profile(DISPLAY_P3, 2.2), matrix_profile(ADOBE_RGB, 563 / 256)
    colours = muted(12, 15, seed=50)
    rgba = np.dstack([colours, noise(12, 15, seed=51)[..., 0]])
    image = Image.fromarray(colours)
    as_jpeg = _file(image, "JPEG", quality=95, subsampling=0, icc_profile=adobe)
    return [
        Encoded("display_p3.png", _file(image, icc_profile=p3), CONVERTED),
        Encoded("adobe_rgb.png", _file(image, icc_profile=adobe), CONVERTED),
        Encoded("adobe_rgb.jpg", as_jpeg, TRANSFORMED + CONVERTED),
        Encoded("display_p3_alpha.png", _file(Image.fromarray(rgba), icc_profile=p3), CONVERTED),
        Encoded("damaged_profile.png", _file(image, icc_profile=b"junk" * 50)),
        Encoded("grey_with_colour_profile.png", _file(image.convert("L"), icc_profile=p3)),
    ]


def _lossy() -> list[Encoded]:
    image = Image.fromarray(muted(21, 27, seed=60))
    return [
        Encoded("444.jpg", _file(image, "JPEG", quality=90, subsampling=0), TRANSFORMED),
        Encoded("420.jpg", _file(image, "JPEG", quality=85), TRANSFORMED),
        Encoded("progressive.jpg", _file(image, "JPEG", progressive=True), TRANSFORMED),
        Encoded("lossy.webp", _file(image, "WEBP", quality=80), TRANSFORMED),
    ]


def matrix_profile(matrix: NDArray[np.float64], gamma: float) -> bytes:
    """Return the smallest ICC v2 display profile: three primaries, one gamma."""
    curve = b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256)) + bytes(2)
    title = b"desc" + bytes(4) + struct.pack(">I", 5) + b"Wide\0" + bytes(78 + 1)
    tags = {
        b"desc": title + bytes(-len(title) % 4),
        b"cprt": b"text" + bytes(4) + b"CC0\0",
        b"wtpt": b"XYZ " + bytes(4) + _fixed(0.9642, 1.0, 0.8249),
        b"rXYZ": b"XYZ " + bytes(4) + _fixed(*matrix[:, 0]),
        b"gXYZ": b"XYZ " + bytes(4) + _fixed(*matrix[:, 1]),
        b"bXYZ": b"XYZ " + bytes(4) + _fixed(*matrix[:, 2]),
        **dict.fromkeys([b"rTRC", b"gTRC", b"bTRC"], curve),
    }
    begin = 128 + 4 + 12 * len(tags)
    table, data = struct.pack(">I", len(tags)), b""
    for name, content in tags.items():
        table += name + struct.pack(">2I", begin + len(data), len(content))
        data += content
    header = struct.pack(
        ">I4sI4s4s4s12s4s4s24s12s48s",
        begin + len(data), bytes(4), 0x02100000, b"mntr", b"RGB ", b"XYZ ",
        struct.pack(">6H", 2020, 1, 1, 0, 0, 0), b"acsp", bytes(4), bytes(24),
        _fixed(0.9642, 1.0, 0.8249), bytes(48),
    )  # fmt: skip
    return header + table + data


_EXACT = {"lossless": True, "quality": 100}


def _file(image: Image.Image, form: str = "PNG", **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def _exif(tag: int) -> Image.Exif:
    exif = Image.Exif()
    exif[_ORIENTATION] = tag
    return exif


def _fixed(*values: float) -> bytes:
    return b"".join(struct.pack(">i", round(value * 65536)) for value in values)


def _png(width: int, height: int, depth: int, colour_type: int, rows: bytes) -> bytes:
    """Return a PNG file of a kind that Pillow does not write."""
    header = struct.pack(">2I5B", width, height, depth, colour_type, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*chunk) for chunk in chunks)


def _chunk(kind: bytes, content: bytes) -> bytes:
    checksum = struct.pack(">I", zlib.crc32(kind + content))
    return struct.pack(">I", len(content)) + kind + content + checksum
