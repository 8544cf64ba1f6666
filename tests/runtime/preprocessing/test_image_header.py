"""What is refused before a decoder sees it, and what is still read."""

import io
import struct
import zlib
from contextlib import suppress

import numpy as np
import pytest
from PIL import Image

from satchel import limits
from satchel.errors import InputError
from satchel.preprocessing.image_formats import FORMATS
from satchel.preprocessing.image_header import (
    MOST_EXIF_BYTES,
    MOST_RLE_BYTES,
    PLAIN,
    PROGRESSIVE,
    TIFF,
    WEBP,
    read_header,
)
from satchel.preprocessing.images import decode

PARTS = limits.MAX_PARTS
SHARED_TAGS = 3000


def encoded(form, size=(40, 30), **options):
    target = io.BytesIO()
    Image.new("RGB", size, (10, 200, 30)).save(target, form, **options)
    return target.getvalue()


def chunk(kind, content=b""):
    check = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)


def jpeg_with(segments):
    plain = encoded("JPEG")
    return plain[:2] + segments + plain[2:]


def png_with(chunks):
    plain = encoded("PNG")
    return plain[:33] + chunks + plain[33:]


def gif_with(blocks):
    plain = encoded("GIF")
    at = 13 + 3 * 2 ** ((plain[10] & 7) + 1)
    return plain[:at] + blocks + plain[at:]


def segment(kind, content):
    return bytes([0xFF, kind]) + struct.pack(">H", 2 + len(content)) + content


def scans(count):
    """Return a progressive JPEG in which one scan stands ``count`` times more."""
    plain = encoded("JPEG", progressive=True)
    first = plain.index(b"\xff\xda")
    after = plain.index(b"\xff\xda", first + 2)
    begin = plain.rindex(b"\xff\xc4", 0, after)
    end = plain.index(b"\xff\xc4", after)
    return plain[:end] + plain[begin:end] * count + plain[end:]


def shared_tags(count=SHARED_TAGS, order="<"):
    """Return a TIFF directory whose tags all have the same 60,000 bytes for data."""
    mark = b"II*\0" if order == "<" else b"MM\0*"
    tags = b"".join(struct.pack(order + "HHII", 700 + at, 7, 60_000, 8) for at in range(count))
    return mark + struct.pack(order + "IH", 8, count) + tags + bytes(60_000)


def strips(count):
    """Return a TIFF that lists ``count`` strips."""
    tags = [(256, 3, 1, 4), (257, 3, 1, 4), (273, 4, count, 100), (279, 4, count, 100)]
    packed = b"".join(struct.pack("<HHII", *tag) for tag in tags)
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + packed + bytes(4) + bytes(4 * count)


def webp_with(kind, count):
    chunks = (kind + struct.pack("<I", 0)) * count
    still = encoded("WEBP")
    return b"RIFF" + struct.pack("<I", len(still) - 8 + len(chunks)) + still[8:] + chunks


def long_bmp():
    plain = bytearray(encoded("BMP"))
    plain[30:34] = struct.pack("<I", 1)
    return bytes(plain) + bytes(MOST_RLE_BYTES)


COSTLY = {
    "many scans": lambda: scans(limits.MAX_SCANS),
    "a JPEG's comments": lambda: jpeg_with(segment(0xFE, b"") * PARTS),
    "fill bytes": lambda: jpeg_with(b"\xff" * PARTS),
    "bytes between segments": lambda: jpeg_with(segment(0xFE, b"") + b"a" * PARTS),
    "much EXIF": lambda: jpeg_with(
        segment(0xE1, b"Exif\0\0II*\0" + bytes(65_000)) * (MOST_EXIF_BYTES // 65_000 + 1)
    ),
    "EXIF tags that share data": lambda: jpeg_with(
        segment(0xE1, b"Exif\0\0" + shared_tags(400)[:65_000])
    ),
    "a PNG's texts": lambda: png_with(chunk(b"tEXt", b"a\0b") * PARTS),
    "pieces of pixels": lambda: png_with(chunk(b"IDAT") * PARTS),
    "profiles": lambda: png_with(chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(1000))) * 2),
    "a PNG's EXIF": lambda: png_with(chunk(b"eXIf", shared_tags(order=">"))),
    "a GIF's comment": lambda: gif_with(b"\x21\xfe" + b"\x01a" * PARTS + b"\0"),
    "a GIF's comments": lambda: gif_with(b"\x21\xfe\x01a\0" * PARTS),
    "bytes between a GIF's blocks": lambda: gif_with(b"\0" * (PARTS + 1)),
    "a WebP's frames": lambda: webp_with(b"ANMF", limits.MAX_FRAMES + 1),
    "a WebP's chunks": lambda: webp_with(b"ABCD", PARTS),
    "TIFF tags that share data": shared_tags,
    "strips": lambda: strips(PARTS),
    "runs of a BMP": long_bmp,
}


@pytest.mark.parametrize("kind", COSTLY)
def test_a_file_that_would_cost_much_is_refused_before_a_decoder_sees_it(kind, monkeypatch):
    content = COSTLY[kind]()
    monkeypatch.setattr(
        "satchel.preprocessing.images.open_image", lambda _: pytest.fail("a decoder saw it")
    )
    with pytest.raises(InputError, match=r"^Expected [^\n]+, got [^\n]+$"):
        decode(content)


FEW = {
    "scans": lambda: scans(limits.MAX_SCANS - 20),
    "JPEG": lambda: jpeg_with(segment(0xFE, b"hello") * 300),
    "PNG": lambda: png_with(chunk(b"tEXt", b"a\0b") * 300),
    "GIF": lambda: gif_with(b"\x21\xfe" + b"\x01a" * 300 + b"\0"),
}


@pytest.mark.parametrize("kind", FEW)
def test_a_file_with_much_that_is_usual_is_read(kind):
    assert decode(FEW[kind]()).shape == (30, 40, 3)


@pytest.mark.parametrize("form", FORMATS)
def test_the_size_is_the_decoders(form):
    header = read_header(encoded(form, (301, 207)))
    assert header == (form, 301, 207, {"WEBP": WEBP, "TIFF": TIFF}.get(form, PLAIN))
    assert header.decoding_bytes == 301 * 207 * header.bytes_per_pixel


@pytest.mark.parametrize("lossless", [False, True])
@pytest.mark.parametrize("exif", [b"", b"Exif\0\0II*\0\x08\0\0\0\0\0"])
def test_the_size_of_each_kind_of_webp_is_read(lossless, exif):
    content = encoded("WEBP", (16_000, 3), lossless=lossless, exif=exif)
    assert read_header(content)[1:3] == (16_000, 3)


def test_a_progressive_jpeg_takes_more_memory():
    assert read_header(encoded("JPEG", progressive=True)).bytes_per_pixel == PROGRESSIVE


def test_a_frame_of_a_gif_that_is_larger_than_its_screen_counts():
    content = bytearray(encoded("GIF", (3, 2)))
    content[6:10] = struct.pack("<HH", 1, 1)
    assert read_header(bytes(content))[1:3] == (3, 2)


def test_a_tile_of_a_tiff_that_is_larger_than_its_image_counts():
    tags = [(256, 3, 1, 4), (257, 3, 1, 4), (322, 3, 1, 60_000), (323, 3, 1, 60_000)]
    packed = b"".join(struct.pack("<HHII", *tag) for tag in tags)
    with pytest.raises(InputError, match="60000 x 60000"):
        read_header(b"II*\0" + struct.pack("<IH", 8, len(tags)) + packed + bytes(4))


@pytest.mark.parametrize("form", FORMATS)
def test_a_beginning_of_a_file_is_an_error_and_nothing_else(form):
    content = encoded(form)
    for end in range(len(content)):
        with suppress(InputError):
            read_header(content[:end])


def test_a_webp_that_only_a_large_machine_could_decode_is_refused(monkeypatch):
    with pytest.raises(InputError, match="512 MiB to decode, got 566 MiB"):
        decode(encoded("WEBP", (5450, 5450), lossless=True, method=0))
    # A smaller budget is for a smaller machine.
    monkeypatch.setattr(limits, "MAX_DECODING_BYTES", 40 * 30 * PLAIN)
    assert decode(encoded("PNG")).shape == (30, 40, 3)
    with pytest.raises(InputError, match="0 MiB"):
        decode(encoded("PNG", (41, 30)))


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
def test_bands_of_rows_join_without_a_seam(mode, monkeypatch):
    rng = np.random.default_rng(0)
    image = Image.fromarray(rng.integers(0, 256, (50, 30, 4), np.uint8)).convert(mode)
    target = io.BytesIO()
    image.save(target, "PNG")
    whole = decode(target.getvalue(), (9, 8, 7))
    monkeypatch.setattr("satchel.preprocessing.images.BAND_PIXELS", 7 * 30)
    assert np.array_equal(decode(target.getvalue(), (9, 8, 7)), whole)
