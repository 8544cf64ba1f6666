import numpy as np

from satchel.bundle import LabelOutput
from satchel_convert.verification.disagreements import MOST, worst_disagreements
from satchel_convert.verification.sample_statistics import label_statistics

OUTPUT = LabelOutput(("left", "middle", "right"))


def tallied(scores, reference):
    scores, reference = np.array(scores, np.float32), np.array(reference, np.float32)
    return (
        label_statistics(scores, reference, OUTPUT),
        label_statistics(reference, reference, OUTPUT),
    )


def test_the_worst_is_what_the_float_model_was_surest_of_and_the_small_one_gave_up_most():
    reference = [[0.5, 0.4, 0.1], [0.9, 0.1, 0.0], [0.0, 0.2, 0.8], [0.6, 0.3, 0.1]]
    scores = [[0.4, 0.5, 0.1], [0.2, 0.8, 0.0], [0.0, 0.3, 0.7], [0.3, 0.1, 0.6]]
    found = worst_disagreements(*tallied(scores, reference), np.array([0, 1, 2, 0]), OUTPUT)
    assert [each.sample for each in found] == [1, 3, 0]
    worst = found[0]
    assert (worst.truth, worst.expected, worst.found) == ("middle", ("left", 0.9), ("middle", 0.8))
    assert [each.lost for each in found] == [0.7, 0.3, 0.1]


def test_of_equals_the_first_come_first_and_no_more_than_most_are_kept():
    count = MOST + 3
    predictions = tallied([[0.2, 0.8, 0.0]] * count, [[0.7, 0.3, 0.0]] * count)
    found = worst_disagreements(*predictions, np.zeros(count, int), OUTPUT)
    assert [each.sample for each in found] == list(range(MOST))


def test_where_the_top_labels_are_the_same_nothing_is_a_disagreement():
    predictions = tallied([[0.5, 0.4, 0.1]], [[0.9, 0.1, 0.0]])
    assert worst_disagreements(*predictions, np.array([2]), OUTPUT) == []
