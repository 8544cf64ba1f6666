import io

import numpy as np
from matplotlib.colors import to_rgb
from PIL import Image

from satchel_train.cross_validation import CrossValidation, Diverged, Row, Run
from satchel_train.plots.study import COLOURS, draw_study, line_style
from satchel_train.training_loop.history import Epoch, History
from satchel_train.training_loop.optimizers import OPTIMIZER_NAMES, OPTIMIZERS


def some_study(*, seeds=3, names=OPTIMIZER_NAMES):
    randomness = np.random.default_rng(0)

    def run(seed, level):
        losses = level * np.exp(-np.arange(12 - seed) / 5) * randomness.uniform(0.9, 1.1)
        epochs = [Epoch(loss, 0.8, 1.2 * loss, 0.8, 1.0) for loss in losses.tolist()]
        return Run(7 + seed, randomness.uniform(0.85, 0.95), History(epochs, len(epochs)))

    rows = [
        Row(name, OPTIMIZERS[name].learning_rate, [run(seed, 1 + at / 5) for seed in range(seeds)])
        for at, name in enumerate(names)
    ]
    diverged = [Diverged("sgd", 8, "Expected a finite loss")]
    return CrossValidation("digits", "optimizer", "default rate, not tuned", rows, diverged)


def test_no_two_optimizers_have_the_same_colour():
    styles = [line_style(position) for position in range(len(OPTIMIZER_NAMES))]
    assert len({each["color"] for each in styles}) == len(styles)
    many = [line_style(position) for position in range(2 * len(styles))]
    assert len({(each["color"], str(each["linestyle"])) for each in many}) == len(many)
    colours = np.array([to_rgb(colour) for colour in COLOURS])
    apart = np.abs(colours[:, None] - colours[None]).sum(axis=-1)
    # The sum of the differences of red, green and blue, each from 0 to 1.
    assert apart[~np.eye(len(colours), dtype=bool)].min() > 0.35


def test_every_colour_is_in_the_picture():
    drawn = np.asarray(Image.open(io.BytesIO(draw_study(some_study()))).convert("RGB"))
    for colour in COLOURS:
        level = np.rint(255 * np.array(to_rgb(colour)))
        assert (np.abs(drawn - level).max(axis=-1) <= 1).sum() > 20


def test_a_band_shows_the_spread_of_several_seeds():
    one, several = (draw_study(some_study(seeds=seeds, names=("adam",))) for seeds in (1, 3))
    blue = 255 - 0.12 * (255 - np.rint(255 * np.array(to_rgb(COLOURS[0]))))
    tinted = [
        int(
            (
                np.abs(np.asarray(Image.open(io.BytesIO(png)).convert("RGB")) - blue).max(-1) <= 1
            ).sum()
        )
        for png in (one, several)
    ]
    # Some pixels at the edge of a line have that colour by chance.
    assert tinted[1] > 1000 > 10 * tinted[0]


def test_a_study_of_which_all_diverged_is_drawn():
    assert draw_study(some_study(names=())).startswith(b"\x89PNG")
