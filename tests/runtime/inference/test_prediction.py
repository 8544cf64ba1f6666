"""Scores to labels."""

import numpy as np
import pytest
from hypothesis import given, strategies as st
from hypothesis.extra import numpy as hnp

from satchel.inference.prediction import Prediction, softmax, top_k

LOGITS = hnp.arrays(np.float32, st.integers(1, 20), elements=st.floats(-1e4, 1e4, width=32))


@given(LOGITS)
def test_softmax_gives_probabilities_in_the_order_of_the_logits(logits):
    found = softmax(logits)
    assert found.dtype == np.float32
    assert ((found >= 0) & (found <= 1)).all()
    # Twenty float32 quotients: each rounded in the seventh digit.
    assert found.sum() == pytest.approx(1, abs=1e-5)
    assert found[logits.argmax()] == found.max()


@given(LOGITS)
def test_softmax_is_what_double_precision_says(logits):
    powers = np.exp(logits.astype(np.float64) - logits.max())
    # float32's seven digits, twice rounded.
    assert softmax(logits) == pytest.approx(powers / powers.sum(), abs=1e-6)


def test_softmax_of_huge_logits_does_not_overflow():
    assert softmax(np.float32([1e38, -1e38])).tolist() == [1, 0]
    assert softmax(np.float32([1000, 1000])).tolist() == [0.5, 0.5]


def test_softmax_works_along_the_last_axis():
    rows = np.float32([[0, 0], [100, 0]])
    assert softmax(rows).tolist() == [[0.5, 0.5], [1, pytest.approx(0, abs=1e-40)]]


def test_top_k_returns_the_best_first():
    found = top_k(np.float32([0.25, 0.5, 0.125]), ["a", "b", "c"], 2)
    assert found == [Prediction("b", 0.5), Prediction("a", 0.25)]


def test_top_k_returns_all_by_default_and_no_more_than_there_are():
    scores = np.float32([0.25, 0.75])
    assert len(top_k(scores, ["a", "b"])) == 2
    assert top_k(scores, ["a", "b"], 99) == top_k(scores, ["a", "b"])


def test_equal_scores_keep_the_order_of_the_labels():
    labels = [str(number) for number in range(50)]
    found = top_k(np.full(50, 0.02, np.float32), labels)
    assert [prediction.label for prediction in found] == labels


@pytest.mark.parametrize("k", [0, -1])
def test_a_top_below_one_is_refused(k):
    with pytest.raises(ValueError, match=f"at least 1, got {k}"):
        top_k(np.float32([1]), ["a"], k)


def test_a_score_is_a_plain_float_and_a_prediction_unpacks():
    [(label, score)] = top_k(np.float32([0.5]), ["a"])
    assert label == "a"
    assert type(score) is float
    assert repr(top_k(np.float32([0.5]), ["a"])[0]) == "Prediction(label='a', score=0.5)"
