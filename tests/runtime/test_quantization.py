"""Real numbers to 8-bit integers and back."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, strategies as st

from satchel.quantization import dequantize, quantize

DTYPES = [np.uint8, np.int8]
LEVELS = {np.uint8: (0, 255), np.int8: (-128, 127)}
# Powers of two divide without rounding, so that only the rounding under test is left.
EXACT_SCALES = st.integers(-20, 20).map(lambda power: 2.0**power)


def half_away_from_zero(value):
    """Return ``std::round`` of an exact number."""
    magnitude = int(abs(value) + Fraction(1, 2))
    return magnitude if value >= 0 else -magnitude


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("scale", [1 / 255, 0.00392156862745098, 1 / 256, 0.5, 1.0, 0.0234, 1e-6])
def test_every_level_comes_back(dtype, scale):
    low, high = LEVELS[dtype]
    levels = np.arange(low, high + 1).astype(dtype)
    for zero_point in (low, 0, high, 3):
        real = dequantize(levels, scale=scale, zero_point=zero_point)
        assert real.dtype == np.float32
        again = quantize(real, scale=scale, zero_point=zero_point, dtype=dtype)
        assert again.dtype == dtype
        assert np.array_equal(again, levels)


@given(st.floats(-1, 1, width=32), st.floats(2**-10, 1, width=32), st.integers(-100, 100))
def test_dequantize_undoes_quantize_within_half_a_step(value, scale, zero_point):
    values = np.float32([value])
    level = quantize(values, scale=scale, zero_point=zero_point, dtype=np.int8)
    if -128 < level[0] < 127:
        back = dequantize(level, scale=scale, zero_point=zero_point)
        # Half a step, and float32's rounding of a quotient of up to 1024 steps.
        assert abs(back[0] - value) <= scale * (0.5 + 1e-3)


@pytest.mark.parametrize("dtype", DTYPES)
def test_ties_round_away_from_zero(dtype):
    values = np.float32([0.5, 1.5, 2.5, -0.5, -1.5, -2.5])
    found = quantize(values, scale=1.0, zero_point=100, dtype=dtype)
    assert found.tolist() == [101, 102, 103, 99, 98, 97]


@given(st.integers(-600, 600).map(lambda n: n / 4), EXACT_SCALES, st.integers(-128, 127))
def test_quantize_is_std_round_on_quarter_steps(steps, scale, zero_point):
    found = quantize(np.float32([steps * scale]), scale=scale, zero_point=zero_point, dtype=np.int8)
    expected = half_away_from_zero(Fraction(steps)) + zero_point
    assert found[0] == min(127, max(-128, expected))


@pytest.mark.parametrize("value", [0.49999997, -0.49999997])
def test_the_largest_number_below_a_half_rounds_to_zero(value):
    found = quantize(np.float32([value]), scale=1.0, zero_point=0, dtype=np.int8)
    assert found[0] == half_away_from_zero(Fraction(value)) == 0


@pytest.mark.parametrize(("dtype", "low", "high"), [(np.uint8, 0, 255), (np.int8, -128, 127)])
def test_what_is_out_of_range_is_clipped_and_does_not_wrap_around(dtype, low, high):
    values = np.float32([-1e30, -300, 300, 1e30, np.inf, -np.inf])
    found = quantize(values, scale=1.0, zero_point=0, dtype=dtype)
    assert found.tolist() == [low, low, high, high, high, low]


def test_dequantize_widens_first():
    assert dequantize(np.int8([-128, 127]), scale=1.0, zero_point=127).tolist() == [-255, 0]
    assert dequantize(np.uint8([0, 255]), scale=1.0, zero_point=255).tolist() == [-255, 0]


def test_the_shape_is_kept():
    values = np.zeros((2, 3, 4), np.float32)
    levels = quantize(values, scale=1.0, zero_point=7, dtype=np.uint8)
    assert levels.shape == (2, 3, 4)
    assert (levels == 7).all()
    assert dequantize(levels, scale=1.0, zero_point=7).shape == (2, 3, 4)
