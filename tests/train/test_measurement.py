import json
from itertools import pairwise

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, f1_score, precision_recall_fscore_support

from satchel_train.measurement import measure_classifier

NAMES = ("common", "rare", "seldom")


def measured(truth, said, *, names=NAMES):
    scores = np.eye(len(names), dtype=np.float32)[said]
    return measure_classifier(scores, np.int32(truth), names=names)


def one_in_five_of_the_rare():
    """Return 475 common samples, all right, and 25 rare ones of which 5 are found."""
    return measured([0] * 475 + [1] * 25, [0] * 475 + [1] * 5 + [0] * 20, names=NAMES[:2])


def test_a_rare_label_shows_in_recall_balanced_accuracy_and_f1():
    found = one_in_five_of_the_rare()
    assert found.samples == 500
    assert found.accuracy == pytest.approx(480 / 500)
    assert found.balanced_accuracy == pytest.approx(0.6)
    rare = found.least_found
    assert (rare.label, rare.samples, rare.predicted, rare.found) == ("rare", 25, 5, 5)
    assert (rare.recall, rare.precision) == (0.2, 1.0)
    assert rare.f1 == pytest.approx(1 / 3)


def test_the_figures_are_those_of_scikit_learn():
    randomness = np.random.default_rng(0)
    truth, said = randomness.integers(0, 3, 200), randomness.integers(0, 3, 200)
    found = measured(truth, said)
    expected = np.array(precision_recall_fscore_support(truth, said)).T
    figures = [(each.precision, each.recall, each.f1, each.samples) for each in found.labels]
    np.testing.assert_allclose(figures, expected)
    assert found.balanced_accuracy == pytest.approx(balanced_accuracy_score(truth, said))
    assert found.macro_f1 == pytest.approx(f1_score(truth, said, average="macro"))


def test_an_interval_of_a_share_is_wilsons():
    # The example of Newcombe 1998, Two-sided confidence intervals for the single proportion.
    found = measured([0] * 263, [0] * 81 + [1] * 182)
    assert found.accuracy_interval == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert found.labels[0].recall_interval == found.accuracy_interval


def test_the_intervals_hold_the_true_values_as_often_as_they_promise():
    randomness = np.random.default_rng(0)
    recalls, shares, trials = np.array([0.95, 0.7, 0.4]), [0.7, 0.2, 0.1], 1000
    held = {"accuracy": 0, "balanced": 0}
    for _ in range(trials):
        truth = randomness.choice(3, 150, p=shares)
        wrong = (truth + 1) % 3
        found = measured(truth, np.where(randomness.random(150) < recalls[truth], truth, wrong))
        for name, bounds, true in (
            ("accuracy", found.accuracy_interval, recalls @ shares),
            ("balanced", found.balanced_accuracy_interval, recalls.mean()),
        ):
            held[name] += bounds[0] <= true <= bounds[1]
    # Three standard deviations of a share of 0.95 in 1000 trials are 0.02.
    assert all(abs(count / trials - 0.95) < 0.02 for count in held.values()), held


def test_the_interval_of_f1_goes_with_its_value():
    found = [measured([0] * 50 + [1] * 50, [0] * n + [1] * (100 - n)) for n in (10, 30, 45)]
    for each in found:
        low, high = each.labels[0].f1_interval
        assert 0 < low < each.labels[0].f1 < high < 1
    assert all(a.labels[0].f1 < b.labels[0].f1 for a, b in pairwise(found))


def test_a_label_without_samples_has_no_recall_and_is_not_the_one_least_found():
    found = measured([0, 0, 1], [0, 1, 1])
    assert [each.label for each in found.labels] == ["common", "rare"]
    said = measured([0, 0, 1], [0, 2, 1])
    seldom = said.labels[2]
    assert (seldom.recall, seldom.precision, seldom.f1) == (None, 0.0, 0.0)
    assert said.balanced_accuracy == 0.75
    assert said.least_found.label == "common"


def test_of_labels_that_are_found_alike_the_one_with_most_samples_is_named():
    assert measured([0, 1, 1, 2], [0, 1, 1, 2]).least_found.label == "rare"


def test_the_figures_are_json():
    block = one_in_five_of_the_rare().as_json()
    assert json.loads(json.dumps(block, allow_nan=False)) == block
    assert block["labels"][1]["recall"] == 0.2
    assert len(block["labels"][1]["recall_interval"]) == 2
