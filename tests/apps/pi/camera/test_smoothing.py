"""The mean of scores over frames."""

import numpy as np
import pytest

from satchel_pi.camera.smoothing import Smoother

YES = np.float32([0.9, 0.1])
NO = np.float32([0.2, 0.8])


def test_after_one_time_constant_a_new_label_has_63_percent_at_any_rate_of_frames():
    for frames in (1, 7, 100):
        smoother = Smoother(2.0)
        for number in range(20 * frames):
            smoother.add(np.float32([1, 0]), 2.0 * number / frames)
        for number in range(20 * frames, 21 * frames):
            found = smoother.add(np.float32([0, 1]), 2.0 * number / frames)
        # Two thousand roundings of float32.
        assert found == pytest.approx([np.exp(-1), 1 - np.exp(-1)], abs=1e-4)


def test_it_agrees_with_the_formula_in_64_bits_at_uneven_times():
    random = np.random.default_rng(7)
    times = np.cumsum(random.exponential(0.2, 200))
    scores = random.dirichlet(np.ones(5), 200).astype(np.float32)
    smoother = Smoother(0.7)
    for count, (row, at) in enumerate(zip(scores, times, strict=True), start=1):
        found = smoother.add(row, at)
        weights = np.exp((times[:count] - at) / 0.7)
        expected = weights @ scores[:count] / weights.sum()
        assert found == pytest.approx(expected, abs=1e-6)  # float32 has 7 digits
    assert found.dtype == np.float32
    assert found.sum() == pytest.approx(1, abs=1e-6)


def test_the_first_frames_count_alike():
    smoother = Smoother(10.0)
    for number, row in enumerate((NO, YES, YES)):
        found = smoother.add(row, number / 1000)
    assert found == pytest.approx((NO + 2 * YES) / 3, abs=1e-3)  # a frame ages by 0.01 %


def test_a_frame_after_a_long_pause_counts_alone():
    smoother = Smoother(0.5)
    smoother.add(YES, 0.0)
    assert smoother.add(NO, 3600.0) == pytest.approx(NO)


def test_no_array_of_the_caller_is_changed():
    smoother = Smoother(0.5)
    first = YES.copy()
    smoother.add(first, 1.0)
    smoother.add(NO, 2.0)
    assert np.array_equal(first, YES)
