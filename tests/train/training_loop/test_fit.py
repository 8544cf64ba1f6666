from dataclasses import replace

import numpy as np
import pytest

from satchel.bundle.image_input import ImageInput
from satchel_train.data.inputs import Examples
from satchel_train.fitting.execution import Execution
from satchel_train.networks.perceptron import build_perceptron
from satchel_train.training_loop.fit import fit, make_reproducible
from satchel_train.training_loop.history import Epoch
from satchel_train.training_loop.hyper_parameters import HyperParameters

IMAGE = ImageInput(height=2, width=2, channels=1)
HYPER = HyperParameters(epochs=3, batch_size=8, learning_rate=1e-2)


def some_examples(*, seed=0, count=24):
    inputs = np.random.default_rng(seed).random((count, 2, 2, 1)).astype(np.float32)
    return Examples(inputs, (inputs.sum(axis=(1, 2, 3)) > 2).astype(np.int32))


def fit_tiny(*, seed=7, epochs=3, hyper=HYPER, validation=None, checkpoint=None):
    make_reproducible(seed)
    model = build_perceptron(IMAGE, hidden=(4,), labels=2, dropout=0.5)
    validation = validation or some_examples(seed=1)
    history = fit(
        model,
        train=some_examples(),
        validation=validation,
        hyper=replace(hyper, epochs=epochs),
        seed=seed,
        execution=Execution(checkpoint=checkpoint),
    )
    return model, history


def flat_weights(model):
    return np.concatenate([weights.ravel() for weights in model.get_weights()])


def test_the_same_seed_gives_the_same_weights_to_the_bit():
    first, second = fit_tiny()[0], fit_tiny()[0]
    assert flat_weights(first).tobytes() == flat_weights(second).tobytes()


def test_another_seed_gives_other_weights():
    assert (flat_weights(fit_tiny()[0]) != flat_weights(fit_tiny(seed=8)[0])).any()


def test_the_history_has_a_row_an_epoch_and_keeps_the_last():
    _, history = fit_tiny(epochs=3)
    assert len(history.epochs) == history.kept == 3
    assert all(isinstance(value, float) for epoch in history.epochs for value in epoch)
    assert Epoch._fields == ("loss", "accuracy", "val_loss", "val_accuracy", "seconds")


def test_a_cosine_decay_ends_at_a_learning_rate_of_zero():
    hyper = HyperParameters(epochs=3, batch_size=8, learning_rate=1e-2, schedule="cosine")
    model, _ = fit_tiny(hyper=hyper, epochs=2)
    assert float(model.optimizer.learning_rate) == pytest.approx(0, abs=1e-9)


def test_patience_stops_early_and_goes_back_to_the_best_epoch():
    # Wrong labels: what trains well validates ever worse.
    right = some_examples()
    wrong = Examples(right.inputs, 1 - right.labels)
    hyper = HyperParameters(epochs=3, batch_size=8, learning_rate=0.1, patience=2)
    model, history = fit_tiny(hyper=hyper, epochs=30, validation=wrong)
    best = max(epoch.val_accuracy for epoch in history.epochs)
    assert len(history.epochs) == history.kept + 2 < 30
    assert history.epochs[history.kept - 1].val_accuracy == best
    found = model.predict(wrong.inputs, verbose=0).argmax(axis=1) == wrong.labels
    assert found.mean() == pytest.approx(best)


def test_every_epoch_is_told_and_nothing_is_printed(capsys):
    seen = []
    make_reproducible(7)
    model = build_perceptron(IMAGE, hidden=(4,), labels=2)
    history = fit(
        model,
        train=some_examples(),
        validation=some_examples(seed=1),
        hyper=HYPER,
        seed=7,
        execution=Execution(on_progress=seen.append),
    )
    assert [(each.done, each.epoch) for each in seen if each.measured] == [(3, 1), (6, 2), (9, 3)]
    assert [each.measured for each in seen if each.measured] == [
        epoch._asdict() for epoch in history.epochs
    ]
    assert capsys.readouterr() == ("", "")
