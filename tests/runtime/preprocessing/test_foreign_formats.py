"""Files outside of the contract are named by their content, with what to do."""

import io
import struct

import numpy as np
import pytest
from PIL import Image, TiffImagePlugin

from satchel.bundle.image_input import ImageInput
from satchel.errors import InputError
from satchel.preprocessing.images import read_pixels
from satchel.tasks.file_faults import image_fault

FOREIGN = {
    "HEIC: convert it to JPEG": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
    "HEIC: convert": b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic",
    "AVIF: convert it to JPEG": b"\0\0\0\x18ftypmif1\0\0\0\0mif1avif",
    "JPEG XL: convert": b"\xff\x0a\xfa\x1f",
    "JPEG 2000: convert": b"\0\0\0\x0cjP  \r\n\x87\n",
    "a camera's RAW file: convert": b"II*\0\x10\0\0\0CR\2\0",
    "SVG: export it as PNG": b"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- a -->\n<svg xmlns='x'/>",
    "PDF: export it as PNG": b"%PDF-1.7\n",
    "a web page: download the image again": b"\n<!DOCTYPE html><html></html>",
    "a video: save its frames": b"\0\0\0\x14ftypisom\0\0\0\0mp42",
    "an empty file.": b"",
    "something else.": b"no image",
}


@pytest.mark.parametrize("message", FOREIGN)
def test_a_format_outside_of_the_contract_is_named_with_the_way_out(message):
    with pytest.raises(InputError, match=rf"^Expected an image \(BMP, .* got {message}"):
        read_pixels(FOREIGN[message], ImageInput(2, 2))


def float_tiff(channels):
    """Return a TIFF of float32; Pillow itself does not write one of three channels."""
    if channels == 1:
        target = io.BytesIO()
        Image.fromarray(np.full((3, 2), 0.5, np.float32)).save(target, "TIFF")
        return target.getvalue()
    pixels = np.full((3, 2, channels), 0.5, "<f4").tobytes()
    after = 8 + 2 + 9 * 12 + 4
    tags = [
        (256, 4, 1, 2),
        (257, 4, 1, 3),
        (258, 3, channels, after),
        (262, 3, 1, 2),
        (273, 4, 1, after + 4 * channels),
        (277, 3, 1, channels),
        (278, 4, 1, 3),
        (279, 4, 1, len(pixels)),
        (339, 3, channels, after + 2 * channels),
    ]
    entries = b"".join(struct.pack("<HHII", *tag) for tag in tags)
    shorts = struct.pack(f"<{2 * channels}H", *[32] * channels, *[3] * channels)
    return b"II*\0" + struct.pack("<IH", 8, 9) + entries + bytes(4) + shorts + pixels


@pytest.mark.parametrize("channels", [1, 3])
def test_a_tiff_of_floating_point_numbers_is_named_here_and_in_a_folder(tmp_path, channels):
    content = float_tiff(channels)
    with pytest.raises(InputError, match="got a TIFF of floating point numbers: save it with 8"):
        read_pixels(content, ImageInput(2, 2))
    file = tmp_path / "a.tif"
    file.write_bytes(content)
    assert image_fault(file).reason == "TIFF of floating point numbers"


def test_a_raw_file_in_a_tiff_is_no_small_image_of_itself(tmp_path):
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[50706] = b"\1\4\0\0"
    file = tmp_path / "a.dng"
    Image.new("RGB", (4, 3)).save(file, "TIFF", tiffinfo=tags)
    with pytest.raises(InputError, match="got a camera's RAW file: convert it to JPEG"):
        read_pixels(file, ImageInput(2, 2))
    assert image_fault(file).reason == "camera's RAW file"


@pytest.mark.parametrize("mode", ["RGB", "L", "I;16", "RGBA"])
def test_a_tiff_of_whole_numbers_is_an_image(tmp_path, mode):
    file = tmp_path / "a"
    Image.new(mode, (4, 3)).save(file, "TIFF")
    assert image_fault(file) is None
    assert read_pixels(file, ImageInput(2, 2)).shape == (1, 2, 2, 3)


def test_a_damaged_tiff_is_left_to_its_reader(tmp_path):
    file = tmp_path / "a.tif"
    file.write_bytes(b"II*\0\xff\0\0\0")
    assert image_fault(file) is None
