"""How far answers are from the truth, and images from a reference."""

import numpy as np
import pytest

from satchel.metrics import (
    accuracy,
    label_accuracy,
    psnr_db,
    psnr_db_of_noise,
    root_mean_square,
)


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


def test_the_root_mean_square_of_many_pixels_does_not_overflow():
    black = np.zeros((100, 100, 100, 3), np.uint8)
    assert root_mean_square(black, black + np.uint8(255)) == 255


def test_label_accuracy_is_the_share_of_equal_labels():
    assert label_accuracy(np.array([1, 0, 2, 2]), np.array([1, 0, 2, 0])) == 0.75
    # A classifier of two labels may say true or false.
    assert label_accuracy(np.array([True, False]), np.array([1, 1])) == 0.5


def test_the_ratio_of_a_known_noise_is_that_of_the_pixels():
    black = np.zeros((2, 4, 4, 3), np.uint8)
    assert psnr_db_of_noise(51.0) == psnr_db(black, black + np.uint8(51))
    assert psnr_db_of_noise(0.0) == float("inf")
