"""Small models of Keras 2, as TensorFlow 2.0 to 2.15 saved them."""

import contextlib
import warnings

import numpy as np


@contextlib.contextmanager
def saving_quietly():
    """Let tf_keras say that HDF5 files are old."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "You are saving your model as an HDF5 file")
        yield


def depthwise():
    """Return a model whose DepthwiseConv2D has the setting ``groups``, which Keras 3 lacks."""
    import tf_keras

    layers = tf_keras.layers
    tf_keras.utils.set_random_seed(1)
    pixels = layers.Input((12, 12, 3))
    features = layers.RandomFlip("horizontal")(pixels)
    features = layers.Rescaling(1 / 127.5, offset=-1)(features)
    features = layers.DepthwiseConv2D(3, padding="same")(features)
    features = layers.LeakyReLU(0.2)(layers.BatchNormalization()(features))
    scores = layers.Dense(2, "softmax")(layers.Flatten()(features))
    return tf_keras.Model(pixels, scores, name="depthwise")


def of_models():
    """Return a model of two models and a Normalization."""
    import tf_keras

    layers = tf_keras.layers
    tf_keras.utils.set_random_seed(2)
    augment = tf_keras.Sequential([layers.RandomRotation(0.2), layers.RandomZoom(0.2)])
    base = tf_keras.Sequential([layers.Input((8, 8, 3)), layers.Conv2D(4, 3), layers.ReLU()])
    pixels = layers.Input((8, 8, 3))
    prepared = layers.Normalization(mean=[10, 20, 30], variance=[4, 9, 16])(augment(pixels))
    features = layers.GlobalAveragePooling2D()(base(prepared))
    return tf_keras.Model(pixels, layers.Dense(3, "softmax")(features))


def of_texts():
    """Return a model of ids with recurrent layers in both directions."""
    import tf_keras

    layers = tf_keras.layers
    tf_keras.utils.set_random_seed(3)
    ids = layers.Input((6,), dtype="int32")
    vectors = layers.Embedding(20, 4)(ids)
    vectors = layers.Bidirectional(layers.LSTM(3, return_sequences=True))(vectors)
    return tf_keras.Model(ids, layers.Dense(2, "softmax")(layers.GRU(3)(vectors)))


def of_operations():
    """Return a model with functions of TensorFlow, which Keras 2 made layers of."""
    import tensorflow as tf
    import tf_keras

    layers = tf_keras.layers
    tf_keras.utils.set_random_seed(4)
    pixels = layers.Input((8, 8, 3))
    features = layers.Conv2D(4, 3)(tf.math.divide(pixels, 127.5) - 1.0)
    return tf_keras.Model(pixels, tf.nn.softmax(layers.Dense(3)(tf.reduce_mean(features, [1, 2]))))


def trained(folder):
    """Write a trained SavedModel with its optimizer's slots; return the model."""
    import tf_keras

    tf_keras.utils.set_random_seed(5)
    layers = tf_keras.layers
    model = tf_keras.Sequential(
        [layers.Input((8, 8, 3)), layers.Flatten(), layers.Dense(2, "softmax")]
    )
    model.compile(tf_keras.optimizers.legacy.Adam(), "sparse_categorical_crossentropy")
    model.fit(np.zeros((4, 8, 8, 3), np.float32), np.arange(4) % 2, verbose=0)
    model.save(folder, save_format="tf")
    return model
