"""Small trained models with nothing wrong, of the kinds that a check of accuracy may mistrust.

They learn scikit-learn's digits, this project's reviews and drawn shapes in a few seconds each:
with few samples, unbalanced ones, labels that are partly wrong, and for too long.
"""

import numpy as np

from helpers import shapes as drawn
from helpers.model_folders import write_model_folder
from helpers.trainings import run_train
from satchel.bundle import Card, ImageInput, LabelOutput
from satchel.preprocessing import read_pixels
from satchel_train.recipes.digits.data import read_parts

GREY = ImageInput(8, 8, channels=1, background=(0, 0, 0), scale=(1 / 255,))
TEN = tuple("0123456789")
CALIBRATED = 60


def perceptron(outputs, *, hidden=32):
    """Return a network of one hidden layer, from a digit to probabilities."""
    import keras

    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Flatten(),
            layers.Dense(hidden, activation="relu"),
            layers.Dense(outputs, activation="softmax"),
        ]
    )


def convolutions(outputs):
    """Return a network of two convolutions, from a digit to probabilities."""
    import keras

    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(8, 3, activation="relu"),
            layers.Conv2D(16, 3, strides=2, activation="relu"),
            layers.Flatten(),
            layers.Dense(outputs, activation="softmax"),
        ]
    )


def trained(model, images, truth, *, epochs):
    """Train ``model`` on images as GREY prepares them, and return it."""
    import keras

    model.compile(keras.optimizers.Adam(3e-3), "sparse_categorical_crossentropy")
    tensors = images[..., np.newaxis] / np.float32(255)
    model.fit(tensors, truth, batch_size=32, epochs=epochs, verbose=0)
    return model


def write_digits(folder, model, evaluation, *, labels=TEN):
    """Write a model of digits; ``evaluation`` are images and the positions of their labels."""
    parts, _ = read_parts()
    images, truth = evaluation
    samples = {
        "calibration": [(image, None) for image in parts.calibration.contents[:CALIBRATED]],
        "evaluation": [(image, labels[at]) for image, at in zip(images, truth, strict=True)],
    }
    card = Card("digits", "1.0.0", "image-classification", GREY, LabelOutput(labels))
    return write_model_folder(folder, model=model, card=card, samples=samples)


def digits(folder):
    """A good model, and 500 samples."""
    parts, _ = read_parts()
    model = trained(perceptron(10), parts.train.contents, parts.train.labels, epochs=15)
    return write_digits(folder, model, parts.evaluation)


def few_samples(folder):
    """A good network of convolutions, and 24 samples."""
    parts, _ = read_parts()
    model = trained(convolutions(10), parts.train.contents, parts.train.labels, epochs=12)
    return write_digits(folder, model, parts.evaluation.take(np.arange(24)))


def unbalanced(folder):
    """Two labels of which one has a twentieth of the samples, in training and evaluation."""
    parts, _ = read_parts()

    def nines(samples):
        is_nine = samples.labels == 9
        nine, other = np.flatnonzero(is_nine), np.flatnonzero(~is_nine)
        kept = samples.take(np.sort(np.concatenate([nine[: len(other) // 19], other])))
        return kept._replace(labels=(kept.labels == 9).astype(np.int32))

    train, evaluation = nines(parts.train), nines(parts.evaluation)
    model = trained(perceptron(2), train.contents, train.labels, epochs=10)
    return write_digits(folder, model, evaluation, labels=("another digit", "nine"))


def memorized(folder):
    """Trained until 30 samples are certain: right about all of these, and some 70 % of others."""
    parts, _ = read_parts()
    few = parts.train.take(np.arange(30))
    model = trained(perceptron(10, hidden=128), few.contents, few.labels, epochs=80)
    return write_digits(folder, model, parts.evaluation)


def wrong_labels(folder):
    """A third of the labels is wrong, in training and in evaluation."""
    parts, _ = read_parts()
    random = np.random.default_rng(4)

    def spoiled(samples):
        wrong = random.random(len(samples.labels)) < 1 / 3
        others = (samples.labels + random.integers(1, 10, len(samples.labels))) % 10
        return samples._replace(labels=np.where(wrong, others, samples.labels))

    train, evaluation = spoiled(parts.train), spoiled(parts.evaluation)
    model = trained(perceptron(10), train.contents, train.labels, epochs=10)
    return write_digits(folder, model, evaluation)


def two_labels(folder):
    """Even and odd digits, with a softmax; 120 samples."""
    parts, _ = read_parts()
    model = trained(perceptron(2), parts.train.contents, parts.train.labels % 2, epochs=6)
    some = parts.evaluation.take(np.arange(120))
    return write_digits(
        folder, model, some._replace(labels=some.labels % 2), labels=("even", "odd")
    )


def unfinished_shapes(folder):
    """Coloured images that are cropped, and a training that was stopped early."""
    image = ImageInput(drawn.SIDE, drawn.SIDE, fit="crop", scale=(1 / 127.5,), offset=(-1.0,))

    def prepare(pixels):
        return read_pixels(pixels, image)[0] / np.float32(127.5) - 1

    model = drawn.train_shapes(prepare, epochs=2, count=800)
    samples = {}
    for part, count, seed in (("calibration", CALIBRATED, 3), ("evaluation", 320, 2)):
        images, truth = drawn.shapes(count, seed=seed)
        samples[part] = [(each, drawn.LABELS[at]) for each, at in zip(images, truth, strict=True)]
    card = Card("shapes", "1.0.0", "image-classification", image, LabelOutput(drawn.LABELS))
    return write_model_folder(folder, model=model, card=card, samples=samples)


def reviews(folder):
    """Sentiment of texts, as the recipe trains it."""
    assert run_train("reviews", "--out", folder, "--epochs", 12) == 0
    return folder


HEALTHY = {
    each.__name__: each
    for each in (
        digits,
        few_samples,
        unbalanced,
        memorized,
        wrong_labels,
        two_labels,
        unfinished_shapes,
        reviews,
    )
}
"""Functions that train a model with Keras's present seed, and write its folder"""
