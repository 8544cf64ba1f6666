"""Augmented pictures a second at 224 pixels, beside tf.data with Keras's layers.

    .venv/bin/python benchmarks/augmented_pictures.py [--threads 1 2 4] [--augment shift,crop …]

Satchel reads each batch from the file of pixels, changes it and converts it to floats as the card
says. tf.data takes the same pixels from memory and maps `RandomTranslation`, `RandomFlip` and
`RandomZoom` or `RandomContrast` and `RandomBrightness`, whichever come nearest to the named ones,
and `Rescaling` over batches, on as many threads. The rounds are interleaved, so that a slow moment
of the machine affects both. Prints medians, with the smallest and the largest, and their ratio.
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf

from satchel.bundle import Card, ImageInput, LabelOutput
from satchel.device import usable_cores
from satchel_train.data.augment_names import AugmentName, parse_augments
from satchel_train.data.augmentation import choose_augmentation
from satchel_train.data.batches import shuffled_batches
from satchel_train.data.image_store import store_images
from satchel_train.data.inputs import Examples, examples
from satchel_train.data.samples import Samples

SIDE = 224
BATCH = 32
SHIFT = 16
CARD = Card(
    name="pictures",
    version="1.0.0",
    task="image-classification",
    input=ImageInput(SIDE, SIDE, scale=(1 / 127.5,), offset=(-1.0,)),
    output=LabelOutput(("first", "second")),
)
LAYERS: dict[AugmentName, Callable[[], list[keras.Layer]]] = {
    "shift": lambda: [keras.layers.RandomTranslation(SHIFT / SIDE, SHIFT / SIDE, "nearest")],
    "mirror": lambda: [keras.layers.RandomFlip("horizontal")],
    "crop": lambda: [keras.layers.RandomZoom((-0.22, 0), (-0.22, 0))],
    "colour": lambda: [
        keras.layers.RandomBrightness(0.4),
        keras.layers.RandomContrast(0.4),
        keras.layers.RandomSaturation((0.3, 0.7)),
    ],
    "mixup": lambda: [keras.layers.MixUp(0.2)],
    "cutmix": lambda: [keras.layers.CutMix()],
}


def satchel_rate(pictures: Examples, names: tuple[AugmentName, ...], threads: int) -> float:
    """Return the pictures a second that Satchel makes with ``threads``."""
    batches = shuffled_batches(
        pictures,
        batch_size=BATCH,
        seed=7,
        augment=choose_augmentation(names, own=None, shift=SHIFT, labels=2),
    )
    started = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        made = sum(len(inputs) for inputs, _ in pool.map(batches.__getitem__, range(len(batches))))
    return made / (time.perf_counter() - started)


def tf_data(pixels: np.ndarray, names: tuple[AugmentName, ...], threads: int) -> tf.data.Dataset:
    """Return the same pipeline of tf.data and Keras's layers."""
    layers = [layer for name in names for layer in LAYERS[name]()]
    mixes = [layer for layer in layers if type(layer).__name__ in ("MixUp", "CutMix")]
    rescaling = keras.layers.Rescaling(1 / 127.5, -1.0)

    def change(images: tf.Tensor, labels: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        for layer in layers:
            if layer not in mixes:
                images = layer(images, training=True)
        images, labels = rescaling(images), tf.one_hot(labels, 2)
        for layer in mixes:
            mixed = layer({"images": images, "labels": labels}, training=True)
            images, labels = mixed["images"], mixed["labels"]
        return images, labels

    options = tf.data.Options()
    options.threading.private_threadpool_size = threads
    labels = np.arange(len(pixels)) % 2
    dataset = tf.data.Dataset.from_tensor_slices((pixels, labels)).shuffle(len(pixels))
    return dataset.batch(BATCH).map(change, num_parallel_calls=threads).with_options(options)


def tf_data_rate(dataset: tf.data.Dataset) -> float:
    """Return the pictures a second of one pass over ``dataset``."""
    started = time.perf_counter()
    made = sum(len(images) for images, _ in dataset)
    return made / (time.perf_counter() - started)


def measure(names: tuple[AugmentName, ...], threads: int, *, count: int, rounds: int) -> str:
    """Return the table's row of one augmentation and one number of threads."""
    pixels = np.random.default_rng(0).integers(0, 256, (count, SIDE, SIDE, 3), np.uint8)
    stored = store_images(pixels, count=count, shape=(SIDE, SIDE, 3))
    pictures = examples(Samples(stored, np.arange(count, dtype=np.int32) % 2), card=CARD)
    ways = {
        "satchel": partial(satchel_rate, pictures, names, threads),
        "tf.data": partial(tf_data_rate, tf_data(pixels, names, threads)),
    }
    for rate in ways.values():
        rate()
    found = [{way: rate() for way, rate in ways.items()} for _ in range(rounds)]
    columns = [[each[way] for each in found] for way in ways]
    ratios = [first / second for first, second in zip(*columns, strict=True)]
    cells = [_cell(values, ",.0f") for values in columns] + [_cell(ratios, ".2f")]
    return f"| {','.join(names) or 'none'} | {threads} | {' | '.join(cells)} |"


def _cell(values: list[float], form: str) -> str:
    middle, least, most = statistics.median(values), min(values), max(values)
    return f"{middle:{form}} ({least:{form}} to {most:{form}})"


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    counts = [count for count in (1, 2, 4, 8, 16) if count <= usable_cores()]
    parser.add_argument("--threads", nargs="+", type=int, default=counts)
    every = ["none", "shift,mirror", "shift,crop", "shift,crop,colour", "shift,mixup"]
    parser.add_argument("--augment", nargs="+", default=every)
    parser.add_argument("--pictures", type=int, default=512)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    print("| augment | threads | Satchel, pictures a second | tf.data and Keras's layers | ratio |")
    print("|---|--:|---|---|---|")
    for text in args.augment:
        for threads in args.threads:
            names = parse_augments(text)
            row = measure(names, threads, count=args.pictures, rounds=args.rounds)
            print(row, flush=True)


if __name__ == "__main__":
    main()
