"""Of several ways that help, the one is named that the model was trained with."""

import numpy as np
import pytest

from satchel.bundle import ImageInput
from satchel_convert.plausibility.examination import examine
from satchel_convert.plausibility.image_variants import image_variants
from satchel_convert.plausibility.trying import Attempt, Tried

LABELS = ("left", "middle", "right")
COUNT = 300
IMAGE = ImageInput(24, 24, scale=(1 / 255,))


def predictions(truth, *, wrong):
    """Return probabilities of which the first ``wrong`` are wrong."""
    said = np.where(np.arange(len(truth)) < wrong, (truth + 1) % len(LABELS), truth)
    return np.where(np.arange(len(LABELS)) == said[:, np.newaxis], 0.9, 0.05).astype(np.float32)


def named(**wrong):
    """Return the cause and the remedy that are said; ``wrong`` is a word of a way to its errors."""
    truth = np.random.default_rng(1).integers(0, len(LABELS), COUNT)
    variants = image_variants(IMAGE)
    tried = [
        Tried(variant, predictions(truth, wrong=count))
        for variant in variants
        for word, count in wrong.items()
        if variant.words.startswith(word)
    ]
    attempt = Attempt(predictions(truth, wrong=90), tried, len(variants))
    [doubt] = examine(attempt, truth, LABELS).doubts
    return doubt.cause, doubt.remedy


@pytest.mark.parametrize(
    ("wrong", "option"),
    [({"cropped": 3, "with": 0}, "letterbox"), ({"cropped": 0, "with": 3}, "crop")],
)
def test_of_two_fits_that_are_hardly_different_the_better_is_named(wrong, option):
    cause, remedy = named(**wrong)
    assert cause == "fit"
    assert remedy.endswith(f"--fit {option}.")


def test_of_two_scales_that_are_hardly_different_the_simpler_is_named():
    cause, remedy = named(**{"scaled to -1 to 1": 3, "prepared": 0})
    assert cause == "mean and scale"
    assert "--mean 127.5 --std 127.5" in remedy


def test_a_scale_that_is_surely_better_is_named_though_it_is_rarer():
    _, remedy = named(**{"scaled to -1 to 1": 60, "prepared": 0})
    assert "127.5" not in remedy


def test_a_turn_is_named_before_a_mirror_that_is_hardly_better():
    cause, remedy = named(**{"turned by 180": 3, "mirrored upside": 0})
    assert cause == "orientation"
    assert "turned by 180 degrees" in remedy
