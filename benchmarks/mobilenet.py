"""A bundle with a MobileNetV2 of 1,000 labels for the speed benchmarks, made without a download.

    .venv/bin/python benchmarks/mobilenet.py

The weights are random, the normalization is fitted to two photographs that scikit-learn brings
along, so that activations are as wide as in a trained network, and the last layer is fitted to tell
pieces of one from pieces of the other: a top label means something. `satchel convert` makes the
bundle, once, in `build/benchmarks/`.
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
MODEL = "full_int8.tflite"
SCHEMES = "float32,full_int8"
SIDE = 224
LABELS = 1000
"""Two that a photograph has, and 998 that nothing has"""
LOGIT = 6.0
"""Of the label of a piece; that of the other is the negative"""


def photographs() -> dict[str, np.ndarray]:
    """Return label to photograph, uint8 (427, 640, 3)."""
    from sklearn.datasets import load_sample_images

    return dict(zip(("palace", "flower"), load_sample_images().images, strict=True))


def mobilenet_bundle() -> Path:
    """Return the path of the bundle, which is built if it is not there."""
    if not BUNDLE.is_file():
        BUILD.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="satchel-") as scratch:
            build(Path(scratch))
    return BUNDLE


def pieces(photograph: np.ndarray, count: int, random: np.random.Generator) -> list[Image.Image]:
    """Return pieces of a photograph, at least half as high and wide, darker or brighter."""
    found = []
    for _ in range(count):
        height, width = random.integers(214, 428), random.integers(320, 641)
        top, left = random.integers(0, 428 - height), random.integers(0, 641 - width)
        piece = photograph[top : top + height, left : left + width] * random.uniform(0.8, 1.2)
        found.append(Image.fromarray(piece.clip(0, 255).astype(np.uint8)))
    return found


def build(folder: Path) -> None:
    """Write the Keras model and its samples into ``folder``, then convert them."""
    labels = [*photographs(), *(f"nothing_{at}" for at in range(2, LABELS))]
    (folder / "labels.txt").write_text("\n".join(labels) + "\n")
    random = np.random.default_rng(7)
    for label, photograph in photographs().items():
        for part, count in (("evaluation", 50), ("calibration", 30)):
            (folder / part / label).mkdir(parents=True)
            for number, piece in enumerate(pieces(photograph, count, random)):
                piece.save(folder / part / label / f"{number}.png")
    write_model(folder / "mobilenet_v2.keras", random)
    satchel = str(Path(sys.executable).with_name("satchel"))
    words = [satchel, "convert", str(folder / "mobilenet_v2.keras"), "--out", str(BUNDLE)]
    for flag, value in {
        "--labels": str(folder / "labels.txt"),
        "--evaluation": str(folder / "evaluation"),
        "--calibration": str(folder / "calibration"),
        "--preprocess": "keras:mobilenet_v2",
        "--formats": "tflite",
        "--schemes": SCHEMES,
        # Random features are all but ties, which rounding turns; what is measured is speed.
        "--int8-agreement": "0.5",
        "--margin": "50",
    }.items():
        words += [flag, value]
    # 1: a model is off its limits and left out; the one that is measured must be there.
    if subprocess.run(words).returncode not in (0, 1):
        raise SystemExit("Expected satchel convert to make a bundle, it failed.")


def write_model(path: Path, random: np.random.Generator) -> None:
    """Write the network, its last layer a ridge regression from features to labels."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras

    keras.utils.set_random_seed(7)
    model = keras.applications.MobileNetV2(weights=None, classes=LABELS)
    resized = [
        np.asarray(piece.resize((SIDE, SIDE)), np.float32)
        for photograph in photographs().values()
        for piece in pieces(photograph, 60, random)
    ]
    batch = keras.applications.mobilenet_v2.preprocess_input(np.stack(resized))
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.5
    for _ in range(12):
        # Twelve halvings leave next to nothing of the statistics that it began with.
        model(batch[random.permutation(len(batch))[:40]], training=True)
    body = keras.Model(model.input, model.layers[-2].output)
    features = np.asarray(body.predict(batch, batch_size=20, verbose=0), np.float64)
    centre = features.mean(axis=0)
    wide = features - centre
    wanted = np.repeat([LOGIT, -LOGIT], 60)
    gram = wide @ wide.T
    direction = wide.T @ np.linalg.solve(gram + 0.05 * np.trace(gram) / 120 * np.eye(120), wanted)
    kernel = random.normal(0, 0.001, (features.shape[1], LABELS))
    kernel[:, 0], kernel[:, 1] = direction, -direction
    bias = np.full(LABELS, -2 * LOGIT)
    bias[:2] = -(centre @ kernel[:, :2])
    model.layers[-1].set_weights([kernel.astype(np.float32), bias.astype(np.float32)])
    model.save(path)


if __name__ == "__main__":
    print(mobilenet_bundle())
