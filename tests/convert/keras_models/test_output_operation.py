"""The activation is that of the operation which makes the output, whatever the last layer is."""

import pytest

from satchel_convert.keras_models.output_operation import output_activation


def operations():
    """Return the functions that finish a model, by the activation that each amounts to."""
    import keras
    from keras import layers, ops

    inner = keras.Sequential([keras.Input((3,)), layers.Dense(3, activation="softmax")])
    return {
        "softmax": [
            keras.activations.softmax,
            ops.softmax,
            layers.Softmax(),
            layers.Activation("softmax"),
            layers.Dense(3, activation="softmax"),
            inner,
            lambda x: ops.squeeze(ops.reshape(ops.softmax(x), (-1, 1, 3)), 1),
            lambda x: ops.cast(ops.softmax(x), "float32"),
            lambda x: layers.Dropout(0.2)(layers.Flatten()(ops.softmax(x))),
            lambda x: layers.Activation("linear")(ops.softmax(x)),
            lambda x: ops.softmax(x / 2.0),
        ],
        "sigmoid": [keras.activations.sigmoid, ops.sigmoid, layers.Activation("sigmoid")],
        "log_softmax": [ops.log_softmax, layers.Activation("log_softmax")],
        "linear": [lambda x: x, layers.Activation("linear"), layers.Identity()],
        # Nothing is guessed where arithmetic follows: the outputs for some samples decide.
        None: [
            lambda x: ops.softmax(x) / 2.0,
            lambda x: 1 - ops.sigmoid(x),
            lambda x: layers.Add()([ops.softmax(x), x]),
            lambda x: layers.Concatenate()([ops.sigmoid(x), x]),
        ],
    }


@pytest.mark.parametrize("activation", ["softmax", "sigmoid", "log_softmax", "linear", None])
def test_the_activation_is_read_from_the_operation_that_makes_the_output(activation):
    import keras

    for finish in operations()[activation]:
        pixels = keras.Input((4, 4, 3))
        logits = keras.layers.Dense(3)(keras.layers.Flatten()(pixels))
        assert output_activation(keras.Model(pixels, finish(logits))) == activation, finish
