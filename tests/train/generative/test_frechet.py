import numpy as np
import pytest

from satchel_train.generative.frechet import frechet_distance


def normal(*, mean=0.0, deviation=1.0, seed=0):
    return np.random.default_rng(seed).normal(mean, deviation, (4000, 3))


def test_a_set_is_at_no_distance_from_itself():
    assert frechet_distance(normal(), normal()) == pytest.approx(0, abs=1e-9)


def test_another_mean_counts_with_its_square():
    moved = normal() + np.array([3, 4, 0])
    assert frechet_distance(normal(), moved) == pytest.approx(25)


def test_another_deviation_counts_with_its_square_for_each_feature():
    # Twice as wide: (2 - 1) squared times the variance, three times.
    trace = np.trace(np.cov(normal(), rowvar=False))
    centred = normal() - normal().mean(axis=0)
    assert frechet_distance(centred, 2 * centred) == pytest.approx(trace)


def test_a_collapse_is_as_far_as_the_real_images_are_wide():
    collapsed = np.repeat(normal().mean(axis=0, keepdims=True), 50, axis=0)
    trace = np.trace(np.cov(normal(), rowvar=False))
    assert frechet_distance(collapsed, normal()) == pytest.approx(trace)


def test_fewer_images_than_features_are_measured_too():
    few = np.random.default_rng(0).random((4, 30)).astype(np.float32)
    assert frechet_distance(few, few + 1) == pytest.approx(30, rel=1e-4)
