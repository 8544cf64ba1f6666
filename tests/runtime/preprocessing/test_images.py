"""An image to model input: each step against its specification, to the bit."""

import io
import struct
import sys
import warnings
import zlib
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, strategies as st
from PIL import Image, ImageCms

from helpers.tiny_bundles import encode_png
from satchel import limits
from satchel.bundle.card import TensorSpec
from satchel.bundle.image_input import ImageInput
from satchel.errors import EngineError, InputError
from satchel.preprocessing.images import read_pixels, resize, to_png, to_tensor
from satchel.preprocessing.placement import place

PRECISION_BITS = 32 - 8 - 2


def weights_of_one_axis(size, new_size):
    """Return for each new pixel the first old one and the integer weights from there on."""
    scale = size / new_size
    support = max(scale, 1.0)
    rows = []
    for at in range(new_size):
        centre = (at + 0.5) * scale
        first = max(0, int(centre - support + 0.5))
        end = min(size, int(centre + support + 0.5))
        ramp = [
            max(0.0, 1.0 - abs((x - centre + 0.5) * (1.0 / support))) for x in range(first, end)
        ]
        total = sum(ramp)
        rows.append((first, [int(0.5 + value / total * (1 << PRECISION_BITS)) for value in ramp]))
    return rows


def resize_rows(pixels, new_size):
    """Resample the first axis: the specification, straight from Pillow's Resample.c."""
    wide = pixels.astype(np.int64)
    result = np.empty((new_size, *pixels.shape[1:]), np.uint8)
    for at, (first, weights) in enumerate(weights_of_one_axis(len(pixels), new_size)):
        total = np.tensordot(weights, wide[first : first + len(weights)], 1)
        half = 1 << (PRECISION_BITS - 1)
        result[at] = np.clip((total + half) >> PRECISION_BITS, 0, 255)
    return result


def resize_by_specification(pixels, height, width):
    """Two passes, each rounded to uint8: horizontally first."""
    across = resize_rows(pixels.swapaxes(0, 1), width).swapaxes(0, 1)
    return resize_rows(across, height)


def noise(height, width, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def encode(image, form="PNG", **options):
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def pixels_of(source, height=None, width=None, **fields):
    """Return the pixels at the image's own size, or at the given one."""
    if height is None:
        with Image.open(io.BytesIO(source)) as image:
            width, height = image.size
    return read_pixels(source, ImageInput(height=height, width=width, **fields))[0]


def refusal(image, **fields):
    with pytest.raises(InputError) as caught:
        read_pixels(image, ImageInput(height=2, width=2, **fields))
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith("Expected ")
    return message


SIDES = st.integers(1, 40)


@given(SIDES, SIDES, SIDES, SIDES, st.integers(0, 2**32 - 1))
def test_resize_is_the_specified_resampling_to_the_bit(height, width, to_height, to_width, seed):
    pixels = noise(height, width, seed)
    expected = resize_by_specification(pixels, to_height, to_width)
    assert np.array_equal(resize(pixels, to_height, to_width), expected)


@pytest.mark.parametrize(
    ("size", "to"),
    [
        ((480, 640), (224, 224)), ((1, 1000), (7, 7)), ((1000, 1), (7, 7)), ((3, 3), (299, 301)),
        ((257, 511), (96, 96)), ((600, 400), (28, 28)), ((31, 33), (32, 32)),
    ],
)  # fmt: skip
def test_resize_is_the_specified_resampling_for_large_and_thin_images(size, to):
    pixels = noise(*size)
    assert np.array_equal(resize(pixels, *to), resize_by_specification(pixels, *to))


def test_resize_saturates_at_black_and_white_without_wrapping_around():
    extremes = np.where(noise(37, 41) > 127, 255, 0).astype(np.uint8)
    assert np.array_equal(resize(extremes, 64, 9), resize_by_specification(extremes, 64, 9))


def test_an_image_of_one_colour_keeps_it_at_every_size():
    for level in (0, 1, 127, 254, 255):
        pixels = np.full((13, 29, 3), level, np.uint8)
        assert (resize(pixels, 7, 31) == level).all()


def test_the_order_of_the_passes_matters_and_horizontal_comes_first():
    pixels = noise(17, 23)
    swapped = resize(pixels.swapaxes(0, 1).copy(), 11, 9).swapaxes(0, 1)
    assert not np.array_equal(resize(pixels, 9, 11), swapped)


def test_an_image_of_the_models_size_is_not_touched():
    pixels = noise(9, 7)
    assert np.array_equal(read_pixels(pixels, ImageInput(height=9, width=7))[0], pixels)


def test_pixels_have_a_batch_axis_and_eight_bits():
    found = read_pixels(noise(30, 20), ImageInput(height=5, width=8))
    assert found.shape == (1, 5, 8, 3)
    assert found.dtype == np.uint8


def test_path_bytes_image_and_array_of_one_png_give_the_same_pixels(tmp_path):
    pixels = noise(33, 21)
    content = encode_png(pixels)
    path = tmp_path / "picture.png"
    path.write_bytes(content)
    model = ImageInput(height=10, width=10)
    expected = read_pixels(pixels, model)
    for image in (path, str(path), content, Image.open(path), Image.fromarray(pixels)):
        assert np.array_equal(read_pixels(image, model), expected)


def test_a_pil_image_that_was_given_is_left_as_it_was():
    image = Image.fromarray(noise(5, 5)).convert("RGBA")
    before = image.tobytes()
    read_pixels(image, ImageInput(height=2, width=2))
    assert (image.mode, image.tobytes()) == ("RGBA", before)


# What each EXIF orientation says was done to the upright image before it was stored.
STORED = {
    1: lambda up: up,
    2: lambda up: up[:, ::-1],
    3: lambda up: up[::-1, ::-1],
    4: lambda up: up[::-1],
    5: lambda up: up.swapaxes(0, 1),
    6: lambda up: np.rot90(up, 1),
    7: lambda up: up[::-1, ::-1].swapaxes(0, 1),
    8: lambda up: np.rot90(up, -1),
}


@pytest.mark.parametrize("orientation", STORED)
@pytest.mark.parametrize(
    ("form", "options"), [("PNG", {}), ("TIFF", {}), ("TIFF", {"compression": "tiff_lzw"})], ids=str
)
def test_an_image_is_turned_upright_by_its_exif_orientation(orientation, form, options):
    upright = noise(4, 6)
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = np.ascontiguousarray(STORED[orientation](upright))
    content = encode(Image.fromarray(stored), form, exif=exif, **options)
    assert np.array_equal(pixels_of(content, 4, 6), upright)
    opened = Image.open(io.BytesIO(content))
    model = ImageInput(height=4, width=6)
    for _ in range(2):
        assert np.array_equal(read_pixels(opened, model)[0], upright)
    opened.load()
    assert np.array_equal(read_pixels(opened.copy(), model)[0], upright)


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_orientation_that_does_not_exist_changes_nothing(orientation):
    pixels = noise(4, 6)
    exif = Image.Exif()
    exif[0x0112] = orientation
    assert np.array_equal(pixels_of(encode(Image.fromarray(pixels), exif=exif)), pixels)


def test_damaged_exif_is_ignored_as_browsers_do():
    pixels = noise(4, 6)
    content = encode(Image.fromarray(pixels), exif=b"Exif\0\0garbage!")
    assert np.array_equal(pixels_of(content), pixels)


def flattened(rgba, background):
    """Return the specified mix: (a * c + (255 - a) * background + 127) // 255."""
    colour, alpha = rgba[..., :3].astype(int), rgba[..., 3:].astype(int)
    return (alpha * colour + (255 - alpha) * np.array(background) + 127) // 255


@pytest.mark.parametrize("background", [(255, 255, 255), (0, 0, 0), (10, 200, 77)])
def test_transparency_is_flattened_by_the_specified_formula(background):
    # Every alpha with every second level.
    alpha, level = np.meshgrid(np.arange(256), np.arange(0, 256, 2))
    rgba = np.stack([level, 255 - level, level // 2, alpha], axis=2).astype(np.uint8)
    found = pixels_of(encode(Image.fromarray(rgba)), background=background)
    assert np.array_equal(found, flattened(rgba, background))


def test_a_grey_image_with_alpha_is_flattened():
    grey_alpha = noise(8, 8)[..., :2]
    rgba = grey_alpha[..., [0, 0, 0, 1]]
    found = pixels_of(encode(Image.fromarray(grey_alpha, "LA")), background=(1, 2, 3))
    assert np.array_equal(found, flattened(rgba, (1, 2, 3)))


def test_a_palette_with_transparent_colours_is_flattened():
    image = Image.new("P", (3, 1))
    image.putpalette([10, 20, 30, 40, 50, 60, 70, 80, 90])
    image.putdata([0, 1, 2])
    found = pixels_of(encode(image, transparency=bytes([0, 128, 255])))
    rgba = np.array([[[10, 20, 30, 0], [40, 50, 60, 128], [70, 80, 90, 255]]], np.uint8)
    assert np.array_equal(found, flattened(rgba, (255, 255, 255)))


def test_a_palette_without_transparency_gives_its_colours():
    image = Image.new("P", (2, 1))
    image.putpalette([10, 20, 30, 40, 50, 60])
    image.putdata([1, 0])
    assert pixels_of(encode(image)).tolist() == [[[40, 50, 60], [10, 20, 30]]]


def one_colour_transparent(**options):
    pixels = np.full((2, 2, 3), (10, 20, 30), np.uint8)
    pixels[0, 0] = (200, 0, 0)
    return encode(Image.fromarray(pixels), transparency=(200, 0, 0), **options)


def test_a_colour_that_the_file_calls_transparent_becomes_the_background():
    found = pixels_of(one_colour_transparent(), background=(1, 2, 3))
    assert found[0, 0].tolist() == [1, 2, 3]
    assert found[1, 1].tolist() == [10, 20, 30]


def srgb_profile():
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def test_a_colour_that_is_transparent_stays_so_in_a_file_with_a_profile():
    content = one_colour_transparent(icc_profile=srgb_profile())
    assert pixels_of(content, background=(1, 2, 3))[0, 0].tolist() == [1, 2, 3]


@given(SIDES, SIDES, SIDES, SIDES)
def test_a_letterbox_keeps_the_aspect_ratio_within_a_pixel_in_the_middle(rows, columns, h, w):
    placed = place(rows, columns, ImageInput(h, w, fit="letterbox"))
    scale = min(h / rows, w / columns)
    assert placed.height == pytest.approx(max(1, rows * scale), abs=0.5)
    assert placed.width == pytest.approx(max(1, columns * scale), abs=0.5)
    assert placed.height == h or placed.width == w
    assert 0 <= h - placed.height - 2 * placed.top <= 1
    assert 0 <= w - placed.width - 2 * placed.left <= 1
    assert placed.box == (0, 0, columns, rows)


def test_a_letterbox_has_the_resized_image_on_its_padding():
    pixels = noise(20, 10)
    model = ImageInput(height=8, width=10, fit="letterbox", padding=(1, 2, 3))
    found = read_pixels(pixels, model)[0]
    assert np.array_equal(found[:, 3:7], resize(pixels, 8, 4))
    assert (found[:, [0, 1, 2, 7, 8, 9]] == (1, 2, 3)).all()
    assert np.array_equal(read_pixels(to_png(pixels), model)[0], found)


def test_blue_comes_first_after_scale_and_offset():
    pixels = np.uint8([[[[10, 20, 40]]]])
    model = ImageInput(1, 1, channel_order="bgr", scale=(1.0, 0.5, 0.25), offset=(0.0, 1.0, 2.0))
    assert to_tensor(pixels, model, FLOAT32).tolist() == [[[[12.0, 11.0, 10.0]]]]
    plain = ImageInput(1, 1, channel_order="bgr")
    assert to_tensor(pixels, plain, TensorSpec("uint8")).tolist() == [[[[40, 20, 10]]]]


def test_grey_and_black_and_white_images_have_three_equal_channels():
    grey = noise(5, 6)[..., 0]
    found = pixels_of(encode(Image.fromarray(grey)))
    assert np.array_equal(found, np.repeat(grey[..., None], 3, 2))
    bits = grey > 99
    found = pixels_of(encode(Image.fromarray(bits)))
    assert np.array_equal(found, np.repeat(bits[..., None] * np.uint8(255), 3, 2))


@pytest.mark.parametrize("form", ["PNG", "TIFF"])
def test_16_bit_grey_keeps_the_upper_byte(form):
    deep = np.array([[0, 0xFF, 0x100, 0x1234], [0x7FFF, 0x80FF, 0xFF00, 0xFFFF]], np.uint16)
    found = pixels_of(encode(Image.fromarray(deep), form))
    assert np.array_equal(found, np.repeat((deep >> 8).astype(np.uint8)[..., None], 3, 2))


def png_chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(
        ">I", zlib.crc32(kind + content)
    )  # fmt: skip


def raw_png(width, height, depth, colour_type, rows):
    return b"".join(
        [
            b"\x89PNG\r\n\x1a\n",
            png_chunk(b"IHDR", struct.pack(">2I5B", width, height, depth, colour_type, 0, 0, 0)),
            png_chunk(b"IDAT", zlib.compress(rows)),
            png_chunk(b"IEND", b""),
        ]
    )


def test_16_bit_colour_keeps_the_upper_byte():
    row = b"\0" + bytes.fromhex("1234 80ff ff00 00ff 7f80 ffff")
    found = pixels_of(raw_png(2, 1, 16, 2, row))
    assert found.tolist() == [[[0x12, 0x80, 0xFF], [0x00, 0x7F, 0xFF]]]


def test_cmyk_becomes_red_green_blue():
    cmyk = Image.new("CMYK", (8, 8), (0, 255, 255, 0))
    # A TIFF is lossless: no ink but magenta and yellow is red.
    assert (pixels_of(encode(cmyk, "TIFF")) == (255, 0, 0)).all()
    found = pixels_of(encode(cmyk, "JPEG"))
    assert np.abs(found.astype(int) - (255, 0, 0)).max() <= 2  # JPEG rounds its transform


def test_of_an_animation_the_first_frame_counts():
    frames = [Image.new("RGB", (3, 2), colour) for colour in ("red", "green", "blue")]
    content = encode(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=50)
    assert (pixels_of(content) == (255, 0, 0)).all()


def test_a_lossless_webp_gives_its_pixels():
    pixels = noise(9, 7)
    assert np.array_equal(pixels_of(encode(Image.fromarray(pixels), "WEBP", lossless=True)), pixels)


# Display P3's primaries, adapted to the profile connection space's white (CSS Color 4).
P3_TO_XYZ = np.array(
    [[0.51512, 0.29198, 0.15710], [0.24120, 0.69225, 0.06657], [-0.00105, 0.04189, 0.78407]]
)
# sRGB's, adapted in the same way (IEC 61966-2-1, Bradford).
SRGB_TO_XYZ = np.array(
    [[0.43607, 0.38515, 0.14307], [0.22249, 0.71687, 0.06061], [0.01392, 0.09708, 0.71410]]
)


def matrix_profile(matrix, gamma):
    """Return the smallest ICC v2 display profile: three primaries, one gamma."""

    def fixed(*values):
        return b"".join(struct.pack(">i", round(value * 65536)) for value in values)

    curve = b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256)) + bytes(2)
    title = b"desc" + bytes(4) + struct.pack(">I", 5) + b"Wide\0" + bytes(78 + 1)
    tags = {
        b"desc": title + bytes(-len(title) % 4),
        b"cprt": b"text" + bytes(4) + b"CC0\0",
        b"wtpt": b"XYZ " + bytes(4) + fixed(0.9642, 1.0, 0.8249),
        **{
            name: b"XYZ " + bytes(4) + fixed(*matrix[:, column])
            for column, name in enumerate([b"rXYZ", b"gXYZ", b"bXYZ"])
        },
        **dict.fromkeys([b"rTRC", b"gTRC", b"bTRC"], curve),
    }
    offset = 128 + 4 + 12 * len(tags)
    table, data = struct.pack(">I", len(tags)), b""
    for name, content in tags.items():
        table += name + struct.pack(">2I", offset + len(data), len(content))
        data += content
    header = struct.pack(
        ">I4sI4s4s4s12s4s4s24s12s48s",
        offset + len(data), bytes(4), 0x02100000, b"mntr", b"RGB ", b"XYZ ",
        struct.pack(">6H", 2020, 1, 1, 0, 0, 0), b"acsp", bytes(4), bytes(24),
        fixed(0.9642, 1.0, 0.8249), bytes(48),
    )  # fmt: skip
    return header + table + data


def test_a_wide_gamut_image_is_converted_to_srgb():
    # Muted colours, which both gamuts hold.
    pixels = (noise(16, 16) // 4 + 96).astype(np.uint8)
    content = encode(Image.fromarray(pixels), icc_profile=matrix_profile(P3_TO_XYZ, 2.2))
    linear = (pixels / 255) ** 2.2 @ P3_TO_XYZ.T @ np.linalg.inv(SRGB_TO_XYZ).T
    expected = 255 * np.where(
        linear <= 0.0031308, 12.92 * linear, 1.055 * linear.clip(0) ** (1 / 2.4) - 0.055
    )
    found = pixels_of(content).astype(float)
    # Half a level for rounding, and as much again for Little CMS's 16-bit tables.
    assert np.abs(found - expected).max() < 1
    assert np.abs(expected - pixels).max() > 8


def test_alpha_survives_the_conversion_from_a_profile():
    rgba = np.dstack([noise(6, 6) // 4 + 96, noise(6, 6, 1)[..., :1]]).astype(np.uint8)
    content = encode(Image.fromarray(rgba), icc_profile=matrix_profile(SRGB_TO_XYZ, 2.2))
    found = pixels_of(content).astype(int)
    # A plain 2.2 for sRGB's curve is at most two levels off here, and so is the mix.
    assert np.abs(found - flattened(rgba, (255, 255, 255))).max() <= 2


@pytest.mark.parametrize(
    "profile", [b"junk" * 50, srgb_profile()[:200], srgb_profile()[:-1], bytes(500)]
)
def test_a_damaged_profile_is_ignored(profile):
    pixels = noise(4, 4)
    found = pixels_of(encode(Image.fromarray(pixels), icc_profile=profile)).astype(int)
    # Cut by one byte, sRGB may still be readable, and converts to itself within a level.
    assert np.abs(found - pixels).max() <= 1


def test_the_profile_of_another_colour_space_is_ignored():
    grey = noise(4, 4)[..., 0]
    content = encode(Image.fromarray(grey), icc_profile=srgb_profile())
    assert np.array_equal(pixels_of(content)[..., 0], grey)


@pytest.mark.parametrize(
    ("size", "to", "kept"),
    [
        ((10, 20), (5, 5), (slice(0, 10), slice(5, 15))),
        ((20, 10), (5, 5), (slice(5, 15), slice(0, 10))),
        ((10, 21), (5, 5), (slice(0, 10), slice(5, 15))),
        ((10, 10), (5, 10), (slice(2, 7), slice(0, 10))),
        ((7, 10), (3, 4), (slice(0, 7), slice(0, 9))),
        ((1, 100), (9, 3), (slice(0, 1), slice(49, 50))),
        ((6, 4), (3, 2), (slice(0, 6), slice(0, 4))),
    ],
)
def test_crop_keeps_the_largest_centred_piece_of_the_models_shape(size, to, kept):
    pixels = noise(*size)
    model = ImageInput(height=to[0], width=to[1], fit="crop")
    expected = resize(pixels[kept].copy(), *to)
    assert np.array_equal(read_pixels(pixels, model)[0], expected)


@given(SIDES, SIDES, SIDES, SIDES)
def test_crop_keeps_one_side_whole_and_the_other_within_a_pixel_of_the_shape(rows, columns, h, w):
    left, top, right, bottom = place(rows, columns, ImageInput(h, w, fit="crop")).box
    height, width = bottom - top, right - left
    assert height == rows or width == columns
    scale = min(rows / h, columns / w)
    assert (height, width) == pytest.approx((h * scale, w * scale), abs=1)


def test_grey_arrays_and_colour_arrays_are_images():
    grey = noise(4, 5)[..., 0]
    model = ImageInput(height=4, width=5)
    assert np.array_equal(read_pixels(grey, model)[0], np.repeat(grey[..., None], 3, 2))
    turned = noise(5, 4).swapaxes(0, 1)
    assert np.array_equal(read_pixels(turned, model)[0], turned)


def test_an_array_that_is_no_contiguous_block_is_resized_all_the_same():
    pixels = noise(20, 30)
    view = pixels[::-1, ::3]
    found = read_pixels(view, ImageInput(height=7, width=7))[0]
    assert np.array_equal(found, resize_by_specification(view, 7, 7))


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((2, 2, 3), np.float32), np.zeros((2, 2, 3), np.int8), np.zeros((2, 2), bool),
        np.zeros((2, 2), np.uint16), np.zeros((2, 2, 4), np.uint8), np.zeros((2, 2, 1), np.uint8),
        np.zeros((1, 2, 2, 3), np.uint8), np.zeros(3, np.uint8), np.zeros((), np.uint8),
        np.zeros((0, 2, 3), np.uint8), np.zeros((2, 0), np.uint8), np.zeros((2, 2, 0), np.uint8),
        np.zeros((2, 2), object), np.array("seven.png"),
    ],
    ids=lambda array: f"{array.dtype}{array.shape}",
)  # fmt: skip
def test_an_array_of_another_type_or_shape_is_refused(array):
    assert f"got {array.dtype} {array.shape}" in refusal(array)


@pytest.mark.parametrize("value", [None, 1, 1.5, [[1]], object, bytearray(b"x"), {"a": 1}])
def test_what_is_no_image_at_all_is_refused_by_its_type(value):
    assert type(value).__name__ in refusal(value)


def test_a_truncated_jpeg_is_refused():
    content = encode(Image.fromarray(noise(64, 64)), "JPEG")
    for length in (0, 1, 2, 20, len(content) // 2, len(content) * 9 // 10):
        refusal(content[:length])


def test_a_png_cut_short_anywhere_is_refused_or_whole():
    pixels = noise(6, 6)
    content = encode_png(pixels)
    for length in range(len(content)):
        try:
            found = read_pixels(content[:length], ImageInput(height=6, width=6))
        except InputError:
            continue
        assert np.array_equal(found[0], pixels), "pixels were made up"


@given(at=st.integers(0, 10_000), other=st.integers(1, 255))
def test_a_damaged_image_is_an_image_or_the_typed_error(at, other):
    content = bytearray(DAMAGED)
    content[at % len(content)] ^= other
    with warnings.catch_warnings():
        # Pillow warns of what it finds corrupt and reads on.
        warnings.simplefilter("ignore")
        try:
            found = read_pixels(bytes(content), ImageInput(height=2, width=2))
        except InputError as error:
            assert "\n" not in str(error)  # noqa: PT017 - either way will do
        else:
            assert found.shape == (1, 2, 2, 3)


DAMAGED = encode(Image.fromarray(noise(16, 16)), "JPEG", icc_profile=srgb_profile()[:600])


def test_a_text_file_a_folder_and_a_missing_file_are_refused_by_name(tmp_path):
    note = tmp_path / "note.png"
    note.write_text("this is no image")
    assert "note.png" in refusal(note)
    assert "directory" in refusal(tmp_path)
    assert "No such file" in refusal(tmp_path / "missing.png")
    assert "missing.png" in refusal(str(tmp_path / "missing.png"))


@pytest.mark.parametrize("path", ["a\0b", "x" * 5000, ""])
def test_a_path_that_cannot_be_is_refused(path):
    refusal(path)


def test_a_path_with_a_line_break_is_refused_in_one_line(tmp_path):
    refusal(tmp_path / "a\nb.png")


@pytest.mark.parametrize(("width", "height"), [(100_000, 100_000), (2**31 - 1, 1), (1, 2**31 - 1)])
def test_a_bomb_of_an_image_is_refused_by_its_header(width, height):
    refusal(raw_png(width, height, 8, 2, bytes(100)))


def test_an_image_a_little_beyond_the_limit_is_refused():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        assert f"{limits.MAX_PIXELS:,} pixels" in refusal(
            raw_png(limits.MAX_PIXELS + 1, 1, 8, 0, bytes(100))
        )


def test_the_limit_holds_for_arrays_and_images_too(monkeypatch):
    monkeypatch.setattr("satchel.limits.MAX_PIXELS", 24)
    pixels = noise(5, 5)
    for image in (pixels, Image.fromarray(pixels), encode_png(pixels)):
        assert "at most 24 pixels, got 5 x 5" in refusal(image)
    read_pixels(noise(4, 6), ImageInput(height=2, width=2))


def test_no_step_of_the_resize_is_larger_than_the_limit(monkeypatch):
    monkeypatch.setattr("satchel.limits.MAX_PIXELS", 1000)
    sizes = []
    plain = Image.Image.resize

    def resize_and_note(self, size, *rest):
        sizes.append(size[0] * size[1])
        return plain(self, size, *rest)

    monkeypatch.setattr(Image.Image, "resize", resize_and_note)
    try:
        read_pixels(np.zeros((1000, 1, 3), np.uint8), ImageInput(height=20, width=20))
    except InputError:
        return
    assert max(sizes) <= 1000


def test_images_need_pillow_and_the_error_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "PIL", None)
    assert "pip install Pillow" in refusal(b"any")


def test_an_array_of_the_models_size_needs_no_pillow(monkeypatch):
    monkeypatch.setitem(sys.modules, "PIL", None)
    pixels = noise(3, 3)
    assert np.array_equal(read_pixels(pixels, ImageInput(height=3, width=3))[0], pixels)


FLOAT32 = TensorSpec("float32")


def test_to_tensor_hands_raw_pixels_through_untouched():
    pixels = noise(2, 3)[np.newaxis]
    assert to_tensor(pixels, ImageInput(height=2, width=3), TensorSpec("uint8")) is pixels


def test_to_tensor_scales_and_shifts_in_float32():
    pixels = noise(2, 3)[np.newaxis]
    model = ImageInput(height=2, width=3, scale=(1 / 127.5,), offset=(-1.0,))
    tensor = to_tensor(pixels, model, FLOAT32)
    assert tensor.dtype == np.float32
    expected = pixels.astype(np.float32) * np.float32(1 / 127.5) + np.float32(-1)
    assert np.array_equal(tensor, expected)
    assert tensor.min() >= -1


def test_to_tensor_takes_one_factor_and_offset_a_channel():
    pixels = np.full((1, 1, 1, 3), 100, np.uint8)
    model = ImageInput(height=1, width=1, scale=(1.0, 0.5, 0.25), offset=(0.0, 1.0, -1.0))
    assert to_tensor(pixels, model, FLOAT32).ravel().tolist() == [100, 51, 24]


def test_to_tensor_without_scale_gives_the_pixels_as_floats():
    pixels = noise(2, 2)[np.newaxis]
    tensor = to_tensor(pixels, ImageInput(height=2, width=2), FLOAT32)
    assert tensor.dtype == np.float32
    assert np.array_equal(tensor, pixels)


def test_to_tensor_makes_one_channel_by_bt_601():
    pixels = np.array([[[[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255]]]], np.uint8)
    model = ImageInput(height=1, width=4, channels=1, scale=(1 / 255,))
    tensor = to_tensor(pixels, model, FLOAT32)
    assert tensor.shape == (1, 1, 4, 1)
    # Three float32 products and their sum: a few units in the last of seven digits.
    assert tensor.ravel() == pytest.approx([0.299, 0.587, 0.114, 1.0], abs=1e-6)


def test_to_tensor_quantises_to_int8_and_uint8():
    pixels = np.array([[[[0, 1, 255]]]], np.uint8)
    model = ImageInput(height=1, width=1, scale=(1 / 255,))
    int8 = to_tensor(pixels, model, TensorSpec("int8", 1 / 255, -128))
    assert (int8.dtype, int8.ravel().tolist()) == (np.int8, [-128, -127, 127])
    uint8 = to_tensor(pixels, model, TensorSpec("uint8", 1 / 255, 0))
    assert (uint8.dtype, uint8.ravel().tolist()) == (np.uint8, [0, 1, 255])


def test_every_pixel_level_survives_a_uint8_input_of_the_same_scale():
    # What makes a full_int8 model of raw pixels as exact as its image.
    pixels = np.arange(768, dtype=np.uint16).astype(np.uint8).reshape(1, 16, 16, 3)
    model = ImageInput(height=16, width=16, scale=(1 / 255,))
    assert np.array_equal(to_tensor(pixels, model, TensorSpec("uint8", 1 / 255)), pixels)


def test_to_tensor_refuses_a_model_that_takes_ids():
    pixels = noise(1, 1)[np.newaxis]
    with pytest.raises(EngineError, match="got int32"):
        to_tensor(pixels, ImageInput(height=1, width=1), TensorSpec("int32"))


def test_a_format_that_would_run_another_program_is_refused(tmp_path):
    disguised = tmp_path / "a.png"
    disguised.write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 4 4\n%%EndComments\n")
    with pytest.raises(InputError, match=r"^Expected an image \(BMP, GIF, .*\), got PostScript: "):
        read_pixels(disguised, ImageInput(4, 4))


def test_without_pillow_an_array_of_another_size_is_one_line(monkeypatch):
    monkeypatch.setitem(sys.modules, "PIL", None)
    fitting = np.zeros((4, 4, 3), np.uint8)
    assert read_pixels(fitting, ImageInput(4, 4)).shape == (1, 4, 4, 3)
    with pytest.raises(InputError, match=r"^Expected Pillow .* pip install Pillow"):
        read_pixels(fitting, ImageInput(5, 4))


@pytest.mark.parametrize(
    "mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "LAB", "HSV"]
)
def test_an_image_of_any_mode_is_read_or_refused(mode):
    image = Image.new(mode, (5, 3))
    with suppress(InputError):
        assert read_pixels(image, ImageInput(2, 2)).shape == (1, 2, 2, 3)


def test_an_image_of_floating_point_numbers_is_refused_and_not_clipped():
    with pytest.raises(InputError, match="got one of floating point numbers: save it with 8"):
        read_pixels(Image.new("F", (5, 3), 0.5), ImageInput(2, 2))


@pytest.mark.parametrize("mode", ["HSV", "LAB"])
def test_a_mode_that_cannot_become_rgb_is_an_error_of_the_image(mode, monkeypatch):
    def refuse(*_):
        raise ValueError("conversion not supported")

    image = Image.new(mode, (5, 3))
    monkeypatch.setattr(Image.Image, "convert", refuse)
    with pytest.raises(InputError, match="conversion not supported"):
        read_pixels(image, ImageInput(2, 2))
