import numpy as np
import pytest

from satchel_convert.statistics import Pairs, count_pairs, drop_score, non_inferiority
from satchel_convert.statistics.samples_needed import DRAWS, PROBABILITY
from satchel_convert.statistics.score_interval import CRITICAL


def test_pairs_are_counted_sample_by_sample():
    reference = np.array([True, True, True, False, False])
    model = np.array([True, False, False, True, False])
    assert count_pairs(reference, model) == Pairs(5, lost=2, gained=1)
    assert Pairs(5, 2, 1).drop == 0.2


@pytest.mark.parametrize(
    ("pairs", "decision"),
    [
        ((10_000, 50, 50), "pass"),
        ((10_000, 100, 0), "fail"),
        ((10_000, 70, 30), "undecided"),
        ((10_000, 0, 0), "pass"),
        ((300, 0, 0), "undecided"),
        ((300, 60, 0), "fail"),
    ],
)
def test_a_model_passes_fails_or_needs_more_samples(pairs, decision):
    verdict = non_inferiority(*pairs, margin=0.005)
    assert verdict.decision == decision
    assert (verdict.samples_needed is None) == (decision != "undecided")


@pytest.mark.parametrize("margin", [0.002, 0.01, 0.05])
@pytest.mark.parametrize("samples", [50, 300, 1000])
def test_the_decision_is_what_the_interval_says(samples, margin):
    for lost in range(0, 30, 7):
        for gained in range(0, 20, 6):
            found = non_inferiority(samples, lost, gained, margin=margin)
            expected = "pass" if found.drop.upper < margin else "undecided"
            assert found.decision == ("fail" if found.drop.lower > margin else expected)


def test_one_sample_more_lost_never_turns_undecided_into_pass():
    # Two methods joined at ten differing samples passed the second and not the first.
    assert non_inferiority(1000, 5, 4, margin=0.0095).decision == "pass"
    assert non_inferiority(1000, 6, 4, margin=0.0095).decision == "undecided"


@pytest.mark.parametrize("pairs", [(1000, 7, 5), (10_000, 70, 30), (300, 1, 0), (200, 30, 20)])
def test_as_many_more_samples_as_it_says_decide_with_the_probability_it_says(pairs):
    samples, lost, gained = pairs
    needed = non_inferiority(*pairs, margin=0.005).samples_needed
    shares = [lost / samples, gained / samples, 1 - (lost + gained) / samples]

    def decided(more: int) -> float:
        drawn = np.random.default_rng(1).multinomial(more, shares, size=4000)
        scores = drop_score(samples + more, lost + drawn[:, 0], gained + drawn[:, 1], 0.005)
        return float(np.mean(np.abs(scores) > CRITICAL))

    # Four standard deviations of both simulations.
    noise = 4 * (PROBABILITY * (1 - PROBABILITY) * (1 / 4000 + 1 / DRAWS)) ** 0.5
    assert decided(needed) > PROBABILITY - noise
    assert decided(round(0.6 * needed)) < PROBABILITY


def test_no_number_of_samples_decides_on_the_margin_itself():
    assert non_inferiority(10_000, 100, 50, margin=0.005).samples_needed is None


@pytest.mark.parametrize(
    ("counts", "margin"),
    [((0, 0, 0), 0.01), ((5, 4, 2), 0.01), ((5, -1, 2), 0.01), ((5, 1, 1), 1.5)],
)
def test_counts_and_margins_that_cannot_be_are_named(counts, margin):
    with pytest.raises(ValueError, match=r"Expected .*, got "):
        non_inferiority(*counts, margin=margin)
