"""Chance and confidence: what is doubted, and what is well."""

import numpy as np
import pytest

from satchel_convert.plausibility.absolute import chance_doubt, confidence_doubt


def answers(*, right, labels=10, count=200, confidence=0.8, seed=0):
    """Return predictions of which a share of ``right`` is right, and the true labels."""
    random = np.random.default_rng(seed)
    truth = np.arange(count) % labels
    wrong = (truth + random.integers(1, labels, count)) % labels
    said = np.where(random.random(count) < right, truth, wrong)
    rest = (1 - confidence) / (labels - 1)
    predictions = np.full((count, labels), rest, np.float32)
    predictions[np.arange(count), said] = confidence
    return predictions, truth


def test_a_model_of_chance_is_doubted():
    found = chance_doubt(*answers(right=0.1))
    assert found.cause == "chance"
    assert "of 200 samples, and chance alone about 10.0%" in found.sentence


def test_a_model_below_chance_is_doubted():
    assert chance_doubt(*answers(right=0.1, labels=2)) is not None


def test_a_model_that_always_says_the_same_is_one_of_chance_however_often_it_is_right():
    truth = np.arange(4000) % 4 // 3
    predictions = np.tile(np.float32([0.9, 0.1]), (4000, 1))
    assert chance_doubt(predictions, truth) is not None


def test_an_accuracy_far_below_its_confidence_is_doubted():
    found = confidence_doubt(*answers(right=0.25, confidence=0.95))
    assert found.cause == "confidence"
    assert found.sentence.startswith("The model is sure of its answers by 95.0% on average, and")


@pytest.mark.parametrize(
    "healthy",
    [
        {"right": 0.97},
        {"right": 0.6, "confidence": 0.99},
        {"right": 0.7, "labels": 2, "confidence": 0.99},
        {"right": 0.55, "labels": 2, "count": 1000, "confidence": 0.6},
        {"right": 0.3, "labels": 100, "count": 1000, "confidence": 0.4},
        {"right": 0.9, "count": 6},
        {"right": 0.5, "labels": 2, "count": 12, "confidence": 0.9},
        {"right": 0.2, "count": 10, "confidence": 0.9},
        {"right": 0.05, "labels": 1000, "count": 1000, "confidence": 0.08},
    ],
)
@pytest.mark.parametrize("seed", range(5))
def test_healthy_models_and_few_samples_raise_no_alarm(healthy, seed):
    predictions, truth = answers(**healthy, seed=seed)
    assert chance_doubt(predictions, truth) is None
    assert confidence_doubt(predictions, truth) is None


def test_an_unbalanced_evaluation_raises_no_alarm():
    random = np.random.default_rng(0)
    truth = (random.random(400) < 0.05).astype(int)
    said = np.where(random.random(400) < 0.97, truth, 1 - truth)
    predictions = np.where(np.arange(2) == said[:, None], 0.9, 0.1).astype(np.float32)
    assert chance_doubt(predictions, truth) is None


def test_samples_of_one_label_say_nothing_about_chance():
    predictions, _ = answers(right=0.0)
    assert chance_doubt(predictions, np.zeros(200, int)) is None
