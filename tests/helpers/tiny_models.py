"""Tiny Keras models: two say labels, with weights by hand, two make images."""

import numpy as np

HEIGHT, WIDTH = 6, 9
WORDS = ("<PAD>", "<START>", "<UNKNOWN>", "good", "great", "bad", "awful", "film", "the", "plot")


def image_model():
    """Return a Keras model that tells in which third of a grey image the bright band is."""
    import keras

    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((HEIGHT, WIDTH, 1)),
            layers.Conv2D(4, 3, padding="same", activation="relu"),
            layers.Flatten(),
            layers.Dense(3, activation="softmax"),
        ]
    )
    random = np.random.default_rng(1)
    blur = (1 / 9 + random.normal(0, 0.03, (3, 3, 1, 4))).astype(np.float32)
    weights = np.full((HEIGHT, WIDTH, 4, 3), -0.03)
    for label in range(3):
        weights[:, 3 * label : 3 * label + 3, :, label] = 0.06
    weights += random.normal(0, 0.005, weights.shape)
    dense = weights.reshape(-1, 3).astype(np.float32)
    zeros = np.zeros(4, np.float32), np.float32([0.0, 0.1, -0.1])
    model.set_weights([blur, zeros[0], dense, zeros[1]])
    return model


def text_model():
    """Return a Keras model that weighs good words against bad ones."""
    import keras

    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((6,), dtype="int32"),
            layers.Embedding(len(WORDS), 4),
            layers.GlobalAveragePooling1D(),
            layers.Dense(2, activation="softmax"),
        ]
    )
    random = np.random.default_rng(2)
    embedding = random.normal(0, 0.1, (len(WORDS), 4)).astype(np.float32)
    embedding[[3, 4], 0] += 3
    embedding[[5, 6], 0] -= 3
    kernel = random.normal(0, 0.1, (4, 2)).astype(np.float32)
    kernel[0] = -3, 3
    model.set_weights([embedding, kernel, np.zeros(2, np.float32)])
    return model


def generator_model():
    """Return a Keras model of the kind of DCGAN's, untrained."""
    import keras

    keras.utils.set_random_seed(3)
    layers = keras.layers
    # An untrained model of narrow weights paints grey on grey.
    wide = keras.initializers.RandomNormal(stddev=0.3)
    return keras.Sequential(
        [
            keras.Input((8,)),
            layers.Dense(4 * 4 * 8, kernel_initializer=wide),
            layers.Reshape((4, 4, 8)),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.Conv2DTranspose(
                8, 4, strides=2, padding="same", use_bias=False, kernel_initializer=wide
            ),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.UpSampling2D(2),
            layers.Conv2D(3, 3, padding="same", activation="tanh", kernel_initializer=wide),
        ]
    )


def style_model():
    """Return a Keras model of the kind of Johnson et al.'s, untrained, of grey images."""
    import keras

    keras.utils.set_random_seed(4)
    layers = keras.layers

    def block(values, filters, **options):
        values = layers.Conv2D(filters, 3, padding="same", **options)(values)
        # A group a channel: that is instance normalization.
        return layers.GroupNormalization(groups=-1)(values)

    input_spec = keras.Input((16, 16, 3))
    values = layers.ReLU()(block(input_spec, 4))
    values = layers.ReLU()(block(values, 8, strides=2))
    inner = block(layers.ReLU()(block(values, 8)), 8)
    values = layers.UpSampling2D(2)(layers.Add()([values, inner]))
    values = layers.ReLU()(block(values, 4))
    values = layers.Conv2D(1, 3, padding="same", activation="sigmoid")(values)
    return keras.Model(input_spec, values)


def determinant_model():
    """Return a Keras model that no built-in TFLite operators can compute."""
    import keras

    images = keras.Input((HEIGHT, WIDTH, 1))
    square = keras.layers.Cropping2D(((0, 0), (0, WIDTH - HEIGHT)))(images)
    determinant = keras.ops.det(keras.layers.Reshape((1, HEIGHT, HEIGHT))(square))
    return keras.Model(images, keras.layers.Dense(3, activation="softmax")(determinant))
