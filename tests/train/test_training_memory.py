"""A training needs no more memory for more pictures: each runs in a process of its own."""

import os
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

FEW, MANY = 40, 280
SIDE = 224
PIXELS_MIB = SIDE * SIDE * 3 / 2**20
"""What a picture takes as bytes. As floats it takes four times as much."""
PROGRAM = """
import os, resource, sys
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
pictures, out = Path(sys.argv[1]), Path(sys.argv[2])

import keras
from satchel.bundle import Card, ImageInput, LabelOutput
from satchel_train.classification import Classification
from satchel_train.data import batches
from satchel_train.data.image_folder import read_image_folder
from satchel_train.model_folder import write_model_folder
from satchel_train.settings import ClassifierSettings
from satchel_train.training_loop.hyper_parameters import HyperParameters

# A few pictures at once, so that even the smaller data set fills every buffer.
batches.MEASURING_BYTES = 1 << 21
image = ImageInput(height=224, width=224, scale=(1 / 255,))
parts, names, digest, _ = read_image_folder(pictures, image)

def build():
    layers = keras.layers
    return keras.Sequential([
        keras.Input((224, 224, 3)),
        layers.AveragePooling2D(32),
        layers.Flatten(),
        layers.Dense(2, activation="softmax"),
    ])

training = Classification(
    card=Card("tiny", "1.0.0", "image-classification", image, LabelOutput(names)),
    parts=parts,
    build=build,
    hyper=HyperParameters(epochs=2, batch_size=8, learning_rate=1e-3),
    settings=ClassifierSettings(),
    data_sha256=digest,
)
write_model_folder(out, training.run(), replace=False, provenance={}, training={})
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 10))
"""


def write_pictures(folder, count):
    for label in ("bird", "cat"):
        (folder / label).mkdir(parents=True)
    for number in range(count):
        levels = np.random.default_rng(number).integers(0, 256, (3, 4, 3), np.uint8)
        picture = Image.fromarray(levels).resize((300, 225))
        picture.save(folder / ("bird", "cat")[number % 2] / f"{number:03}.jpg")


@pytest.mark.skipif(sys.platform != "linux", reason="the unit of ru_maxrss is Linux's")
def test_the_largest_memory_of_a_training_does_not_grow_with_the_pictures(tmp_path):
    processes = {}
    for count in (FEW, MANY):
        write_pictures(tmp_path / str(count), count)
        words = [sys.executable, "-c", PROGRAM, tmp_path / str(count), tmp_path / f"model{count}"]
        # One arena for all threads: otherwise a peak depends on which thread allocates.
        environment = os.environ | {"MALLOC_ARENA_MAX": "1"}
        processes[count] = subprocess.Popen(
            words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
        )
    peaks = {}
    for count, process in processes.items():
        output, errors = process.communicate(timeout=400)
        assert process.returncode == 0, errors
        peaks[count] = float(output.splitlines()[-1])
    grown = peaks[MANY] - peaks[FEW]
    # Holding only the bytes of the training pictures would take more.
    assert grown < 0.7 * (MANY - FEW) * PIXELS_MIB, peaks
