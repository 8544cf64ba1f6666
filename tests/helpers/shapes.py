"""Photograph-like images of shapes, whose colour, direction and aspect ratio all matter."""

import numpy as np
from PIL import Image, ImageDraw

SIDE = 24
COLOURS = {"red": (210, 70, 50), "blue": (50, 80, 210)}
GROUNDS = {"dark ground": (0.2, 0.45), "light ground": (0.6, 0.95)}
"""The light on images without a shape"""
LABELS = (*(f"{hue} {shape}" for shape in ("arrow", "board", "box") for hue in COLOURS), *GROUNDS)
"""An arrow points up. A board is half as high as wide, a box as high as wide."""


def draw(label, random):
    """Return an image, uint8 (height, width, 3), of one label; it is wide, high or square."""
    width, height = ((60, 40), (40, 60), (48, 48))[random.integers(3)]
    light = random.uniform(*GROUNDS.get(label, (0.35, 0.95)))
    ground = random.normal(120, 8, 3)
    image = Image.new("RGB", (width, height), tuple(int(each) for each in ground))
    if label not in GROUNDS:
        colour, shape = label.split()
        size = random.uniform(9, 13)
        x = width / 2 + random.uniform(-4, 4)
        y = height / 2 + random.uniform(-4, 4)
        paint = ImageDraw.Draw(image)
        fill = COLOURS[colour]
        if shape == "arrow":
            paint.polygon([(x, y - size), (x + size, y + size), (x - size, y + size)], fill=fill)
        else:
            high = size if shape == "box" else 0.6 * size
            paint.rectangle((x - size, y - high, x + size, y + high), fill=fill)
    noise = random.normal(0, 10, (height, width, 3))
    return (np.asarray(image) * light + noise).clip(0, 255).astype(np.uint8)


def shapes(count, *, seed):
    """Return images and the index of the label of each."""
    random = np.random.default_rng(seed)
    labels = np.arange(count) % len(LABELS)
    return [draw(LABELS[at], random) for at in labels], labels


def train_shapes(prepare, *, epochs=12, count=1600, seed=1):
    """Return a network trained on shapes as ``prepare`` makes a tensor of an image."""
    import keras

    keras.utils.set_random_seed(5)
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((SIDE, SIDE, 3)),
            layers.Conv2D(16, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(24, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(32, 3, padding="same", activation="relu"),
            layers.Flatten(),
            layers.Dense(len(LABELS), activation="softmax"),
        ]
    )
    images, labels = shapes(count, seed=seed)
    tensors = np.stack([prepare(image) for image in images])
    model.compile(keras.optimizers.Adam(2e-3), "sparse_categorical_crossentropy")
    model.fit(tensors, labels, batch_size=40, epochs=epochs, verbose=0)
    return model
