"""Images of coloured squares, any number of them, in dim or bright light, and a network of tags."""

import csv
import json

import numpy as np
from PIL import Image

SIDE = 16
TAGS = ("red", "green", "blue", "dim")
COLOURS = ((230, 60, 50), (60, 210, 70), (60, 80, 230))
SHARES = (0.6, 0.5, 0.3, 0.4)
"""The share of the images with each tag; the tags are independent"""
THRESHOLDS = (0.5, 0.3, 0.7, 0.5)


def tagged(count, *, seed):
    """Return images, uint8 (count, side, side, 3), and the tags of each, bool (count, tags)."""
    random = np.random.default_rng(seed)
    truth = random.random((count, len(TAGS))) < SHARES
    images = random.normal(110, 25, (count, SIDE, SIDE, 3))
    for image, (*colours, dim) in zip(images, truth, strict=True):
        for at in np.flatnonzero(colours):
            size = random.integers(4, 7)
            x, y = random.integers(0, SIDE - size, 2)
            noise = random.normal(0, 35, (size, size, 3))
            image[y : y + size, x : x + size] = COLOURS[at] + noise
        # Dim light means another brightness of everything, which a wrong mean or scale changes.
        image *= random.uniform(0.4, 0.65) if dim else random.uniform(0.7, 1.0)
    return images.clip(0, 255).astype(np.uint8), truth


def train_tags(*, scale, offset, epochs=12, count=900):
    """Return a network of four sigmoids, trained on pixels * scale + offset, in seconds."""
    import keras

    keras.utils.set_random_seed(11)
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((SIDE, SIDE, 3)),
            layers.Conv2D(12, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(16, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(len(TAGS), activation="sigmoid"),
        ]
    )
    images, truth = tagged(count, seed=1)
    model.compile(keras.optimizers.Adam(5e-3), "binary_crossentropy")
    inputs = images * np.float32(scale) + np.float32(offset)
    model.fit(inputs, truth.astype(np.float32), batch_size=30, epochs=epochs, verbose=0)
    return model


def write_images(folder, images):
    """Write the images as PNG files of ``folder``; return their names."""
    folder.mkdir(parents=True)
    names = [f"{at:04}.png" for at in range(len(images))]
    for name, image in zip(names, images, strict=True):
        Image.fromarray(image).save(folder / name)
    return names


def write_tables(folder, names, truth, tags=TAGS):
    """Write test.csv and test.jsonl with the tags of each file; return both paths."""
    listed = [[tags[at] for at in np.flatnonzero(row)] for row in truth]
    with open(folder / "test.csv", "w", newline="", encoding="utf-8") as file:
        rows = zip(names, ("|".join(each) for each in listed), strict=True)
        csv.writer(file).writerows([("path", "labels"), *rows])
    lines = [
        json.dumps({"path": name, "labels": each}) + "\n"
        for name, each in zip(names, listed, strict=True)
    ]
    (folder / "test.jsonl").write_text("".join(lines), encoding="utf-8")
    return folder / "test.csv", folder / "test.jsonl"
