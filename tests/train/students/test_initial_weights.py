"""Layers of the same name and shape begin with the weights of an earlier model."""

import keras
import numpy as np
import pytest
from keras import layers

from satchel_train.errors import DataError
from satchel_train.networks.keras_file import named_leaves
from satchel_train.students.initial_weights import count_shared_layers, take_weights


def network(*, labels, seed=1, names=("low", "high")):
    keras.utils.set_random_seed(seed)
    low, high = (None if name is None else name for name in names)
    return keras.Sequential(
        [
            keras.Input((8, 8, 3)),
            layers.Conv2D(4, 3, name=low),
            layers.BatchNormalization(),
            layers.Conv2D(4, 3, name=high),
            layers.Flatten(),
            layers.Dense(labels, name="scores"),
        ]
    )


@pytest.mark.parametrize("as_folder", [True, False])
def test_layers_take_weights_by_name_and_shape(tmp_path, as_folder):
    earlier = network(labels=3)
    earlier.save(tmp_path / "model.keras")
    model = network(labels=5, seed=2)
    before = model.get_layer("scores").get_weights()
    source = tmp_path if as_folder else tmp_path / "model.keras"
    assert take_weights(model, source) == count_shared_layers(model, source) == 3
    for name in ("low", "high"):
        np.testing.assert_array_equal(
            model.get_layer(name).get_weights()[0], earlier.get_layer(name).get_weights()[0]
        )
    np.testing.assert_array_equal(before[0], model.get_layer("scores").get_weights()[0])


def test_layers_without_names_are_numbered_within_their_model(tmp_path):
    network(labels=3, names=(None, None)).save(tmp_path / "model.keras")
    # Keras counts on, so that these layers have other names than those.
    model = network(labels=3, seed=2, names=(None, None))
    assert list(named_leaves(model)) == ["conv2d", "batch_normalization", "conv2d_1", "scores"]
    assert take_weights(model, tmp_path) == 4


def test_a_network_that_shares_no_layer_is_refused(tmp_path):
    network(labels=3).save(tmp_path / "model.keras")
    other = keras.Sequential([keras.Input((4,)), layers.Dense(3, name="scores")])
    expected = r"got none: it has low \(3, 3, 3, 4\), .*, …; this network has scores \(4, 3\)\.$"
    with pytest.raises(DataError, match=expected):
        take_weights(other, tmp_path)


def test_a_source_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"Expected a Keras file, got .*: there is none\."):
        take_weights(network(labels=3), tmp_path / "nowhere.keras")
