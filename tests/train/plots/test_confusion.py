import io
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

from satchel_train.plots import confusion
from satchel_train.plots.confusion import draw_confusion, most_confused
from satchel_train.plots.figures import new_figure

WORDS = ("aquarium fish", "sweet pepper", "pickup truck", "willow tree", "$dog$", "lawn mower")


def some_confusion(labels, *, samples=20):
    """Return scores and true labels of which one in five is confused with the next label."""
    truth = np.repeat(np.arange(labels, dtype=np.int32), samples)
    said = np.where(np.arange(len(truth)) % 5 == 0, (truth + 1) % labels, truth)
    return np.eye(labels, dtype=np.float32)[said], truth


def names(count):
    return [f"{WORDS[number % len(WORDS)]} {number}" for number in range(count)]


@pytest.fixture
def figures(monkeypatch):
    """Collect the figures that are drawn."""
    made = []

    def collect(width, height):
        made.append(new_figure(width, height))
        return made[-1]

    monkeypatch.setattr(confusion, "new_figure", collect)
    return made


def test_a_confusion_is_drawn_with_names_that_look_like_formulas():
    scores, truth = some_confusion(3)
    assert (
        len(
            {draw_confusion(scores, truth, ("$a$", "b", "c")), draw_confusion(scores, truth, "abc")}
        )
        == 2
    )


@pytest.mark.parametrize("count", [2, 10, 20, 21, 60, 100, 150])
def test_the_names_at_the_sides_do_not_overlap(figures, count):
    draw_confusion(*some_confusion(count), names(count))
    (figure,) = figures
    matrix = figure.axes[0]
    for axis, ticks in (("x", matrix.get_xticklabels()), ("y", matrix.get_yticklabels())):
        assert [tick.get_text() for tick in ticks] == names(count)
        boxes = [tick.get_window_extent() for tick in ticks]
        for before, after in pairwise(boxes):
            if count > 20 or axis == "y":
                assert not before.overlaps(after), (axis, count)
        assert all(figure.bbox.containsx(box.x0) and figure.bbox.containsy(box.y0) for box in boxes)


@pytest.mark.parametrize("count", [100, 1000])
def test_the_most_confused_of_many_labels_are_listed_inside_the_picture(figures, count):
    scores, truth = some_confusion(count, samples=5)
    # Labels 3 and 7 are confused most.
    extra = np.full(9, 3, np.int32)
    scores = np.concatenate([scores, np.eye(count, dtype=np.float32)[np.full(9, 7)]])
    drawn = draw_confusion(scores, np.concatenate([truth, extra]), names(count))
    (figure,) = figures
    (text,) = figure.axes[1].texts
    lines = text.get_text().splitlines()
    assert lines[2] == "9 of 14: willow tree 3 said to be sweet pepper 7"
    assert len(lines) == 2 + confusion.PAIRS
    box = text.get_window_extent()
    assert figure.bbox.x1 > box.x1
    assert box.y0 > 0
    # A picture that a program for images opens at once.
    assert max(Image.open(io.BytesIO(drawn)).size) < 3500


def test_confused_pairs_are_ordered_by_their_counts():
    counts = np.array([[5, 1, 0], [4, 6, 0], [0, 2, 8]])
    assert most_confused(counts, "abc") == [("b", "a", 4, 10), ("c", "b", 2, 10), ("a", "b", 1, 6)]
    assert most_confused(np.eye(3, dtype=int), "abc") == []
