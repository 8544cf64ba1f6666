"""A multilayer perceptron for small images."""

from typing import Any

from satchel.bundle import ImageInput


def build_perceptron(
    image: ImageInput, *, hidden: tuple[int, ...], labels: int, dropout: float = 0.0
) -> Any:
    """Return a keras.Model from images, float32 (n, height, width, channels), to (n, labels).

    Args:
        image: the input specification of the card.
        hidden: the units of each hidden layer.
        labels: the number of outputs of the softmax.
        dropout: the share of each hidden layer's units that a training step leaves out.

    """
    from keras import Input, Model, layers

    images = Input((image.height, image.width, image.channels), name="pictures")
    values = layers.Flatten(name="flatten")(images)
    for number, units in enumerate(hidden, 1):
        values = layers.Dense(units, activation="relu", name=f"hidden_{number}")(values)
        values = layers.Dropout(dropout, name=f"dropout_{number}")(values)
    scores = layers.Dense(labels, activation="softmax", dtype="float32", name="scores")(values)
    return Model(images, scores)
