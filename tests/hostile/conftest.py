"""What every hostile file is held to, and bundles around models that do harm."""

import json
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from helpers.golden import GOLDEN
from satchel import ImageClassifier, SatchelError
from satchel.bundle.archive import CARD_NAME, pack
from satchel.bundle.card import Card, ModelEntry, TensorSpec, card_to_json
from satchel.bundle.image_output import ImageOutput
from satchel.bundle.latent_input import LatentInput
from satchel.bundle.reading import digest, open_bundle
from satchel.preprocessing.images import to_png

MAX_S = 30
"""For one refusal, on a machine that is busy with other things; alone it takes milliseconds"""


@pytest.fixture(scope="session")
def previous():
    """Return a classifier that was open before anything hostile came."""
    pytest.importorskip("ai_edge_litert")
    return ImageClassifier(GOLDEN / "digits.satchel")


@pytest.fixture
def held(tmp_path, previous):
    """Return a function that holds a refusal to its promises and returns its message.

    One line of what was expected and what came, of the expected type and soon; no file written, no
    file left open; what was open before still answers.
    """

    def held(kind, do):
        files, started = _files(tmp_path), time.monotonic()
        opened = _descriptors()
        with pytest.raises(kind) as caught:
            do()
        message = str(caught.value)
        assert isinstance(caught.value, SatchelError)
        assert message.startswith("Expected "), message
        assert "\n" not in message
        assert len(message) < 600
        assert time.monotonic() - started < MAX_S
        assert _files(tmp_path) == files
        assert _descriptors() <= opened
        seven = np.asarray(Image.open(GOLDEN / "seven.png").convert("RGB"))
        assert previous.classify(seven, top=1)[0].label == "7"
        return message

    return held


@pytest.fixture
def refused(tmp_path, held):
    """Return a function that opens the bundle of the given bytes, and what it says of them."""

    def refused(kind, content):
        path = tmp_path / "hostile.satchel"
        path.write_bytes(content)
        return held(kind, lambda: open_bundle(path, whole=True))

    return refused


@pytest.fixture
def bundle_of(tmp_path):
    """Return a function: a TFLite or ONNX file in an open bundle that makes an image of a seed."""

    def bundle_of(model, *, file="float32.tflite", engine="litert", needs="1.0"):
        entry = ModelEntry(
            file=file,
            format="onnx" if file.endswith("onnx") else "tflite",
            scheme="float32",
            size_bytes=len(model),
            input=TensorSpec("float32"),
            output=TensorSpec("float32"),
            needs={engine: needs},
            golden_tolerance=0.5,
            golden_tolerance_why="it is not the image that is looked at",
        )
        vectors = {"vectors": [{"seed": 7, "output": "golden/0.png"}]}
        files = {
            file: model,
            "golden/0.png": to_png(np.zeros((1, 1, 3), np.uint8)),
            "golden/vectors.json": json.dumps(vectors).encode(),
        }
        card = Card(
            name="hostile",
            version="1.0.0",
            task="image-generation",
            input=LatentInput(length=4),
            output=ImageOutput(height=1, width=1),
            models=(entry,),
            golden="golden/vectors.json",
            files={name: digest(content) for name, content in files.items()},
        )
        path = tmp_path / "hostile.satchel"
        path.write_bytes(pack({CARD_NAME: card_to_json(card), **files}))
        return open_bundle(path)

    return bundle_of


def _files(folder):
    """Return what lies in ``folder`` but Python's own compiled modules."""
    return sorted(path for path in folder.rglob("*") if "__pycache__" not in path.parts)


def _descriptors():
    folder = Path("/proc/self/fd")
    return len(list(folder.iterdir())) if folder.is_dir() else 0
