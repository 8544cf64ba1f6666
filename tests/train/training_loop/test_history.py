import io

from PIL import Image

from satchel_train.plots.curves import draw_curves
from satchel_train.training_loop.history import AdversarialEpoch, Epoch, History, StyleEpoch


def test_a_course_leaves_out_the_epochs_that_did_not_measure():
    epochs = [
        AdversarialEpoch(1.0, 2.0, None, None, 3.0),
        AdversarialEpoch(0.5, 1.0, 0.9, 7.0, 3.0),
    ]
    history = History(epochs, 2)
    assert history.course("frechet_distance") == ([2], [7.0])
    assert history.course("generator_loss") == ([1, 2], [1.0, 0.5])


def test_curves_have_a_panel_for_each_thing_that_was_measured():
    widths = []
    for epoch in (
        StyleEpoch(1.0, 2.0, 3.0),
        Epoch(1.0, 0.5, 1.0, 0.5, 3.0),
        AdversarialEpoch(1.0, 2.0, 0.9, None, 3.0),
        AdversarialEpoch(1.0, 2.0, 0.9, 7.0, 3.0),
    ):
        content = draw_curves(History([epoch], 1), title="curves")
        widths.append(Image.open(io.BytesIO(content)).width)
    assert widths == [1200, 1200, 1800, 2400]
