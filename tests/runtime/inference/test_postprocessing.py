"""A model's output to probabilities and images."""

import numpy as np
import pytest

from helpers.tiny_bundles import GENERATOR_CARD, TEXT_CARD
from satchel.bundle.image_output import ImageOutput
from satchel.bundle.label_output import LabelOutput
from satchel.inference.postprocessing import difference, postprocess
from satchel.tasks.image_output import postprocess as to_pixels


def pixels_of(*values, **output):
    """Return the red levels of a row of grey values."""
    row = np.float32(values)[np.newaxis, np.newaxis, :, np.newaxis]
    output_spec = ImageOutput(1, len(values), channels=1, **output)
    return to_pixels(row, output_spec)[0, 0, :, 0].tolist()


def test_values_are_pixels_where_scale_and_offset_change_nothing():
    values = np.float32(np.arange(24).reshape(1, 2, 4, 3))
    pixels = to_pixels(values, ImageOutput(2, 4))
    assert pixels.dtype == np.uint8
    assert np.array_equal(pixels, values)


def test_ties_round_up_and_what_is_out_of_range_is_clipped():
    below = float(np.nextafter(np.float32(0.5), np.float32(0)))
    assert pixels_of(0.5, below, 1.5, 2.5, 254.5, 255.5, 300, -0.5, -3) == [
        1, 0, 2, 3, 255, 255, 255, 0, 0,
    ]  # fmt: skip


def test_scale_and_offset_are_applied_to_each_channel():
    values = np.float32([[[[-1, 0, 1]]]])
    output_spec = ImageOutput(1, 1, scale=(127.5, 1.0, 2.0), offset=(127.5, 7.0, 0.0))
    assert to_pixels(values, output_spec).tolist() == [[[[0, 7, 2]]]]
    assert pixels_of(-1, 0, 1, scale=(127.5,), offset=(127.5,)) == [0, 128, 255]


def test_one_channel_becomes_three_equal_ones():
    pixels = to_pixels(np.float32([[[[9]], [[200]]]]), ImageOutput(2, 1, channels=1))
    assert pixels.tolist() == [[[[9, 9, 9]], [[200, 200, 200]]]]


def test_what_overflows_is_white_and_black_without_a_warning():
    assert pixels_of(3e38, -3e38, scale=(1e38,), offset=(-3e38,)) == [255, 0]


def test_a_card_decides_what_values_mean():
    labels = TEXT_CARD._replace(output=LabelOutput(("no", "yes"), "none"))
    assert postprocess(np.float32([[0, 0]]), labels).tolist() == [[0.5, 0.5]]
    image = GENERATOR_CARD._replace(output=ImageOutput(1, 1))
    assert postprocess(np.float32([[[[7, 8, 9]]]]), image).dtype == np.uint8


def test_scores_differ_by_the_largest_and_images_by_the_root_mean_square():
    assert difference(np.float32([0.25, 0.75]), np.float32([0.5, 0.5]), TEXT_CARD) == 0.25
    black = np.zeros((2, 2, 1), np.uint8)
    other = black.copy()
    other[0, 0] = 255
    found = difference(black, other, GENERATOR_CARD)
    assert found == difference(other, black, GENERATOR_CARD) == pytest.approx(0.5)
    assert difference(other, other, GENERATOR_CARD) == 0
