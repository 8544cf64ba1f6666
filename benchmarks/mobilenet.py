"""Builds a bundle with a MobileNet of 1,000 labels, without a download.

    .venv/bin/python benchmarks/mobilenet.py [mobilenet_v3_small --schemes all]

The weights are random. The normalization is fitted to two photographs of scikit-learn, so that
activations have the range of a trained network. The last layer is fitted to tell pieces of one
photograph from pieces of the other, so that the top label means something. `satchel convert` makes
the bundle, once, in `build/benchmarks/`.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

BUILD = Path(__file__).parents[1] / "build" / "benchmarks"
MODEL = "full_int8.tflite"
NETWORKS = {"mobilenet_v2": "MobileNetV2", "mobilenet_v3_small": "MobileNetV3Small"}
"""The argument NETWORK to the name of the class in ``keras.applications``."""
PREPROCESS = {"mobilenet_v2": "keras:mobilenet_v2", "mobilenet_v3_small": "keras:mobilenet_v3"}
SIDE = 224
LABELS = 1000
"""The number of labels: one for each of two photographs, and 998 that no image has."""
LOGIT = 6.0
"""The logit of a piece's own label. The other photograph's label has the negative of it."""


def photographs() -> dict[str, np.ndarray]:
    """Return a mapping from label to photograph, uint8 (427, 640, 3)."""
    from sklearn.datasets import load_sample_images

    return dict(zip(("palace", "flower"), load_sample_images().images, strict=True))


def mobilenet_bundle(
    network: str = "mobilenet_v2", *, schemes: str = "float32,full_int8", formats: str = "tflite"
) -> Path:
    """Return the path of the bundle, which is built if it is not there."""
    bundle = BUILD / f"{network}.satchel"
    if not bundle.is_file():
        BUILD.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="satchel-") as scratch:
            build(Path(scratch), network, bundle, {"--schemes": schemes, "--formats": formats})
    return bundle


def pieces(photograph: np.ndarray, count: int, random: np.random.Generator) -> list[Image.Image]:
    """Return pieces of a photograph, at least half as high and wide, darker or brighter."""
    found = []
    for _ in range(count):
        height, width = random.integers(214, 428), random.integers(320, 641)
        top, left = random.integers(0, 428 - height), random.integers(0, 641 - width)
        piece = photograph[top : top + height, left : left + width] * random.uniform(0.8, 1.2)
        found.append(Image.fromarray(piece.clip(0, 255).astype(np.uint8)))
    return found


def build(folder: Path, network: str, bundle: Path, asked: dict[str, str]) -> None:
    """Write the Keras model and its samples into ``folder``, then convert them."""
    labels = [*photographs(), *(f"nothing_{at}" for at in range(2, LABELS))]
    (folder / "labels.txt").write_text("\n".join(labels) + "\n")
    random = np.random.default_rng(7)
    for label, photograph in photographs().items():
        for part, count in (("evaluation", 50), ("calibration", 30)):
            (folder / part / label).mkdir(parents=True)
            for number, piece in enumerate(pieces(photograph, count, random)):
                piece.save(folder / part / label / f"{number}.png")
    write_model(folder / f"{network}.keras", network, random)
    satchel = str(Path(sys.executable).with_name("satchel"))
    words = [satchel, "convert", str(folder / f"{network}.keras"), "--out", str(bundle)]
    # Random weights are right by chance.
    words.append("--accept-accuracy")
    for flag, value in {
        "--labels": str(folder / "labels.txt"),
        "--evaluation": str(folder / "evaluation"),
        "--calibration": str(folder / "calibration"),
        "--preprocess": PREPROCESS[network],
        **asked,
        # Random features are nearly tied, so rounding changes labels; only speed is measured.
        "--int8-agreement": "0.5",
        "--margin": "50",
    }.items():
        words += [flag, value]
    # Exit code 1: a model missed its limits and was left out. The measured one must be there.
    if subprocess.run(words).returncode not in (0, 1):
        raise SystemExit("Expected satchel convert to make a bundle, it failed.")


def write_model(path: Path, network: str, random: np.random.Generator) -> None:
    """Write the network, its last layer a ridge regression from features to labels."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras

    keras.utils.set_random_seed(7)
    body = getattr(keras.applications, NETWORKS[network])(
        input_shape=(SIDE, SIDE, 3), weights=None, include_top=False, pooling="avg"
    )
    model = keras.Sequential([body, keras.layers.Dense(LABELS, activation="softmax")])
    resized = [
        np.asarray(piece.resize((SIDE, SIDE)), np.float32)
        for photograph in photographs().values()
        for piece in pieces(photograph, 60, random)
    ]
    batch = np.stack(resized)
    if network == "mobilenet_v2":
        # MobileNetV3 has this layer already.
        batch = keras.applications.mobilenet_v2.preprocess_input(batch)
    for layer in body.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.5
    for _ in range(12):
        # Twelve halvings leave almost nothing of the initial statistics.
        body(batch[random.permutation(len(batch))[:40]], training=True)
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


def main() -> None:
    """Build the bundle and print where it is."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("network", nargs="?", choices=NETWORKS, default="mobilenet_v2")
    parser.add_argument("--schemes", default="float32,full_int8")
    parser.add_argument("--formats", default="tflite", help="tflite,onnx for both (tflite)")
    args = parser.parse_args()
    print(mobilenet_bundle(args.network, schemes=args.schemes, formats=args.formats))


if __name__ == "__main__":
    main()
