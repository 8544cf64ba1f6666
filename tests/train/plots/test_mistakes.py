import io

import numpy as np
import pytest
from PIL import Image

from satchel_train.data.samples import Samples, text_samples
from satchel_train.plots.mistakes import draw_mistakes

LABELS = ("cat", "$dog$", "owl")
SCORES = np.float32([[0.9, 0.1, 0], [0.2, 0.7, 0.1], [0.8, 0.1, 0.1], [0.3, 0.3, 0.4]])
TRUTH = np.int32([0, 1, 1, 2])


def pixels(png):
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


def images(*levels):
    return np.stack([np.full((4, 4, 3), level, np.uint8) for level in levels])


def test_only_what_is_wrong_is_on_the_sheet():
    red = (250, 0, 0)
    contents = images(red, red, (0, 0, 250), red)
    drawn = pixels(draw_mistakes(Samples(contents, TRUTH), SCORES, LABELS))
    assert (drawn == (0, 0, 250)).all(axis=2).any()
    assert not (drawn == red).all(axis=2).any()


def test_a_classifier_without_mistakes_has_an_empty_sheet():
    drawn = draw_mistakes(Samples(images(1, 2, 3, 4), SCORES.argmax(axis=1)), SCORES, LABELS)
    assert (pixels(drawn) == 255).all()


@pytest.mark.parametrize("text", ["a $5 film_^ $", "\U0001f634 \u732b", "x" * 10_000, "\n\n", ""])
def test_wrong_texts_are_drawn_whatever_is_in_them(text):
    samples = text_samples(["fine", "fine", text, "fine"], TRUTH.tolist())
    assert (pixels(draw_mistakes(samples, SCORES, LABELS)) < 128).any()


def height_of(sheet):
    with Image.open(io.BytesIO(sheet)) as image:
        return image.height


@pytest.mark.parametrize(("wrong", "rows"), [(0, 1), (3, 1), (6, 2), (25, 5), (60, 5)])
def test_a_sheet_is_as_high_as_what_it_holds(wrong, rows):
    images = np.zeros((64, 8, 8, 1), np.uint8)
    labels = np.zeros(64, np.int32)
    scores = np.zeros((64, 2), np.float32)
    scores[:, 0] = 1
    scores[:wrong] = [0.2, 0.8]
    sheet = draw_mistakes(Samples(images, labels), scores, ["a", "b"])
    assert height_of(sheet) == rows * 240


def test_a_sheet_of_one_text_is_low():
    one, many = (np.array(["A dull film."] * count, object) for count in (1, 12))
    heights = [
        height_of(
            draw_mistakes(
                Samples(texts, np.zeros(len(texts), np.int32)),
                np.tile(np.float32([0.1, 0.9]), (len(texts), 1)),
                ["a", "b"],
            )
        )
        for texts in (one, many)
    ]
    assert heights[0] < heights[1] / 3
