"""Rounding for the least error of the outputs, against brute force and rounding to the nearest."""

from itertools import product

import numpy as np
import pytest

from satchel_convert.rounding.descent import improved_levels, improved_scales, output_errors
from satchel_convert.rounding.feedback import AT_ONCE, round_with_feedback
from satchel_convert.rounding.levels import CLIPS, clipped_scales, ends, nearest, spread
from satchel_convert.rounding.moments import damped, fitted_weights, mean_error, moments
from satchel_convert.rounding.rounding import round_to_nearest, round_weights


def correlated(random, *, inputs, groups=()):
    """Return a covariance of inputs, (*groups, inputs, inputs), of which few directions matter."""
    mixed = random.normal(size=(*groups, inputs, inputs)) * np.geomspace(1, 0.05, inputs)
    return mixed @ np.swapaxes(mixed, -1, -2)


def errors_of(rounded, weights, covariance):
    return output_errors(weights - rounded.weights, covariance)


def test_feedback_gives_each_input_the_error_of_those_before_it():
    weights = np.array([[0.6, 0.4]])
    covariance = np.array([[2.0, 1.9], [1.9, 2.0]])
    # 0.6 becomes 1; the 0.4 too much are taken from the input that goes with it: 0.4 - 0.38 is 0.
    levels = round_with_feedback(weights, covariance, np.ones((1, 2)), bits=4)
    assert levels.tolist() == [[1.0, 0.0]]
    alone = round_with_feedback(np.array([[0.6, 0.6]]), np.eye(2), np.ones((1, 2)), bits=4)
    assert alone.tolist() == [[1.0, 1.0]]


@pytest.mark.parametrize("bits", [2, 3])
def test_rounding_comes_near_the_best_of_all_levels(bits):
    random = np.random.default_rng(0)
    found, best, plain = [], [], []
    for _ in range(20):
        weights, covariance = random.normal(size=(1, 4)), damped(correlated(random, inputs=4))
        rounded = round_weights(weights, covariance, bits=bits)
        lowest, highest = ends(bits)
        every = np.array([*product(range(lowest, highest + 1), repeat=4)], float)
        every_error = output_errors(weights - every * rounded.scales, covariance)
        found.append(errors_of(rounded, weights, covariance)[0])
        best.append(every_error.min())
        plain.append(errors_of(round_to_nearest(weights, bits=bits), weights, covariance)[0])
    assert np.all(np.array(found) >= np.array(best) * (1 - 1e-6))
    assert np.mean(found) < 1.25 * np.mean(best)  # the best of 4 ** 4 or 8 ** 4 for its scale
    assert np.mean(found) < 0.6 * np.mean(plain)


@pytest.mark.parametrize("block", [None, 8])
@pytest.mark.parametrize("bits", [4, 8])
def test_no_output_is_worse_than_with_the_nearest_levels(bits, block):
    random = np.random.default_rng(1)
    weights = random.normal(size=(30, 50))
    covariance = damped(correlated(random, inputs=50))
    variances = np.diagonal(covariance)
    rounded = errors_of(
        round_weights(weights, covariance, bits=bits, block=block), weights, covariance
    )
    plain = errors_of(
        round_to_nearest(weights, variances, bits=bits, block=block), weights, covariance
    )
    # round_weights adds the damping once more, to covariances that have it already.
    assert np.all(rounded <= plain * 1.05)
    assert rounded.mean() < 0.4 * plain.mean()


def test_every_step_lowers_the_error():
    random = np.random.default_rng(2)
    weights = random.normal(size=(64, 100))
    covariance = damped(correlated(random, inputs=100))
    variances = np.diagonal(covariance)
    errors = []

    def note(levels, scales):
        errors.append(output_errors(weights - levels * scales, covariance).mean())

    full = np.abs(weights).max(axis=1, keepdims=True).astype(np.float32) / 7
    note(nearest(weights, full, 4), full)
    scales = clipped_scales(weights, variances, bits=4)
    note(nearest(weights, scales, 4), scales)
    levels = round_with_feedback(weights, covariance, spread(scales, 100, 100), bits=4)
    note(levels, scales)
    scales = improved_scales(weights, covariance, levels, scales)
    note(levels, scales)
    levels = improved_levels(weights, covariance, levels, spread(scales, 100, 100), bits=4)
    note(levels, scales)
    shares = np.divide(errors[1:], errors[:-1])
    assert np.all(shares < [0.9, 0.5, 1.0, 0.95]), errors


def test_inputs_that_do_not_go_together_are_rounded_to_the_nearest_level():
    random = np.random.default_rng(3)
    weights, steps = random.normal(size=(5, 200)), np.full((5, 200), 0.2)
    levels = round_with_feedback(weights, np.diag(random.uniform(1, 2, 200)), steps, bits=4)
    assert np.array_equal(levels, nearest(weights, steps, 4))


def test_more_inputs_than_are_handed_on_at_once_are_rounded_as_one_by_one():
    random = np.random.default_rng(4)
    inputs = 2 * AT_ONCE + 5
    weights, covariance = random.normal(size=(3, inputs)), damped(correlated(random, inputs=inputs))
    # The same by the definition: each level is the nearest, the rest solves the least squares.
    order = np.argsort(-np.diagonal(covariance), kind="stable")
    left, wanted = weights.copy(), np.zeros_like(weights)
    for position, at in enumerate(order):
        rest = order[position + 1 :]
        wanted[:, at] = nearest(left[:, at], np.float64(0.3), 4)
        missed = left[:, at] - 0.3 * wanted[:, at]
        if len(rest):
            moved = np.linalg.solve(covariance[np.ix_(rest, rest)], covariance[rest, at])
            left[:, rest] += np.outer(missed, moved)
    levels = round_with_feedback(weights, covariance, np.full_like(weights, 0.3), bits=4)
    assert np.array_equal(levels, wanted)


def test_groups_are_rounded_as_if_each_were_a_layer():
    random = np.random.default_rng(5)
    weights = random.normal(size=(6, 2, 9))
    covariance = correlated(random, inputs=9, groups=(6,))
    together = round_weights(weights, covariance, bits=4)
    assert together.scales.shape == (6, 2, 1)
    for group in range(6):
        alone = round_weights(weights[group], covariance[group], bits=4)
        assert np.array_equal(together.levels[group], alone.levels)
        assert np.array_equal(together.scales[group], alone.scales)


def test_each_block_has_the_scale_that_is_best_for_it():
    random = np.random.default_rng(6)
    weights = random.normal(size=(4, 10)) * [1, 1, 1, 1, 100, 100, 100, 100, 0.01, 0.01]
    rounded = round_to_nearest(weights, bits=4, block=4)
    assert (rounded.levels.shape, rounded.scales.shape) == ((4, 10), (4, 3))
    for start in (0, 4, 8):
        part = weights[:, start : start + 4]
        alone = round_to_nearest(part, bits=4)
        assert np.array_equal(rounded.levels[:, start : start + 4], alone.levels)
    assert np.allclose(rounded.weights, weights, rtol=0, atol=0.5 * rounded.scales.max())


def test_the_clip_is_the_best_of_those_tried():
    random = np.random.default_rng(7)
    weights = random.standard_t(3, size=(20, 300))
    variances = random.uniform(0.5, 2, 300)
    full = np.abs(weights).max(axis=1, keepdims=True) / 7
    tried = [
        ((weights - nearest(weights, full * clip, 4) * full * clip) ** 2 * variances).sum(axis=1)
        for clip in CLIPS
    ]
    best = CLIPS[np.argmin(tried, axis=0)]
    assert best.max() < 0.9  # or the clip would not matter
    scales = clipped_scales(weights, variances, bits=4)
    assert np.allclose(scales[:, 0], full[:, 0] * best)


@pytest.mark.parametrize("bits", [4, 8])
def test_weights_of_nothing_and_inputs_that_never_vary_are_rounded(bits):
    weights = np.array([[0.0, 0.0, 0.0], [1.0, 0.5, 0.25], [1e-30, 0.0, -1e-30]])
    covariance = np.array([[0.0, 0.0, 0.0], [0.0, 2.0, 1.0], [0.0, 1.0, 2.0]])
    for each in (covariance, np.zeros((3, 3))):
        rounded = round_weights(weights, each, bits=bits)
        assert np.isfinite(rounded.scales).all()
        assert np.all(rounded.scales > 0)
        assert np.allclose(rounded.weights, weights, rtol=0, atol=0.08 if bits == 4 else 0.005)


def test_moments_are_those_about_the_mean_and_add_up():
    random = np.random.default_rng(8)
    inputs = random.normal(3, size=(40, 5)).astype(np.float32)
    rounded = inputs + random.normal(1, 0.1, size=(40, 5)).astype(np.float32)
    seen = moments(inputs[:15], rounded[:15]).plus(moments(inputs[15:], rounded[15:]))
    both = np.cov(np.hstack([inputs, rounded]).T, bias=True)
    assert np.allclose(seen.covariance, both[5:, 5:], atol=1e-4)  # sums in float32
    assert np.allclose(seen.cross_covariance, both[:5, 5:], atol=1e-4)


def test_fitted_weights_undo_what_rounding_did_to_the_inputs():
    random = np.random.default_rng(9)
    inputs = random.normal(size=(500, 4)).astype(np.float32)
    rounded = inputs * np.float32([1, 0.5, 2, 1]) + np.float32(7)
    seen = moments(inputs, rounded)
    weights = random.normal(size=(3, 4))
    fitted = fitted_weights(weights, seen, damping=1e-9)
    assert np.allclose(fitted, weights * [1, 2, 0.5, 1], atol=1e-3)
    added = mean_error(weights, fitted, seen)
    assert np.allclose(inputs @ weights.T, rounded @ fitted.T + added, atol=1e-2)


def test_few_samples_leave_the_weights_near_what_they_were():
    random = np.random.default_rng(10)
    inputs = random.normal(size=(3, 50)).astype(np.float32)
    rounded = inputs + random.normal(0, 0.1, size=(3, 50)).astype(np.float32)
    weights = random.normal(size=(8, 50))
    fitted = fitted_weights(weights, moments(inputs, rounded))
    assert np.linalg.norm(fitted - weights) < 0.3 * np.linalg.norm(weights)
