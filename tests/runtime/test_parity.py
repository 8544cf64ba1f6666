"""How far two sets of scores, or of pictures, are apart."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from satchel.parity import accuracy, compare, largest_difference, psnr_db, root_mean_square

SCORES = hnp.arrays(np.float32, (4, 3), elements=st.floats(2**-20, 1, width=32))


@given(SCORES)
def test_scores_agree_with_themselves(scores):
    assert compare(scores, scores) == (1.0, 0.0, math.inf)


@given(SCORES, SCORES)
def test_the_difference_is_the_largest_of_any_one_probability(reference, scores):
    found = compare(reference, scores)
    expected = max(
        abs(float(a) - float(b)) for a, b in zip(reference.flat, scores.flat, strict=True)
    )
    assert found.largest_difference == expected
    assert found.largest_difference == compare(scores, reference).largest_difference


def test_agreement_is_the_share_of_samples_with_the_same_top_label():
    reference = np.float32([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.3, 0.7]])
    scores = np.float32([[0.6, 0.4], [0.4, 0.6], [0.4, 0.6], [0.1, 0.9]])
    assert compare(reference, scores).agreement == 0.75


def test_the_signal_to_noise_ratio_is_in_decibel():
    reference = np.float32([[1, 0]])
    # A tenth of the amplitude is a hundredth of the power: 20 dB.
    assert compare(reference, np.float32([[1.1, 0]])).sqnr_db == pytest.approx(20, abs=1e-4)
    assert compare(reference, np.float32([[2, 0]])).sqnr_db == 0


def test_differences_are_summed_in_double_precision():
    reference = np.full((1000, 1000), 0.5, np.float32)
    scores = reference + np.float32(2**-13)
    # Exact in double precision; a float32 sum of a million terms would be off in the third digit.
    assert compare(reference, scores).sqnr_db == pytest.approx(20 * math.log10(2**12), abs=1e-9)


@pytest.mark.parametrize(
    ("left", "right"), [((2, 3), (2, 4)), ((2, 3), (3, 3)), ((2, 3), (3, 2)), ((0, 3), (0, 3))]
)
def test_scores_of_another_shape_or_of_no_sample_are_refused(left, right):
    with pytest.raises(ValueError, match="Expected scores of the reference's shape"):
        compare(np.zeros(left, np.float32), np.zeros(right, np.float32))


def test_accuracy_is_the_share_of_true_top_labels():
    scores = np.float32([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]])
    assert accuracy(scores, np.array([0, 1, 1])) == pytest.approx(2 / 3)
    assert type(accuracy(scores, np.array([0, 1, 0]))) is float


def test_the_peak_signal_to_noise_ratio_is_that_of_the_pixels():
    black = np.zeros((2, 4, 4, 3), np.uint8)
    grey = black + np.uint8(51)
    # A fifth of the range: 20 log10(5).
    assert psnr_db(black, grey) == pytest.approx(13.979, abs=1e-3)
    assert psnr_db(grey, black) == psnr_db(black, grey)
    assert psnr_db(grey, grey) == float("inf")


def test_the_largest_difference_of_pixels_is_in_levels_either_way():
    first, second = np.uint8([[0, 200, 7]]), np.uint8([[1, 0, 7]])
    assert largest_difference(first, second) == largest_difference(second, first) == 200
    assert largest_difference(first, first) == 0


def test_the_root_mean_square_of_many_pixels_does_not_overflow():
    black = np.zeros((100, 100, 100, 3), np.uint8)
    assert root_mean_square(black, black + np.uint8(255)) == 255
