"""SavedModels become .onnx, whatever stands in front of the functions that they call.

Every author scales pixels in the model, as many do. A product behind the convolution that makes a
grey image is what TensorFlow's optimizer moves into it, so that control inputs lose what they name.
"""

import numpy as np
import pytest

from satchel.bundle import Card, ImageInput, LabelOutput
from satchel.engines import open_engine
from satchel.preprocessing import LUMA
from satchel_convert.errors import ConversionError
from satchel_convert.keras_models.deployable import to_deployable
from satchel_convert.keras_models.float_model import load_reference
from satchel_convert.onnx.converter import to_onnx

SIDE = 8
GREY, COLOUR = 1, 3


def card(channels):
    image = ImageInput(height=SIDE, width=SIDE, channels=channels, scale=(1.0,), offset=(0.0,))
    labels = LabelOutput(("a", "b", "c"), activation="softmax")
    return Card("t", "1.0.0", "image-classification", image, labels)


def exported(model, path, *, batch=None, channels):
    """Write a Keras model as a SavedModel; return the model."""
    import tensorflow as tf

    signature = [tf.TensorSpec((batch, SIDE, SIDE, channels), tf.float32)]
    model(np.zeros((1, SIDE, SIDE, channels), np.float32))
    model.export(path, verbose=False, input_signature=signature)
    return model


def in_order(layers):
    """Return a model that is no graph of layers: TensorFlow calls a function of a function."""
    import keras

    class Author(keras.Model):
        def __init__(self):
            super().__init__()
            self.steps = [keras.layers.Rescaling(1 / 255), *layers]

        def call(self, values):
            for step in self.steps:
                values = step(values)
            return values

    keras.utils.set_random_seed(5)
    return Author()


def subclassed(path, channels):
    import keras

    layers = keras.layers
    ones = keras.initializers.RandomUniform(0.5, 2.0, seed=1)
    return exported(
        in_order(
            [
                layers.Conv2D(4, 3, activation="relu"),
                layers.BatchNormalization(
                    moving_mean_initializer=ones, moving_variance_initializer=ones
                ),
                layers.Dropout(0.5),
                layers.Flatten(),
                layers.Dense(3, activation="softmax"),
            ]
        ),
        path,
        channels=channels,
    )


def recurrent(path, channels):
    import keras

    layers = keras.layers
    steps = [
        layers.Reshape((SIDE, SIDE * channels)),
        layers.Bidirectional(layers.GRU(3, return_sequences=True)),
        layers.LSTM(4),
        layers.Dense(3, activation="softmax"),
    ]
    return exported(in_order(steps), path, batch=1, channels=channels)


def sequential(path, channels):
    import keras

    layers = keras.layers
    keras.utils.set_random_seed(5)
    steps = [
        layers.Rescaling(1 / 255),
        layers.Conv2D(3, 3),
        layers.GlobalMaxPooling2D(),
        layers.Softmax(),
    ]
    model = keras.Sequential([keras.Input((SIDE, SIDE, channels)), *steps])
    return exported(model, path, channels=channels)


def author(channels):
    """Return a tf.Module whose functions call each other."""
    import tensorflow as tf

    class Author(tf.Module):
        def __init__(self):
            super().__init__()
            random = np.random.default_rng(3)
            self.kernel = tf.Variable(random.normal(0, 1, (3, 3, channels, 4)).astype(np.float32))
            self.weights = tf.Variable(random.normal(0, 1, (4, 3)).astype(np.float32))
            self.calls = tf.Variable(0.0)

        @tf.function
        def scaled(self, values):
            return values / 255.0 - 0.5

        @tf.function
        def features(self, values):
            convolved = tf.nn.conv2d(self.scaled(values), self.kernel, 1, "SAME")
            return tf.reduce_mean(tf.nn.relu(convolved), (1, 2))

        def scores(self, values):
            return tf.nn.softmax(self.features(values) @ self.weights)

        def counted(self, values):
            self.calls.assign_add(1.0)
            tf.debugging.assert_less(values, 256.0)
            return self.scores(values)

        def in_a_loop(self, values):
            for _ in tf.range(3):
                values = self.scaled(values) * 200.0
            return self.scores(values)

        def counted_in_a_loop(self, values):
            for _ in tf.range(3):
                self.calls.assign_add(1.0)
                values = self.scaled(values) * 200.0
            return self.scores(values)

    return Author()


def module(name):
    """Return a function that writes the function ``name`` of the tf.Module as a SavedModel."""

    def write(path, channels):
        import tensorflow as tf

        written = author(channels)
        shape = (1, SIDE, SIDE, channels)
        function = tf.function(
            getattr(written, name), input_signature=[tf.TensorSpec(shape, tf.float32)]
        )
        tf.saved_model.save(written, str(path), signatures=function)
        return function

    return write


AUTHORS = {
    "subclassed": subclassed,
    "recurrent": recurrent,
    "sequential": sequential,
    "nested functions": module("scores"),
    "a loop": module("in_a_loop"),
    "what only counts and checks": module("counted"),
}


@pytest.mark.parametrize("channels", [GREY, COLOUR])
@pytest.mark.parametrize("name", AUTHORS)
def test_a_saved_model_in_onnx_says_what_its_author_s_model_says(name, channels, tmp_path):
    model = AUTHORS[name](tmp_path / "saved", channels)
    pixels = np.random.default_rng(1).integers(0, 256, (1, SIDE, SIDE, 3)).astype(np.float32)
    prepared = pixels @ np.float32(LUMA)[:, np.newaxis] if channels == GREY else pixels
    content = to_onnx(to_deployable(load_reference(tmp_path / "saved"), card(channels)))
    found = open_engine("onnx", content, threads=1).run(pixels)
    expected = np.asarray(model(prepared))
    # float32 sums in another order
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert np.ptp(expected) > 1e-3  # not the answer of a model that says nothing


def test_what_no_onnx_can_do_is_refused_in_one_line(tmp_path):
    module("counted_in_a_loop")(tmp_path / "saved", GREY)
    model = to_deployable(load_reference(tmp_path / "saved"), card(GREY))
    reason = r"^cannot be written as one graph of ONNX: .* with --formats tflite \([^\n]+\)$"
    with pytest.raises(ConversionError, match=reason):
        to_onnx(model)
