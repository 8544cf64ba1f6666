"""A network whose channels have very different ranges, which int8 shifts."""

import numpy as np

LAYERS = 6


def uneven_network():
    """Return a Keras model of depthwise layers."""
    import keras

    keras.utils.set_random_seed(0)
    layers = keras.layers
    blocks = [
        layer
        for _ in range(LAYERS)
        for layer in (
            layers.DepthwiseConv2D(3, padding="same", activation="relu6"),
            layers.Conv2D(16, 1, activation="relu6"),
        )
    ]
    images = keras.Input((8, 8, 3), batch_size=1)
    made = keras.Sequential(
        [images, layers.Conv2D(16, 3), *blocks, layers.Flatten(), layers.Dense(5)]
    )
    random = np.random.default_rng(1)
    for layer in made.layers:
        if weights := layer.get_weights():
            kernel, bias = weights
            if kernel.shape[-1] == bias.size:
                kernel = kernel * random.lognormal(0.3, 0.8, bias.shape)
            layer.set_weights([kernel, bias + 0.2])
    return made


def uneven_images(count, seed):
    """Return inputs of the network, float32 (count, 8, 8, 3)."""
    return np.random.default_rng(seed).uniform(-1, 1, (count, 8, 8, 3)).astype(np.float32)
