"""A small network that tells squares by light and colour, and what is done to its files."""

import numpy as np

from satchel.bundle.card import Card
from satchel.bundle.image_input import ImageInput
from satchel.bundle.label_output import LabelOutput
from satchel_convert.tflite.flatbuffer import read_tree, write_tree

SIDE = 16
LABELS = tuple(f"{light} {colour}" for colour in ("red", "blue") for light in ("dim", "bright"))
CARD = Card(
    name="squares",
    version="1.0.0",
    task="image-classification",
    input=ImageInput(SIDE, SIDE, scale=(1 / 127.5,), offset=(-1.0,)),
    output=LabelOutput(LABELS),
    provenance={"seed": 7},
)


def squares(count, *, seed):
    """Return images of a square, uint8 (count, side, side, 3), and their labels."""
    random = np.random.default_rng(seed)
    rows, columns = np.mgrid[:SIDE, :SIDE]
    images, labels = [], random.integers(0, len(LABELS), count)
    for label in labels:
        across, down = random.uniform(5, 10, 2)
        inside = np.maximum(np.abs(columns - across), np.abs(rows - down)) < random.uniform(3, 5)
        image = random.normal(90, 20, (SIDE, SIDE, 3))
        colour = (220, 80, 40) if label < 2 else (40, 80, 220)
        image[inside] = random.normal(colour, 20, (inside.sum(), 3))
        # No two are lit alike, so that few images do not show how bright others are.
        light = random.uniform(0.2, 0.5) if label % 2 == 0 else random.uniform(0.6, 1.1)
        images.append((image * light).clip(0, 255).astype(np.uint8))
    return np.stack(images), labels


def train():
    """Return a network trained on 800 squares, with Keras's own loop; the same one every time."""
    import keras
    import tensorflow as tf

    keras.utils.set_random_seed(7)
    # Or threads add up in another order each time, and a tolerance holds by luck.
    tf.config.experimental.enable_op_determinism()
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((SIDE, SIDE, 3)),
            layers.Conv2D(8, 3, padding="same", use_bias=False, name="first"),
            layers.BatchNormalization(name="first_normalization"),
            layers.ReLU(name="first_relu"),
            layers.Conv2D(16, 3, strides=2, padding="same", activation="relu", name="second"),
            layers.Conv2D(16, 3, strides=2, padding="same", activation="relu", name="third"),
            layers.Flatten(name="flat"),
            layers.Dense(len(LABELS), activation="softmax", name="scores"),
        ]
    )
    images, labels = squares(800, seed=1)
    model.compile(keras.optimizers.Adam(3e-3), "sparse_categorical_crossentropy")
    model.fit(images / 127.5 - 1, labels, batch_size=40, epochs=10, verbose=0)
    return model


def damage(model, change):
    """Return a .tflite in which ``change`` was done to the second convolution's operands.

    It is given the tree, and the tensors of the kernel and of the output.
    """
    tree = read_tree(model)
    graph = tree.subgraphs[0]
    (operator,) = [
        each
        for each in graph.operators
        if any(b"/second" in graph.tensors[at].name for at in each.inputs[1:2])
    ]
    change(tree, graph.tensors[operator.inputs[1]], graph.tensors[operator.outputs[0]])
    return write_tree(tree)
