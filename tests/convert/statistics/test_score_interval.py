import numpy as np
import pytest
from scipy import stats

from satchel_convert.statistics import Pairs, drop_interval, drop_score
from satchel_convert.statistics.score_interval import CRITICAL, FEWER


def test_the_interval_is_that_of_the_literature_but_for_the_factor_of_the_variance():
    # Fagerland, Lydersen and Laake 2017, Statistical Analysis of Contingency Tables, chapter 8:
    # airway hyper-responsiveness of Bentur et al. 2009, Tango's interval: 0.026 to 0.517.
    factor = (1 - FEWER / 21) ** 0.5
    for published, score in ((0.026, CRITICAL), (0.517, -CRITICAL)):
        assert drop_score(21, 7, 1, published) / factor == pytest.approx(score, abs=0.01)
    lower, upper = drop_interval(Pairs(21, 7, 1))
    assert lower < 0.026 < 0.517 < upper


def test_the_interval_ends_where_no_drop_is_larger():
    lower, upper = drop_interval(Pairs(50, 50, 0))
    assert upper == 1
    assert 0.8 < lower < 0.95
    assert drop_interval(Pairs(50, 0, 50)) == pytest.approx((-1, -lower))


def test_losses_and_gains_swap_signs():
    forth, back = drop_interval(Pairs(500, 20, 7)), drop_interval(Pairs(500, 7, 20))
    assert forth == pytest.approx((-back.upper, -back.lower), abs=1e-9)


@pytest.mark.parametrize(
    ("samples", "step"), [(1, 1), (2, 1), (5, 1), (13, 1), (120, 7), (500, 25)]
)
def test_every_pair_of_counts_has_an_interval_that_moves_with_what_is_lost(samples, step):
    for gained in range(0, samples + 1, step):
        before = (-1.0, -1.0)
        for lost in range(0, samples - gained + 1, step):
            lower, upper = drop_interval(Pairs(samples, lost, gained))
            assert -1 <= lower <= (lost - gained) / samples <= upper <= 1
            assert lower >= before[0] - 1e-9
            assert upper >= before[1] - 1e-9
            before = (lower, upper)


@pytest.mark.parametrize("samples", [5, 50, 500])
def test_the_score_grows_with_losses_and_falls_with_gains(samples):
    lost, gained = np.meshgrid(np.arange(samples + 1), np.arange(samples + 1), indexing="ij")
    possible = lost + gained <= samples
    for margin in (0.001, 0.01, 0.3):
        scores = drop_score(samples, lost * possible, gained * possible, margin)
        scores = np.where(possible, scores, np.nan)
        assert not (np.diff(scores, axis=0) < -1e-9).any()
        assert not (np.diff(scores, axis=1) > 1e-9).any()


@pytest.mark.parametrize("margin", [0.005, 0.01, 0.02])
@pytest.mark.parametrize("samples", [50, 111, 223, 233, 500, 1000, 2500, 25_000])
def test_a_model_at_the_margin_passes_at_most_27_times_in_a_thousand(samples, margin):
    """The probabilities of all counts are added up; 111 and 223 are where Tango's own are most."""
    differing = np.arange(min(samples, int(samples * 0.1 + 8 * (samples * 0.1) ** 0.5 + 10)) + 1)
    passing = most_lost_that_passes(samples, differing, margin)
    for disagreement in np.geomspace(margin, 0.1, 25):
        chance = stats.binom.pmf(differing, samples, disagreement)
        some = chance > 1e-12
        lost = (disagreement + margin) / (2 * disagreement)
        passed = stats.binom.cdf(passing[some], differing[some], lost)
        assert chance[some] @ passed <= 0.027


def most_lost_that_passes(samples, differing, margin):
    """Return the most lost ones that pass, -1 for none, for each number of ``differing``."""
    low, high = np.full(len(differing), -1), differing + 1
    while (high - low > 1).any():
        middle = np.maximum((low + high) // 2, 0)
        passed = drop_score(samples, middle, differing - middle, margin) < -CRITICAL
        low, high = np.where(passed, middle, low), np.where(passed, high, middle)
    return low


@pytest.mark.parametrize(
    ("samples", "disagreement", "margin", "least"),
    [(500, 0.006, 0.01, 0.53), (1000, 0.006, 0.01, 0.90), (2500, 0.003, 0.005, 0.96)],
)
def test_a_model_that_loses_nothing_passes_about_as_often_as_by_tango(
    samples, disagreement, margin, least
):
    lost, gained = np.meshgrid(np.arange(40), np.arange(40), indexing="ij")
    passed = drop_score(samples, lost, gained, margin) < -CRITICAL
    half = [disagreement / 2] * 2
    counts = np.stack([lost, gained, samples - lost - gained], axis=-1)
    chance = stats.multinomial.pmf(counts, samples, [*half, 1 - disagreement])
    assert chance[passed].sum() >= least
