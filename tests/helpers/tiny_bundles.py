"""Tiny bundles of every task, whose model bytes no engine ever sees."""

import io
import json

import numpy as np
from PIL import Image

from satchel.bundle.archive import CARD_NAME, pack
from satchel.bundle.card import Card, ModelEntry, TensorSpec, card_to_json
from satchel.bundle.hashing import digest
from satchel.bundle.image_input import ImageInput
from satchel.bundle.image_output import ImageOutput, VerifiedImages
from satchel.bundle.label_output import LabelOutput, VerifiedLabels
from satchel.bundle.latent_input import LatentInput
from satchel.bundle.text_input import TextInput
from satchel.preprocessing import RegexSpec

IMAGE_MODELS = {"float32.tflite": b"TFL3 of floats", "full_int8.onnx": b"ONNX of integers"}
TEXT_MODELS = {"float32.tflite": b"TFL3 of words"}
PAINTERS = {"float32.tflite": b"TFL3 of colours", "full_int8.tflite": b"TFL3 of levels"}
PAINTED = np.full((2, 4, 3), 100, np.uint8)
"""What the float model of both bundles that make images says to their golden inputs"""
VOCABULARY = b"<PAD> 0\n<START> 1\n<UNKNOWN> 2\ngood 3\nGood 3\nbad 4\ndon't 5\n"


def painters():
    """Return the models of a bundle that makes images, for engines that are fakes."""
    return tuple(
        ModelEntry(
            file=file,
            format="tflite",
            scheme=file.partition(".")[0],
            size_bytes=len(content),
            input=TensorSpec("float32"),
            output=TensorSpec("uint8" if "int8" in file else "float32"),
            needs={engine: "1.0"},
            golden_tolerance=0.01,
            golden_tolerance_why="two and a half levels are what this test allows itself",
            verified=VerifiedImages(100, 41.25, 32.5, 3 / 255),
        )
        for (file, content), engine in zip(
            PAINTERS.items(), ("litert", "tflite_runtime"), strict=True
        )
    )


def encode_png(pixels):
    """Return pixels, uint8 (height, width[, channels]), as the bytes of a PNG."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def golden_json(scores):
    """Return the bytes of golden vectors: ``scores`` is the file of an input to its scores."""
    vectors = [{"input": name, "scores": row} for name, row in scores.items()]
    return json.dumps({"vectors": vectors}).encode()


def seal(card, files):
    """Return a bundle's bytes: the card with its files, whose hashes are written into the card."""
    listed = card._replace(files={name: digest(content) for name, content in files.items()})
    return pack({CARD_NAME: card_to_json(listed), **files})


def _vectors(**vector):
    return json.dumps({"vectors": [vector]}).encode()


IMAGE_CARD = Card(
    name="tiny",
    version="1.2.3",
    task="image-classification",
    input=ImageInput(height=4, width=6, scale=(1 / 255,)),
    output=LabelOutput(labels=("cat", "dog", "eel")),
    models=(
        ModelEntry(
            file="float32.tflite",
            format="tflite",
            scheme="float32",
            size_bytes=len(IMAGE_MODELS["float32.tflite"]),
            input=TensorSpec("float32"),
            output=TensorSpec("float32"),
            needs={"litert": "1.0", "tflite_runtime": "2.14"},
            golden_tolerance=0.01,
            golden_tolerance_why="a hundredth is what this test allows itself",
            verified=VerifiedLabels(100, 0.97, 0.25, 0.99, 0.05, 38.5),
        ),
        ModelEntry(
            file="full_int8.onnx",
            format="onnx",
            scheme="full_int8",
            size_bytes=len(IMAGE_MODELS["full_int8.onnx"]),
            input=TensorSpec("uint8", 1 / 255),
            output=TensorSpec("uint8", 1 / 256),
            needs={"onnx": "1.20"},
            golden_tolerance=0.02,
            golden_tolerance_why="five uint8 steps of 1/256",
        ),
    ),
    golden="golden/outputs.json",
    provenance={"recipe": "tiny", "seed": 7},
)
IMAGE_FILES = {
    **IMAGE_MODELS,
    "golden/0.png": encode_png(np.full((4, 6, 3), 200, np.uint8)),
    "golden/outputs.json": golden_json({"golden/0.png": [0.25, 0.5, 0.25]}),
}
IMAGE_BUNDLE = seal(IMAGE_CARD, IMAGE_FILES)
TEXT_CARD = Card(
    name="tiny_text",
    version="1.0.0",
    task="text-classification",
    input=TextInput(6, RegexSpec(r"[^\w']+", "vocabulary.txt")),
    output=LabelOutput(labels=("negative", "positive"), activation="sigmoid"),
    models=(
        ModelEntry(
            file="float32.tflite",
            format="tflite",
            scheme="float32",
            size_bytes=len(TEXT_MODELS["float32.tflite"]),
            input=TensorSpec("int32"),
            output=TensorSpec("float32"),
            needs={"litert": "1.0"},
            golden_tolerance=0.01,
            golden_tolerance_why="a hundredth is what this test allows itself",
        ),
    ),
    golden="golden/outputs.json",
)
TEXT_FILES = {
    **TEXT_MODELS,
    "golden/0.txt": b"Good, not bad.",
    "golden/outputs.json": golden_json({"golden/0.txt": [0.25, 0.75]}),
    "vocabulary.txt": VOCABULARY,
}
TEXT_BUNDLE = seal(TEXT_CARD, TEXT_FILES)
GENERATOR_CARD = Card(
    name="faces",
    version="1.0.0",
    task="image-generation",
    input=LatentInput(length=3),
    output=ImageOutput(height=2, width=4),
    models=painters(),
    golden="golden/vectors.json",
)
GENERATOR_FILES = {
    **PAINTERS,
    "golden/0-output.png": encode_png(PAINTED),
    "golden/vectors.json": _vectors(seed=7, output="golden/0-output.png"),
}
STYLE_CARD = GENERATOR_CARD._replace(
    name="style",
    task="style-transfer",
    input=ImageInput(height=4, width=6),
)
STYLE_FILES = {
    **GENERATOR_FILES,
    "golden/0.png": encode_png(np.full((4, 6, 3), 200, np.uint8)),
    "golden/vectors.json": _vectors(input="golden/0.png", output="golden/0-output.png"),
}
GENERATOR_BUNDLE = seal(GENERATOR_CARD, GENERATOR_FILES)
STYLE_BUNDLE = seal(STYLE_CARD, STYLE_FILES)
