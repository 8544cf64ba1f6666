import pytest
from scipy import stats

from satchel_convert.statistics import share_interval


@pytest.mark.parametrize(("count", "samples"), [(0, 50), (3, 50), (50, 50), (1, 3)])
def test_a_share_lies_between_its_exact_limits(count, samples):
    lower, upper = share_interval(count, samples)
    if count:
        assert stats.binom.sf(count - 1, samples, lower) == pytest.approx(0.025, rel=1e-6)
    if count < samples:
        assert stats.binom.cdf(count, samples, upper) == pytest.approx(0.025, rel=1e-6)
    assert share_interval(0, 0) == (0, 1)
