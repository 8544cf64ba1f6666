"""A bundle with a MobileNetV2 of 1,000 labels for the speed benchmarks, made without a download.

    .venv/bin/python benchmarks/mobilenet.py

The weights are random and the normalization is fitted to two photographs that scikit-learn brings
along, so that activations are as wide as in a trained network. The last layer knows ten pieces of
these photographs by their features and 990 labels that nothing has: a top label means something.
`satchel convert` makes the bundle, once, in `build/benchmarks/`.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

BUILD = Path(__file__).parents[1] / "build" / "benchmarks"
BUNDLE = BUILD / "mobilenet_v2.satchel"
SIDE = 224
LABELS = 1000
PIECES = 10
"""Labels that a piece of a photograph has: 5 of each photograph"""
SHARPNESS = 40.0
"""Logits per unit of cosine: a piece is told from its neighbour with more than 99 %"""


def photographs() -> list[np.ndarray]:
    """Return a Chinese palace and a flower, uint8 (427, 640, 3)."""
    from sklearn.datasets import load_sample_images

    return list(load_sample_images().images)


def mobilenet_bundle() -> Path:
    """Return the path of the bundle, which is built if it is not there."""
    if not BUNDLE.is_file():
        BUILD.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="satchel-") as scratch:
            build(Path(scratch))
    return BUNDLE


def build(folder: Path) -> None:
    """Write the Keras model and its samples into ``folder``, then convert them."""
    pieces = [
        photograph[top : top + 213, left : left + 213]
        for photograph in photographs()
        for left, top in [(0, 0), (213, 0), (427, 0), (0, 214), (427, 214)]
    ]
    labels = [f"piece_{at}" for at in range(PIECES)]
    labels += [f"nothing_{at}" for at in range(PIECES, LABELS)]
    (folder / "labels.txt").write_text("\n".join(labels) + "\n")
    random = np.random.default_rng(7)
    for label, piece in zip(labels, pieces, strict=False):
        for part, count in (("evaluation", 20), ("calibration", 5)):
            (folder / part / label).mkdir(parents=True)
            for number in range(count):
                # Moved by a few pixels, darker or brighter: samples that differ.
                top, left = random.integers(0, 9, 2)
                lit = piece[top : top + 200, left : left + 200] * random.uniform(0.85, 1.15)
                image = Image.fromarray(lit.clip(0, 255).astype(np.uint8))
                image.save(folder / part / label / f"{number}.png")
    write_model(folder / "mobilenet_v2.keras", pieces)
    satchel = str(Path(sys.executable).with_name("satchel"))
    words = [satchel, "convert", str(folder / "mobilenet_v2.keras"), "--out", str(BUNDLE)]
    for flag, value in {
        "--labels": str(folder / "labels.txt"),
        "--evaluation": str(folder / "evaluation"),
        "--calibration": str(folder / "calibration"),
        "--preprocess": "keras:mobilenet_v2",
    }.items():
        words += [flag, value]
    subprocess.run(words, check=True)


def write_model(path: Path, pieces: list[np.ndarray]) -> None:
    """Write the network whose last layer compares features with those of ``pieces``."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras

    keras.utils.set_random_seed(7)
    model = keras.applications.MobileNetV2(weights=None, classes=LABELS)
    resized = np.stack(
        [np.asarray(Image.fromarray(piece).resize((SIDE, SIDE))) for piece in pieces]
    )
    batch = keras.applications.mobilenet_v2.preprocess_input(resized.astype(np.float32))
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.5
    for _ in range(20):
        # Twenty halvings leave nothing of the statistics that it began with.
        model(batch, training=True)
    body = keras.Model(model.input, model.layers[-2].output)
    features = np.asarray(body(batch, training=False))
    centre = features.mean(axis=0)
    directions = features - centre
    directions /= (directions**2).sum(axis=1, keepdims=True)
    kernel = np.random.default_rng(7).normal(0, 0.001, (features.shape[1], LABELS))
    kernel[:, :PIECES] = SHARPNESS * directions.T
    bias = np.full(LABELS, -SHARPNESS / 2)
    bias[:PIECES] = -(centre @ kernel[:, :PIECES])
    model.layers[-1].set_weights([kernel.astype(np.float32), bias.astype(np.float32)])
    model.save(path)


if __name__ == "__main__":
    print(mobilenet_bundle())
