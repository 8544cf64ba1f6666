"""A model of several labels answers with a set, which is right only as a whole."""

import numpy as np

from satchel.bundle import LabelOutput
from satchel_convert.statistics import Pairs
from satchel_convert.verification.answers import (
    answers,
    chosen_labels,
    confidence,
    name,
    sets_of_labels,
)
from satchel_convert.verification.paired_test import run_paired_test
from satchel_convert.verification.sample_statistics import label_statistics

LABELS = ("indoor", "people", "night")
TAGS = LabelOutput(LABELS, "sigmoid", multi_label=True)
SCORES = np.float32([[0.9, 0.1, 0.6], [0.2, 0.4, 0.1], [0.5, 0.9, 0.9]])


def test_an_answer_is_the_set_of_labels_that_reach_their_threshold():
    found = answers(SCORES, TAGS)
    assert [name(each, TAGS) for each in found] == [
        "indoor, night",
        "no label",
        "indoor, people, night",
    ]
    strict = TAGS._replace(thresholds=(0.95, 0.3, 0.6))
    assert [name(each, strict) for each in answers(SCORES, strict)][:2] == ["night", "people"]


def test_an_answer_of_a_hundred_labels_keeps_all_of_them():
    many = LabelOutput(tuple(map(str, range(100))), "sigmoid", multi_label=True)
    scores = np.zeros((2, 100), np.float32)
    scores[0, [0, 99]] = scores[1, [1, 99]] = 1
    assert [name(each, many) for each in answers(scores, many)] == ["0, 99", "1, 99"]
    assert (answers(scores, many) == sets_of_labels([[0, 99], [1]])).tolist() == [True, False]
    assert (chosen_labels(answers(scores, many), 100) == (scores > 0)).all()


def test_the_confidence_of_a_set_is_the_product_over_all_labels():
    found = confidence(SCORES, answers(SCORES, TAGS), TAGS)
    assert np.allclose(found, [0.9 * 0.9 * 0.6, 0.8 * 0.6 * 0.9, 0.5 * 0.9 * 0.9])


def test_the_paired_test_counts_exact_matches_and_names_a_lost_label():
    truth = sets_of_labels([[0, 2]] * 200)
    right = np.tile(np.float32([0.9, 0.1, 0.9]), (200, 1))
    wrong = right.copy()
    wrong[:60, 2] = 0.1
    before, now = (label_statistics(each, right, TAGS) for each in (right, wrong))
    found = run_paired_test(now, before, truth, output=TAGS, margin=0.01)
    assert (found.verdict.pairs.lost, found.verdict.pairs.gained) == (60, 0)
    assert [drop.label for drop in found.class_drops] == ["night"]


def test_precision_recall_and_losses_of_every_label_are_those_of_the_samples():
    """Ten samples: the first four have "indoor", all have "people", none has "night"."""
    truth = sets_of_labels([[0, 1]] * 4 + [[1]] * 6)
    before = np.tile(np.float32([0.1, 0.9, 0.1]), (10, 1))
    before[:3, 0] = before[9, 0] = 0.9
    now = before.copy()
    now[2, 0], now[9, 0], now[0, 2] = 0.1, 0.1, 0.9
    statistics = [label_statistics(each, before, TAGS) for each in (now, before)]
    found = run_paired_test(*statistics, truth, output=TAGS, margin=0.01)
    indoor, people, night = found.labels
    assert (indoor.label, indoor.reference.samples) == ("indoor", 4)
    assert (indoor.reference.precision, indoor.reference.recall) == (3 / 4, 3 / 4)
    assert (indoor.found.precision, indoor.found.recall, indoor.found.f1) == (1, 1 / 2, 2 / 3)
    assert indoor.pairs == Pairs(10, lost=1, gained=1)
    assert (people.found, people.pairs) == (people.reference, Pairs(10, 0, 0))
    assert (night.reference.precision, night.reference.recall, night.reference.f1) == (None,) * 3
    assert (night.found.precision, night.found.recall, night.found.f1) == (0, None, 0)
    assert night.pairs == Pairs(10, lost=1, gained=0)


def test_a_model_that_chooses_one_label_has_no_figures_of_labels():
    output = LabelOutput(LABELS)
    statistics = label_statistics(SCORES, SCORES, output)
    truth = np.array([0, 1, 2])
    found = run_paired_test(statistics, statistics, truth, output=output, margin=0.01)
    assert list(found.labels) == []
