"""Reduced, and in whichever shards, answers give the figures of all samples at once."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

from satchel import metrics as parity
from satchel.bundle import LabelOutput
from satchel.metrics import label_accuracy, psnr_db_of_noise
from satchel_convert.verification.sample_statistics import (
    image_statistics,
    join,
    label_statistics,
    sqnr_db,
)

OUTPUT = LabelOutput(("a", "b", "c", "d"))
SAMPLES = 12
CUTS = st.lists(st.integers(1, SAMPLES - 1), unique=True).map(sorted)


def statistics_of_labels(scores, reference):
    return label_statistics(scores, reference, OUTPUT)


def in_shards(statistics, predictions, reference, cuts):
    pieces = zip(np.split(predictions, cuts), np.split(reference, cuts), strict=True)
    return join([statistics(*pair) for pair in pieces])


@given(st.integers(0, 2**32), CUTS)
def test_figures_of_labels_are_those_of_all_samples_at_once(seed, cuts):
    random = np.random.default_rng(seed)
    scores, reference = random.dirichlet([1, 1, 1, 1], (2, SAMPLES)).astype(np.float32)
    truth = random.integers(0, 4, SAMPLES)
    found = in_shards(statistics_of_labels, scores, reference, cuts)
    itself = in_shards(statistics_of_labels, reference, reference, cuts)
    noise = scores.astype(np.float64) - reference
    same = scores.argmax(axis=1) == reference.argmax(axis=1)
    assert (found.top == itself.top).mean() == same.mean()
    assert found.largest_difference.max() == np.abs(noise).max()
    # The same terms, added in another order.
    power = np.square(reference, dtype=np.float64).sum()
    expected = 10 * np.log10(power / np.square(noise).sum())
    assert sqnr_db(found) == pytest.approx(expected, rel=1e-12)
    assert label_accuracy(found.top, truth) == parity.accuracy(scores, truth)
    assert np.array_equal(found.confidence, scores.max(axis=1))
    # To the last bit, however they were cut.
    assert sqnr_db(found) == sqnr_db(statistics_of_labels(scores, reference))
    assert sqnr_db(itself) == float("inf")


@given(st.integers(0, 2**32), CUTS)
def test_figures_of_images_are_those_of_all_samples_at_once(seed, cuts):
    random = np.random.default_rng(seed)
    pixels, reference = random.integers(0, 256, (2, SAMPLES, 3, 5, 3), np.uint8)
    found = in_shards(image_statistics, pixels, reference, cuts)
    pairs = list(zip(reference, pixels, strict=True))
    worst = psnr_db_of_noise(np.sqrt(found.mean_square.max()))
    assert worst == min(parity.psnr_db(*pair) for pair in pairs)
    # Means of means of as many.
    expected = parity.psnr_db(reference, pixels)
    assert psnr_db_of_noise(np.sqrt(found.mean_square.mean())) == pytest.approx(expected, rel=1e-12)
    largest = np.abs(pixels.astype(int) - reference).max()
    assert found.largest_difference.max() == largest
    same = image_statistics(pixels, pixels)
    assert (same.mean_square.max(), same.largest_difference.max()) == (0, 0)


@pytest.mark.parametrize("statistics", [statistics_of_labels, image_statistics])
def test_answers_of_another_shape_than_the_reference_are_refused(statistics):
    with pytest.raises(ValueError, match="Expected predictions of the reference's shape"):
        statistics(np.zeros((2, 1, 1, 3), np.uint8), np.zeros((3, 1, 1, 3), np.uint8))
