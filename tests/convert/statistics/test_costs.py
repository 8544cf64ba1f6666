"""What a fault costs, and whether the samples tell it from nothing."""

import numpy as np
import pytest

from satchel_convert.statistics import Pairs, accuracy_cost, mean_cost


def test_accuracy_that_is_surely_lost_is_a_cost():
    found = accuracy_cost(Pairs(1000, 40, 10))
    assert found.value == pytest.approx(3.0)
    assert found.interval.lower > 1
    assert found.is_told
    assert found.in_words.startswith("It costs +3.00 pp of accuracy (95 %: +1.")


def test_166_against_168_per_mille_is_not_told_from_nothing():
    found = accuracy_cost(Pairs(1000, 12, 10))
    assert not found.is_told
    assert found.interval.lower < 0
    assert found.in_words.startswith(
        "What it costs cannot be told with 1,000 samples: +0.20 pp of accuracy (95 %: -0."
    )


@pytest.mark.parametrize(("drop", "told"), [(0.0, False), (-1.0, False), (1.0, True)])
def test_a_mean_of_samples_is_told_by_what_they_differ(drop, told):
    spread = np.random.default_rng(0).normal(0, 1, 400)
    found = mean_cost(spread - spread.mean() + drop, unit="dB of PSNR")
    assert found.is_told is told
    assert found.value == pytest.approx(drop)
    # The limits of Student's t: 1.966 standard errors of 400 samples.
    assert found.interval.upper - drop == pytest.approx(1.966 * spread.std(ddof=1) / 20, rel=1e-3)


def test_a_small_cost_is_not_written_as_zero():
    costs = np.random.default_rng(0).normal(0.004, 0.01, 400)
    assert "+0.00 " not in str(mean_cost(costs, unit="pp of probability"))


@pytest.mark.parametrize(
    ("costs", "told"), [([0.3], False), ([0.3, 0.3], True), ([0.0, 0.0], False)]
)
def test_few_or_equal_samples_have_an_answer_too(costs, told):
    assert mean_cost(np.array(costs), unit="dB of PSNR").is_told is told
