import numpy as np
import pytest
from scipy import stats

from satchel_convert.verification.non_inferiority import (
    FEW,
    Pairs,
    count_pairs,
    drop_interval,
    exact_interval,
    holm,
    mcnemar,
    non_inferiority,
    score_interval,
    share_interval,
)


def simulate(*, samples, lost, gained, runs, seed=0):
    """Return what ``runs`` draws of ``samples`` had, where so large a share is lost and gained."""
    shares = [lost, gained, 1 - lost - gained]
    draws = np.random.default_rng(seed).multinomial(samples, shares, size=runs)
    return [Pairs(samples, int(draw[0]), int(draw[1])) for draw in draws]


def test_pairs_are_counted_sample_by_sample():
    reference = np.array([True, True, True, False, False])
    model = np.array([True, False, False, True, False])
    assert count_pairs(reference, model) == Pairs(5, lost=2, gained=1)
    assert Pairs(5, 2, 1).drop == 0.2


def test_the_score_interval_is_that_of_the_literature():
    # Fagerland, Lydersen and Laake 2017, Statistical Analysis of Contingency Tables, chapter 8:
    # airway hyper-responsiveness of Bentur et al. 2009, Tango's interval.
    assert score_interval(Pairs(21, 7, 1)) == pytest.approx((0.026, 0.517), abs=5e-4)


def test_the_score_interval_ends_where_no_drop_is_larger():
    lower, upper = score_interval(Pairs(10, 10, 0))
    assert upper == 1
    assert 0.4 < lower < 0.8
    assert score_interval(Pairs(10, 0, 10)) == pytest.approx((-1, -lower))


def test_losses_and_gains_swap_signs():
    forth, back = score_interval(Pairs(500, 20, 7)), score_interval(Pairs(500, 7, 20))
    assert forth == pytest.approx((-back.upper, -back.lower), abs=1e-9)


@pytest.mark.parametrize(
    ("samples", "lost", "gained"),
    [(10_000, 0.005, 0.005), (10_000, 0.01, 0.0), (2_000, 0.02, 0.01), (10_000, 0.0004, 0.0002)],
)
def test_an_interval_holds_the_truth_as_often_as_it_says(samples, lost, gained):
    runs = 1000
    drawn = simulate(samples=samples, lost=lost, gained=gained, runs=runs)
    intervals = [drop_interval(pairs) for pairs in drawn]
    held = sum(each.lower <= lost - gained <= each.upper for each in intervals)
    # Three standard deviations of the simulation below 95 %.
    assert held >= 0.95 * runs - 3 * (0.95 * 0.05 * runs) ** 0.5


def test_where_few_differ_the_interval_is_exact_and_narrow_enough_to_decide():
    assert drop_interval(Pairs(10_000, 0, 0)) == pytest.approx((-4.4e-4, 4.4e-4), abs=1e-5)
    few = Pairs(10_000, FEW - 1, 0)
    assert drop_interval(few) == exact_interval(few)
    enough = Pairs(10_000, FEW, 0)
    assert drop_interval(enough) == score_interval(enough)


@pytest.mark.parametrize(("count", "samples"), [(0, 50), (3, 50), (50, 50), (1, 3)])
def test_a_share_lies_between_its_exact_limits(count, samples):
    lower, upper = share_interval(count, samples)
    if count:
        assert stats.binom.sf(count - 1, samples, lower) == pytest.approx(0.025, rel=1e-6)
    if count < samples:
        assert stats.binom.cdf(count, samples, upper) == pytest.approx(0.025, rel=1e-6)
    assert share_interval(0, 0) == (0, 1)


@pytest.mark.parametrize(
    ("pairs", "decision"),
    [
        (Pairs(10_000, 50, 50), "pass"),
        (Pairs(10_000, 100, 0), "fail"),
        (Pairs(10_000, 70, 30), "undecided"),
        (Pairs(10_000, 0, 0), "pass"),
        (Pairs(300, 0, 0), "undecided"),
        (Pairs(300, 60, 0), "fail"),
    ],
)
def test_a_model_passes_fails_or_needs_more_samples(pairs, decision):
    verdict = non_inferiority(pairs, margin=0.005)
    assert verdict.decision == decision
    assert (verdict.samples_needed is None) == (decision != "undecided")


@pytest.mark.parametrize("pairs", [Pairs(1000, 7, 5), Pairs(10_000, 70, 30), Pairs(300, 1, 0)])
def test_as_many_more_samples_as_it_says_decide(pairs):
    needed = non_inferiority(pairs, margin=0.005).samples_needed
    times = 1.1 * (pairs.samples + needed) / pairs.samples
    more = Pairs(*(round(times * count) for count in pairs))
    assert non_inferiority(more, margin=0.005).decision != "undecided"
    fewer = Pairs(*(round(0.7 * times * count) for count in pairs))
    assert non_inferiority(fewer, margin=0.005).decision == "undecided"


def test_no_number_of_samples_decides_on_the_margin_itself():
    assert non_inferiority(Pairs(10_000, 100, 50), margin=0.005).samples_needed is None


@pytest.mark.parametrize(("true_loss", "decision"), [(0.0, "pass"), (0.01, "fail")])
def test_the_gate_decides_as_it_should_at_one_percent_of_disagreement(true_loss, decision):
    gained = (0.01 - true_loss) / 2
    drawn = simulate(samples=10_000, lost=gained + true_loss, gained=gained, runs=400)
    decided = [non_inferiority(pairs, margin=0.005).decision for pairs in drawn]
    assert decided.count(decision) >= 0.95 * len(decided)


def test_a_model_at_the_margin_passes_and_fails_one_time_in_forty_each():
    runs = 2000
    drawn = simulate(samples=10_000, lost=0.0075, gained=0.0025, runs=runs)
    decided = [non_inferiority(pairs, margin=0.005).decision for pairs in drawn]
    for decision in ("pass", "fail"):
        # Four standard deviations of the simulation.
        assert decided.count(decision) <= 0.025 * runs + 4 * (0.025 * runs) ** 0.5


def test_losing_and_gaining_alike_is_no_sign_of_a_loss():
    assert mcnemar(Pairs(100, 0, 0)) == 1
    assert mcnemar(Pairs(100, 5, 5)) > 0.5
    assert mcnemar(Pairs(100, 10, 0)) == pytest.approx(2**-10)


def test_several_tests_are_corrected_as_holm_does():
    found = holm(np.array([0.01, 0.04, 0.03, 0.005]))
    np.testing.assert_allclose(found, [0.03, 0.06, 0.06, 0.02])
    assert holm(np.array([0.9, 0.8])).max() == 1
