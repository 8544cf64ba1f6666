"""A JPEG decoded at a fraction of its size: the rule to the bit, and what it leaves alone."""

import io

import numpy as np
import pytest
from hypothesis import given, strategies as st
from PIL import Image

from helpers.tiny_bundles import GENERATOR_CARD, IMAGE_CARD, TEXT_CARD
from satchel.bundle.image_input import ImageInput
from satchel.errors import InputError
from satchel.preprocessing.images import read_pixels
from satchel.preprocessing.jpeg_scaling import Scaled, decode_scaled
from satchel.preprocessing.preprocessor import open_reader


def image(height, width):
    """Return smooth colours with some noise, uint8 (height, width, 3)."""
    rows, columns = np.mgrid[:height, :width]
    waves = np.stack([rows / height, columns / width, (rows + columns) / (height + width)], axis=2)
    noise = np.random.default_rng(7).normal(0, 3, (height, width, 3))
    return (255 * np.abs(np.sin(4 * waves)) + noise).clip(0, 255).astype(np.uint8)


def jpeg(height, width, orientation=1, form="JPEG", **options):
    exif = Image.Exif()
    exif[0x0112] = orientation
    file = io.BytesIO()
    Image.fromarray(image(height, width)).save(file, form, exif=exif, **options)
    return file.getvalue()


def opened(content):
    return Image.open(io.BytesIO(content))


def scaled_by_rule(height, width, model):
    """Return s as docs/bundle.md says it."""
    for divisor in (8, 4, 2):
        if width // divisor >= model.width and height // divisor >= model.height:
            return divisor
    return 1


def resample_rows(pixels, begin, end, new_size):
    """Resample what lies from ``begin`` to ``end`` of the first axis, as docs/bundle.md says it."""
    size, scale = len(pixels), (end - begin) / new_size
    support = max(scale, 1.0)
    result = np.empty((new_size, *pixels.shape[1:]), np.uint8)
    for at in range(new_size):
        centre = begin + (at + 0.5) * scale
        first = max(0, int(centre - support + 0.5))
        last = min(size, int(centre + support + 0.5))
        ramp = [max(0.0, 1 - abs((x - centre + 0.5) * (1 / support))) for x in range(first, last)]
        weights = [int(0.5 + value / sum(ramp) * (1 << 22)) for value in ramp]
        total = np.tensordot(weights, pixels[first:last].astype(np.int64), 1)
        result[at] = np.clip((total + (1 << 21)) >> 22, 0, 255)
    return result


def read_by_specification(content, model):
    image = opened(content)
    width, height = image.size
    divisor = scaled_by_rule(height, width, model)
    image.draft(None, (width // divisor, height // divisor))
    assert image.size == (-(-width // divisor), -(-height // divisor))
    pixels = np.asarray(image)
    left, top, right, bottom = 0, 0, width, height
    if model.fit == "crop" and width * model.height > height * model.width:
        kept = max(1, (2 * height * model.width + model.height) // (2 * model.height))
        left = (width - kept) // 2
        right = left + kept
    elif model.fit == "crop":
        kept = max(1, (2 * width * model.height + model.width) // (2 * model.width))
        top = (height - kept) // 2
        bottom = top + kept
    across = resample_rows(pixels.swapaxes(0, 1), left / divisor, right / divisor, model.width)
    return resample_rows(across.swapaxes(0, 1), top / divisor, bottom / divisor, model.height)


@pytest.mark.parametrize("fit", ["stretch", "crop"])
@pytest.mark.parametrize(
    "size", [(256, 512), (130, 91), (97, 350), (255, 257), (64, 65), (129, 64), (400, 33)]
)
def test_a_scaled_image_is_the_specified_one_to_the_bit(size, fit):
    content, model = jpeg(*size), ImageInput(24, 32, fit=fit)
    found = read_pixels(content, model, decoding="scaled")[0]
    if scaled_by_rule(*size, model) == 1:
        assert np.array_equal(found, read_pixels(content, model)[0])
    else:
        assert np.array_equal(found, read_by_specification(content, model))


SIDES = st.integers(1, 300)


@given(SIDES, SIDES, st.integers(1, 60), st.integers(1, 60))
def test_the_divisor_is_the_largest_with_which_the_image_covers_the_model(
    height, width, to_height, to_width
):
    model = ImageInput(to_height, to_width)
    file = io.BytesIO()
    Image.new("RGB", (width, height)).save(file, "JPEG")
    image = opened(file.getvalue())
    found = decode_scaled(image, model)
    divisor = scaled_by_rule(height, width, model)
    if divisor == 1:
        assert found is None
    else:
        assert found == Scaled(width, height, divisor)
    assert image.size == (-(-width // divisor), -(-height // divisor))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_an_image_that_lies_is_scaled_by_its_upright_sides(orientation):
    lies = orientation >= 5
    content = jpeg(*((256, 64) if lies else (64, 256)), orientation)
    model = ImageInput(height=32, width=128)
    assert decode_scaled(opened(content), model) == Scaled(256, 64, 2)
    exact = read_pixels(content, model).astype(int)
    found = read_pixels(content, model, decoding="scaled").astype(int)
    # Noise of 3 levels, filtered in two ways; the sides exchanged, it would be tens.
    assert np.abs(exact - found).mean() < 2


@pytest.mark.parametrize("fit", ["stretch", "crop"])
def test_a_scaled_image_is_within_a_few_levels_of_the_exact_one(fit):
    content, model = jpeg(777, 1203, quality=95), ImageInput(96, 96, fit=fit)
    exact = read_pixels(content, model).astype(int)
    found = read_pixels(content, model, decoding="scaled").astype(int)
    assert 0 < np.abs(exact - found).mean() < 1  # noise of 3 levels, averaged in another way


@pytest.mark.parametrize("form", ["PNG", "WEBP", "TIFF"])
def test_a_file_that_is_no_jpeg_is_read_exactly(form):
    content, model = jpeg(100, 100, form=form), ImageInput(10, 10)
    assert np.array_equal(
        read_pixels(content, model, decoding="scaled"), read_pixels(content, model)
    )


def test_a_phones_jpeg_of_several_images_is_scaled_too():
    file = io.BytesIO()
    first, second = (Image.fromarray(image(128, side)) for side in (128, 120))
    first.save(file, "MPO", save_all=True, append_images=[second])
    photo = opened(file.getvalue())
    assert photo.format == "MPO"
    assert decode_scaled(photo, ImageInput(16, 16)) == Scaled(128, 128, 8)
    assert read_pixels(file.getvalue(), ImageInput(16, 16), decoding="scaled").shape[1] == 16


def test_a_grey_jpeg_is_scaled_and_has_three_equal_channels():
    file = io.BytesIO()
    Image.fromarray(image(128, 128)[..., 0]).save(file, "JPEG")
    found = read_pixels(file.getvalue(), ImageInput(16, 16), decoding="scaled")
    assert np.array_equal(found, np.repeat(found[..., :1], 3, axis=3))


def test_an_image_that_was_given_is_not_scaled():
    image = opened(jpeg(128, 128))
    model = ImageInput(16, 16)
    found = read_pixels(image, model, decoding="scaled")
    assert image.size == (128, 128)
    assert np.array_equal(found, read_pixels(jpeg(128, 128), model))


def test_the_limit_is_of_the_pixels_in_the_file_and_not_of_those_decoded(monkeypatch):
    monkeypatch.setattr("satchel.limits.MAX_PIXELS", 128 * 128 - 1)
    with pytest.raises(InputError, match=r"at most 16,383 pixels, got 128 x 128"):
        read_pixels(jpeg(128, 128), ImageInput(16, 16), decoding="scaled")


@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_a_truncated_jpeg_is_refused_in_one_line(share):
    content = jpeg(128, 128)
    with pytest.raises(InputError, match=r"^Expected a readable image, got [^\n]*$"):
        read_pixels(content[: int(share * len(content))], ImageInput(16, 16), decoding="scaled")


def test_a_decoding_that_does_not_exist_is_refused_with_those_that_do():
    with pytest.raises(InputError, match=r"^Expected a decoding of exact, scaled, got 'fast'\.$"):
        open_reader(IMAGE_CARD, {}, decoding="fast")


@pytest.mark.parametrize(("kind", "card"), [("text", TEXT_CARD), ("latent", GENERATOR_CARD)])
def test_what_is_no_image_cannot_be_scaled(kind, card):
    with pytest.raises(InputError, match=f"^Expected images for .*, got a model of {kind}s"):
        open_reader(card, {}, decoding="scaled")
