"""Small models with every layer that has a kernel, and with normalization that is worth folding."""

import keras
import numpy as np
import pytest
from keras import layers


def build_every_kernel():
    """Return a classifier of images (8, 8, 2) whose normalization says something."""
    keras.utils.set_random_seed(7)
    images = keras.Input((8, 8, 2), name="pictures")
    values = layers.Conv2D(4, 3, use_bias=False, name="conv")(images)
    values = layers.BatchNormalization(name="conv_norm")(values)
    values = layers.ReLU(name="conv_relu")(values)
    values = layers.DepthwiseConv2D(3, depth_multiplier=2, padding="same", name="depthwise")(values)
    values = layers.BatchNormalization(scale=False, name="depthwise_norm")(values)
    values = layers.Activation("relu6", name="depthwise_relu6")(values)
    values = layers.Conv2DTranspose(3, 2, strides=2, name="transposed")(values)
    values = layers.BatchNormalization(center=False, name="transposed_norm")(values)
    values = layers.Activation("silu", name="transposed_silu")(values)
    values = layers.Reshape((36, 12), name="row")(values)
    values = layers.Conv1D(4, 3, activation="relu", name="row_conv")(values)
    values = layers.Flatten(name="flat")(values)
    scores = layers.Dense(3, activation="softmax", name="scores")(values)
    model = keras.Model(images, scores)
    randomness = np.random.default_rng(7)
    for layer in model.layers:
        if isinstance(layer, layers.BatchNormalization):
            # Like those of a trained model: means and scales that are not 0 and 1.
            layer.set_weights(
                [randomness.uniform(0.3, 2, each.shape) for each in layer.get_weights()]
            )
    return model


@pytest.fixture
def every_kernel():
    return build_every_kernel()


@pytest.fixture(scope="session")
def images():
    return np.random.default_rng(1).uniform(-1, 1, (64, 8, 8, 2)).astype(np.float32)
