import numpy as np
import pytest

from satchel_convert.statistics import Pairs, holm, mcnemar


def test_losing_and_gaining_alike_is_no_sign_of_a_loss():
    assert mcnemar(Pairs(100, 0, 0)) == 1
    assert mcnemar(Pairs(100, 5, 5)) > 0.5
    assert mcnemar(Pairs(100, 10, 0)) == pytest.approx(2**-10)


def test_several_tests_are_corrected_as_holm_does():
    found = holm(np.array([0.01, 0.04, 0.03, 0.005]))
    np.testing.assert_allclose(found, [0.03, 0.06, 0.06, 0.02])
    assert holm(np.array([0.9, 0.8])).max() == 1
