"""A list of labels in another order is found, and named as the mistake that it is."""

import numpy as np
import pytest

from satchel_convert.plausibility.confirmation import halves_of
from satchel_convert.plausibility.label_orders import find_order

LABELS = ("dog", "cat", "bird", "fish", "10", "2", "horse", "frog", "ship", "truck")


def answers(labels, *, trained=LABELS, count=200, right=0.9, seed=0):
    """Return predictions in the order of ``trained``, and the true places in the list ``labels``.

    A share of ``right`` of the top labels is right.
    """
    random = np.random.default_rng(seed)
    meant = np.arange(count) % len(trained)
    said = np.where(random.random(count) < right, meant, random.integers(0, len(trained), count))
    predictions = random.uniform(0, 0.02, (count, len(trained)))
    predictions[np.arange(count), said] = 0.8
    predictions /= predictions.sum(axis=1, keepdims=True)
    truth = np.array([labels.index(trained[at]) for at in meant])
    return predictions.astype(np.float32), truth


def found(labels, **more):
    predictions, truth = answers(labels, **more)
    return find_order(predictions, truth, labels, halves_of(truth))


def test_labels_in_their_order_are_left_alone():
    assert found(LABELS) is None


def test_a_reversed_list_is_named():
    order = found(LABELS[::-1]).order
    assert order.words == "in reverse order"
    assert order.remedy == "The list of labels is reversed: turn it round."


def test_a_list_that_is_not_sorted_as_folders_are_is_named():
    trained = tuple(sorted(LABELS))
    order = found(LABELS, trained=trained).order
    assert order.words == "in alphabetical order"


def test_numbers_sorted_as_texts_are_named():
    trained = tuple(str(number) for number in range(12))
    order = found(tuple(sorted(trained)), trained=trained).order
    assert order.words == "in numerical order"


WORDS = tuple(f"{first}{last}" for last in ("ug", "at", "ip", "en") for first in "gcfbd")


@pytest.mark.parametrize(
    ("first", "shown"),
    [(0, "(0, 1, 10, 11, …), by their numbers from 0 on"), (1, "(1, 10, 11, 12, …)")],
)
def test_words_in_the_order_of_their_numbers_as_texts_are_named(first, shown):
    as_texts = [int(text) - first for text in sorted(map(str, range(first, first + len(WORDS))))]
    mixed = tuple(WORDS[at] for at in as_texts)
    wrong_list = found(mixed, trained=WORDS).order
    assert wrong_list.remedy.startswith(f"The list of labels is sorted as texts {shown}")
    wrong_outputs = found(WORDS, trained=mixed).order
    assert wrong_outputs.remedy.startswith(f"The outputs are sorted as texts {shown}")


@pytest.mark.parametrize(
    ("labels", "remedy"),
    [
        (LABELS[1:] + LABELS[:1], "off by 1: its last line belongs to the top"),
        (LABELS[-1:] + LABELS[:-1], "off by 1: its first line belongs to the end"),
        (LABELS[3:] + LABELS[:3], "off by 3: its last 3 lines belong to the top"),
    ],
)
def test_a_list_that_is_moved_says_by_how_much(labels, remedy):
    assert remedy in found(labels).order.remedy


def test_two_exchanged_labels_are_said_by_name():
    order = found((LABELS[1], LABELS[0], *LABELS[2:])).order
    assert order.words == "in another order (output 0 is 'dog', output 1 is 'cat')"
    assert order.measured


def test_a_thousand_labels_with_one_sample_each_are_found_reversed():
    labels = tuple(f"{number:04}" for number in range(1000))
    predictions, truth = answers(labels[::-1], trained=labels, count=1000, right=0.5)
    assert find_order(predictions, truth, labels[::-1], halves_of(truth)).order.words == (
        "in reverse order"
    )


@pytest.mark.parametrize("count", [4, 8, 12])
def test_few_samples_reverse_no_list(count):
    assert found(LABELS[::-1], count=count) is None


@pytest.mark.parametrize("seed", range(20))
def test_a_poor_model_of_few_samples_raises_no_alarm(seed):
    assert found(LABELS, right=0.3, count=60, seed=seed) is None
