import json
from dataclasses import replace

import numpy as np
import pytest
from sklearn.utils.class_weight import compute_class_weight

from helpers.trainings import run_train
from satchel.bundle.image_input import ImageInput
from satchel_train.data.inputs import Examples
from satchel_train.errors import SettingsError
from satchel_train.networks.perceptron import build_perceptron
from satchel_train.training_loop.class_weights import balanced_weights, weighted
from satchel_train.training_loop.fit import fit, make_reproducible
from satchel_train.training_loop.hyper_parameters import HyperParameters

HYPER = HyperParameters(epochs=10, batch_size=32, learning_rate=1e-2)


def test_balanced_weights_are_those_of_scikit_learn():
    labels = np.int32([0] * 95 + [1] * 4 + [3])
    found = balanced_weights(labels, count=5)
    expected = compute_class_weight("balanced", classes=np.array([0, 1, 3]), y=labels)
    np.testing.assert_allclose(found[[0, 1, 3]], expected, rtol=1e-6)
    assert found[labels].mean() == pytest.approx(1, rel=1e-6)
    assert (found[[2, 4]] == 1).all()


@pytest.mark.parametrize(
    "labels",
    [np.int32([0, 2, 1]), np.float32([[0], [2], [1]]), np.eye(3, dtype=np.float32)[[0, 2, 1]]],
    ids=["positions", "a column", "shares"],
)
def test_each_loss_is_multiplied_by_the_weight_of_its_label(labels):
    from keras import ops

    scores = ops.ones((3, 3))
    loss = weighted(
        lambda labels, scores: ops.convert_to_tensor([1.0, 2.0, 3.0]), np.float32([10, 20, 30])
    )
    assert ops.convert_to_numpy(loss(ops.convert_to_tensor(labels), scores)).tolist() == [
        10,
        60,
        60,
    ]


def test_the_weight_of_mixed_labels_is_their_mean():
    from keras import ops

    loss = weighted(lambda labels, scores: ops.ones(1), np.float32([1, 5]))
    assert float(loss(ops.convert_to_tensor([[0.25, 0.75]]), ops.ones((1, 2)))[0]) == 4


def rare_and_common(*, count=1200, seed=0):
    """Return examples of two labels that overlap, one of 20 of which is rare."""
    randomness = np.random.default_rng(seed)
    labels = (np.arange(count) % 20 == 0).astype(np.int32)
    inputs = randomness.normal(labels[:, None], 1.0, (count, 4)).reshape(-1, 2, 2, 1)
    return Examples(inputs.astype(np.float32), labels)


def rare_recall(hyper):
    make_reproducible(7)
    model = build_perceptron(ImageInput(height=2, width=2, channels=1), hidden=(8,), labels=2)
    history = fit(
        model, train=rare_and_common(), validation=rare_and_common(seed=1), hyper=hyper, seed=7
    )
    examples = rare_and_common(seed=2)
    said = model.predict(examples.inputs, verbose=0).argmax(axis=1)
    return said[examples.labels == 1].mean(), history


def test_balanced_weights_find_the_rare_label():
    plain, balanced = (
        rare_recall(replace(HYPER, class_weights=kind))[0] for kind in ("none", "balanced")
    )
    # Five standard deviations of a share of 60 rare samples are 0.3.
    assert balanced > plain + 0.3


def test_patience_with_balanced_weights_goes_by_their_loss():
    hyper = replace(HYPER, class_weights="balanced", patience=2)
    recall, history = rare_recall(hyper)
    losses = [epoch.val_loss for epoch in history.epochs]
    assert losses[history.kept - 1] == min(losses)
    assert recall > 0.6


def test_the_command_takes_and_records_them(tmp_path):
    words = ("--epochs", 1, "--class-weights", "balanced")
    assert run_train("digits", "--out", tmp_path / "model", *words) == 0
    hyper = json.loads((tmp_path / "model" / "training.json").read_bytes())["hyper"]
    assert hyper["class_weights"] == "balanced"
    assert hyper["label_weights"].keys() == set("0123456789")
    assert all(0.8 < weight < 1.2 for weight in hyper["label_weights"].values())


def test_a_model_without_epochs_has_none(tmp_path):
    words = ("--model", "lasso", "--class-weights", "balanced")
    with pytest.raises(SettingsError, match="Expected no --class-weights for imdb --model lasso"):
        run_train("imdb", "--out", tmp_path / "model", *words)
