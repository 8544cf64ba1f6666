import numpy as np
import pytest

from satchel_convert.statistics import Pairs, holm, mcnemar, seen_share


@pytest.mark.parametrize(("samples", "tests", "gained"), [(100, 100, 0.01), (40, 10, 0.0)])
def test_the_power_is_how_often_a_simulated_loss_is_named(samples, tests, gained):
    shares = [0.1 + gained, gained, 0.9 - 2 * gained]
    drawn = np.random.default_rng(0).multinomial(samples, shares, size=1000)
    others = np.ones(tests - 1)
    named = [
        holm(np.r_[mcnemar(Pairs(samples, int(lost), int(more))), others])[0] < 0.05
        for lost, more, _ in drawn
    ]
    expected = seen_share(samples, tests, drop=0.1, gained=gained)
    assert np.mean(named) == pytest.approx(expected, abs=0.05)


def test_a_label_that_loses_a_tenth_is_rarely_seen_among_a_hundred():
    assert seen_share(100, 100, drop=0.1, gained=0.02) < 0.25
    assert seen_share(1000, 100, drop=0.1, gained=0.02) > 0.99
