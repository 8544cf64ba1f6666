"""Tiny bundles whose model bytes no engine ever sees, and the seam where a fake takes over."""

import io
import json
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings
from PIL import Image

from satchel.bundle.archive import CARD_NAME, pack, unpack
from satchel.bundle.card import (
    Card,
    ImageInput,
    ImageOutput,
    LabelOutput,
    LatentInput,
    ModelEntry,
    TensorSpec,
    TextInput,
    VerifiedImages,
    VerifiedLabels,
    card_to_json,
    parse_card,
)
from satchel.bundle.reading import digest, open_bundle
from satchel.cli.program import main
from satchel.engines.engine import ENGINES, installed_engines
from satchel.engines.fake import FakeEngine

# A busy machine fails no test, nothing is written to the working directory, and the folder is done
# in seconds: set max_examples higher to search for longer.
settings.register_profile("satchel", deadline=None, database=None, max_examples=50)
settings.load_profile("satchel")

GOLDEN_DIGITS = Path(__file__).parents[1] / "golden" / "digits.satchel"
IMAGE_MODELS = {"float32.tflite": b"TFL3 of floats", "full_int8.onnx": b"ONNX of integers"}
TEXT_MODELS = {"float32.tflite": b"TFL3 of words"}
PAINTERS = {"float32.tflite": b"TFL3 of colours", "full_int8.tflite": b"TFL3 of levels"}
PAINTED = np.full((2, 4, 3), 100, np.uint8)
"""What the float model of both bundles that make images says to their golden inputs"""
VOCABULARY = b"<PAD> 0\n<START> 1\n<UNKNOWN> 2\ngood 3\nGood 3\nbad 4\ndon't 5\n"


@dataclass
class Seam:
    """The fakes that stand in for engines, and what they were opened with."""

    engines: dict
    opened: list = field(default_factory=list)

    def open_engine(self, name, model, *, threads):
        self.opened.append((name, model, threads))
        return self.engines[name]


@pytest.fixture(scope="session")
def png():
    def encode(pixels):
        file = io.BytesIO()
        Image.fromarray(pixels).save(file, "PNG")
        return file.getvalue()

    return encode


@pytest.fixture(scope="session")
def golden_json():
    def encode(scores):
        vectors = [{"input": name, "scores": row} for name, row in scores.items()]
        return json.dumps({"vectors": vectors}).encode()

    return encode


@pytest.fixture(scope="session")
def seal():
    """Return a function that packs a card with its files, whose hashes it writes into the card."""

    def seal(card, files):
        listed = replace(card, files={name: digest(content) for name, content in files.items()})
        return pack({CARD_NAME: card_to_json(listed), **files})

    return seal


@pytest.fixture(scope="session")
def image_card():
    return Card(
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


@pytest.fixture(scope="session")
def image_files(png, golden_json):
    return {
        **IMAGE_MODELS,
        "golden/0.png": png(np.full((4, 6, 3), 200, np.uint8)),
        "golden/outputs.json": golden_json({"golden/0.png": [0.25, 0.5, 0.25]}),
    }


@pytest.fixture(scope="session")
def image_bundle(seal, image_card, image_files):
    return seal(image_card, image_files)


@pytest.fixture(scope="session")
def text_card():
    return Card(
        name="tiny_text",
        version="1.0.0",
        task="text-classification",
        input=TextInput(length=6, delimiter=r"[^\w']+", vocabulary="vocabulary.txt"),
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


@pytest.fixture(scope="session")
def text_files(golden_json):
    return {
        **TEXT_MODELS,
        "golden/0.txt": b"Good, not bad.",
        "golden/outputs.json": golden_json({"golden/0.txt": [0.25, 0.75]}),
        "vocabulary.txt": VOCABULARY,
    }


@pytest.fixture(scope="session")
def text_bundle(seal, text_card, text_files):
    return seal(text_card, text_files)


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


@pytest.fixture(scope="session")
def painted():
    return PAINTED


@pytest.fixture(scope="session")
def generator_card():
    return Card(
        name="faces",
        version="1.0.0",
        task="image-generation",
        input=LatentInput(length=3),
        output=ImageOutput(height=2, width=4),
        models=painters(),
        golden="golden/vectors.json",
    )


@pytest.fixture(scope="session")
def generator_files(png):
    vectors = [{"seed": 7, "output": "golden/0-output.png"}]
    return {
        **PAINTERS,
        "golden/0-output.png": png(PAINTED),
        "golden/vectors.json": json.dumps({"vectors": vectors}).encode(),
    }


@pytest.fixture(scope="session")
def style_card(generator_card):
    return replace(
        generator_card,
        name="style",
        task="style-transfer",
        input=ImageInput(height=4, width=6),
    )


@pytest.fixture(scope="session")
def style_files(png, generator_files):
    vectors = [{"input": "golden/0.png", "output": "golden/0-output.png"}]
    return {
        **generator_files,
        "golden/0.png": png(np.full((4, 6, 3), 200, np.uint8)),
        "golden/vectors.json": json.dumps({"vectors": vectors}).encode(),
    }


@pytest.fixture(scope="session")
def generator_bundle(seal, generator_card, generator_files):
    return seal(generator_card, generator_files)


@pytest.fixture(scope="session")
def style_bundle(seal, style_card, style_files):
    return seal(style_card, style_files)


@pytest.fixture
def generator_path(tmp_path, generator_bundle):
    path = tmp_path / "faces.satchel"
    path.write_bytes(generator_bundle)
    return path


@pytest.fixture
def style_path(tmp_path, style_bundle):
    path = tmp_path / "style.satchel"
    path.write_bytes(style_bundle)
    return path


@pytest.fixture(scope="session")
def load(tmp_path_factory):
    """Return a function that opens the bundle of the given bytes."""
    path = tmp_path_factory.mktemp("load") / "any.satchel"

    def load(content):
        path.write_bytes(content)
        return open_bundle(path)

    return load


@pytest.fixture
def image_path(tmp_path, image_bundle):
    path = tmp_path / "tiny.satchel"
    path.write_bytes(image_bundle)
    return path


@pytest.fixture
def text_path(tmp_path, text_bundle):
    path = tmp_path / "tiny_text.satchel"
    path.write_bytes(text_bundle)
    return path


@pytest.fixture
def folder(tmp_path, image_card, image_files):
    """Return the image bundle as a folder."""
    files = {name: digest(content) for name, content in image_files.items()}
    entries = {CARD_NAME: card_to_json(replace(image_card, files=files)), **image_files}
    for name, content in entries.items():
        path = tmp_path / "tiny" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return tmp_path / "tiny"


@pytest.fixture
def install_engines(monkeypatch):
    """Return a function: ``answer(litert=scores)`` installs just that engine, with these scores."""

    def install_engines(**outputs):
        seam = Seam({name: FakeEngine(output) for name, output in outputs.items()})
        installed = [name for name in ENGINES if name in outputs]
        monkeypatch.setattr("satchel.inference.model.open_engine", seam.open_engine)
        for module in (
            "satchel.inference.selection",
            "satchel.inference.tuned_choice",
            "satchel.cli.info",
        ):
            monkeypatch.setattr(f"{module}.installed_engines", lambda: installed)
            monkeypatch.setattr(f"{module}.engine_version", lambda name: "99.0.0")
        return seam

    return install_engines


@pytest.fixture
def no_engine_may_open(install_engines, monkeypatch):
    """Install an engine that fails the test when it is handed a model."""

    def refuse(name, model, *, threads):
        pytest.fail("an engine was opened on a bundle that should have been refused")

    install_engines(litert=None, onnx=None)
    monkeypatch.setattr("satchel.inference.model.open_engine", refuse)


@pytest.fixture(scope="session")
def digits_of(tmp_path_factory):
    """Return a function: the path of a real bundle, two models of the golden one for one engine.

    ``change`` takes each model's entry and returns another. The float32 one is the first.
    """
    engines = installed_engines()
    if not GOLDEN_DIGITS.is_file() or not engines:
        pytest.skip("no golden bundle, or no engine")

    def write(change=lambda entry: entry):
        files = unpack(GOLDEN_DIGITS.read_bytes())
        card = parse_card(files.pop(CARD_NAME))
        models = [
            entry
            for entry in card.models[::-1]
            if entry.format in ENGINES[engines[0]].formats
            and entry.scheme in ("float32", "full_int8")
        ]
        dropped = {entry.file for entry in card.models} - {entry.file for entry in models}
        kept = {name: content for name, content in files.items() if name not in dropped}
        listed = {name: card.files[name] for name in kept}
        card = replace(card, models=tuple(map(change, models)), files=listed)
        path = tmp_path_factory.mktemp("digits") / "digits.satchel"
        path.write_bytes(pack({CARD_NAME: card_to_json(card), **kept}))
        return path

    return write


@pytest.fixture(scope="session")
def digits_path(digits_of):
    return digits_of()


@pytest.fixture(scope="session")
def onnx_model():
    """Return a function that writes the smallest ONNX model, as bytes."""
    onnx = pytest.importorskip("onnx")

    def write(nodes, *, inputs, outputs, constants=()):
        helper = onnx.helper
        graph = helper.make_graph(
            [helper.make_node(*node) for node in nodes],
            "tiny",
            [helper.make_tensor_value_info(*value) for value in inputs],
            [helper.make_tensor_value_info(*value) for value in outputs],
            list(constants),
        )
        opset = [helper.make_opsetid("", 17)]
        return helper.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString()

    return write


@pytest.fixture
def satchel_says(capsys, monkeypatch):
    """Return a function that runs a command line, with no sibling installed.

    It returns the exit code, and the lines of output and of errors.
    """
    monkeypatch.setattr("satchel.cli.program.installed", dict)

    def run(*words):
        try:
            code = main([str(word) for word in words])
        except SystemExit as stop:
            code = stop.code
        printed = capsys.readouterr()
        return code, printed.out.splitlines(), printed.err.splitlines()

    return run
