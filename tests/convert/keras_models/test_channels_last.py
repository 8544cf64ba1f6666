"""Models with channels first, which no processor's kernel runs, say the same with channels last."""

import numpy as np
import pytest

from satchel_convert.errors import ConversionError
from satchel_convert.keras_models.channels_last import with_channels_last
from satchel_convert.keras_models.float_model import load_reference

ROUNDING = 1e-5  # float32 sums in another order


def layers_of(order):
    """Return the layers of a model whose flat features are in the order of channels last."""
    import keras

    layers = keras.layers
    return [
        layers.Conv2D(4, 3, data_format=order, activation="relu"),
        layers.BatchNormalization(axis=1 if order == "channels_first" else -1),
        layers.MaxPooling2D(2, data_format=order),
        layers.SeparableConv2D(5, 2, data_format=order),
        layers.Flatten(data_format=order),
        layers.Dense(3, activation="softmax"),
    ]


def test_a_model_with_channels_first_says_what_its_twin_says(tmp_path):
    import keras

    keras.utils.set_random_seed(1)
    last = keras.Sequential([keras.Input((8, 10, 3)), *layers_of("channels_last")])
    first = keras.Sequential([keras.Input((3, 8, 10)), *layers_of("channels_first")])
    first.set_weights(last.get_weights())
    first.save(tmp_path / "first.keras")
    pixels = np.random.default_rng(0).uniform(0, 1, (2, 8, 10, 3)).astype(np.float32)
    found = load_reference(tmp_path / "first.keras")(pixels.transpose(0, 3, 1, 2))
    np.testing.assert_allclose(found, last(pixels), atol=ROUNDING)


def test_a_model_with_channels_last_is_left_alone():
    import keras

    model = keras.Sequential([keras.Input((8, 10, 3)), *layers_of("channels_last")])
    assert with_channels_last(model, name="a") is model


def test_channels_first_in_an_inner_model_are_refused_by_name():
    import keras

    inner = keras.Sequential([keras.Input((3, 8, 8)), *layers_of("channels_first")])
    pixels = keras.Input((3, 8, 8))
    with pytest.raises(ConversionError, match=r"the layer '[a-z_0-9]+' reads them first"):
        with_channels_last(keras.Model(pixels, inner(pixels)), name="a.keras")
