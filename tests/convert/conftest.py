"""Tiny models and their folders: two say labels, with weights by hand, two make images."""

import functools
import json
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from PIL import Image

from satchel.bundle.card import (
    Card,
    ImageInput,
    ImageOutput,
    LabelOutput,
    LatentInput,
    TextInput,
    card_to_json,
)
from satchel.cli.program import main
from satchel.engines.engine import open_engine
from satchel.inference.model import Model
from satchel.preprocessing.images import to_tensor
from satchel.quantization import dequantize
from satchel_convert import isolation
from satchel_convert.conversion.convert import convert
from satchel_convert.conversion.jobs import Converted
from satchel_convert.keras_models.deployable import reference_predictions, to_deployable
from satchel_convert.keras_models.float_model import load_reference
from satchel_convert.model_folder import deployed_card, open_model_folder, prepare
from satchel_convert.onnx.converter import quantize_onnx, to_onnx
from satchel_convert.onnx.passes.plan import PASSES as ONNX_PASSES
from satchel_convert.onnx.passes.run import run_passes as run_onnx_passes
from satchel_convert.schemes import BACKENDS, ONLY
from satchel_convert.tflite.converter import to_tflite
from satchel_convert.tflite.passes.plan import PASSES
from satchel_convert.tflite.passes.run import run_passes

HEIGHT, WIDTH = 6, 9
WORDS = ("<PAD>", "<START>", "<UNKNOWN>", "good", "great", "bad", "awful", "film", "the", "plot")
VOCABULARY = "".join(f"{word} {number}\n" for number, word in enumerate(WORDS))
IMAGES = Card(
    name="bands",
    version="1.0.0",
    task="image-classification",
    input=ImageInput(HEIGHT, WIDTH, channels=1, background=(0, 0, 0), scale=(1 / 255,)),
    output=LabelOutput(("left", "middle", "right")),
    provenance={"seed": 7},
)
TEXTS = Card(
    name="opinions",
    version="1.0.0",
    task="text-classification",
    input=TextInput(length=6, delimiter=r"[^\w']+", vocabulary="vocabulary.txt"),
    output=LabelOutput(("negative", "positive")),
    provenance={"seed": 7},
)
FACES = Card(
    name="faces",
    version="1.0.0",
    task="image-generation",
    input=LatentInput(8),
    output=ImageOutput(16, 16, scale=(127.5,), offset=(127.5,)),
    provenance={"seed": 7},
)
STYLES = Card(
    name="styles",
    version="1.0.0",
    task="style-transfer",
    input=ImageInput(16, 16, fit="crop", scale=(1 / 127.5,), offset=(-1.0,)),
    output=ImageOutput(16, 16, channels=1, scale=(255.0,)),
    provenance={"seed": 7},
)
MISLABELLED = 2
"""Of the evaluation samples, so that no accuracy is 1"""


def image_model():
    """Return a Keras model that tells in which third of a grey image the bright band is."""
    import keras

    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((HEIGHT, WIDTH, 1)),
            layers.Conv2D(4, 3, padding="same", activation="relu"),
            layers.Flatten(),
            layers.Dense(3, activation="softmax"),
        ]
    )
    random = np.random.default_rng(1)
    blur = (1 / 9 + random.normal(0, 0.03, (3, 3, 1, 4))).astype(np.float32)
    weights = np.full((HEIGHT, WIDTH, 4, 3), -0.03)
    for label in range(3):
        weights[:, 3 * label : 3 * label + 3, :, label] = 0.06
    weights += random.normal(0, 0.005, weights.shape)
    dense = weights.reshape(-1, 3).astype(np.float32)
    zeros = np.zeros(4, np.float32), np.float32([0.0, 0.1, -0.1])
    model.set_weights([blur, zeros[0], dense, zeros[1]])
    return model


def text_model():
    """Return a Keras model that weighs good words against bad ones."""
    import keras

    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((6,), dtype="int32"),
            layers.Embedding(len(WORDS), 4),
            layers.GlobalAveragePooling1D(),
            layers.Dense(2, activation="softmax"),
        ]
    )
    random = np.random.default_rng(2)
    embedding = random.normal(0, 0.1, (len(WORDS), 4)).astype(np.float32)
    embedding[[3, 4], 0] += 3
    embedding[[5, 6], 0] -= 3
    kernel = random.normal(0, 0.1, (4, 2)).astype(np.float32)
    kernel[0] = -3, 3
    model.set_weights([embedding, kernel, np.zeros(2, np.float32)])
    return model


def generator_model():
    """Return a Keras model of the kind of DCGAN's, untrained."""
    import keras

    keras.utils.set_random_seed(3)
    layers = keras.layers
    # An untrained model of narrow weights paints grey on grey.
    wide = keras.initializers.RandomNormal(stddev=0.3)
    return keras.Sequential(
        [
            keras.Input((8,)),
            layers.Dense(4 * 4 * 8, kernel_initializer=wide),
            layers.Reshape((4, 4, 8)),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.Conv2DTranspose(
                8, 4, strides=2, padding="same", use_bias=False, kernel_initializer=wide
            ),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.UpSampling2D(2),
            layers.Conv2D(3, 3, padding="same", activation="tanh", kernel_initializer=wide),
        ]
    )


def style_model():
    """Return a Keras model of the kind of Johnson et al.'s, untrained, of grey images."""
    import keras

    keras.utils.set_random_seed(4)
    layers = keras.layers

    def block(values, filters, **options):
        values = layers.Conv2D(filters, 3, padding="same", **options)(values)
        # A group a channel: that is instance normalization.
        return layers.GroupNormalization(groups=-1)(values)

    input_spec = keras.Input((16, 16, 3))
    values = layers.ReLU()(block(input_spec, 4))
    values = layers.ReLU()(block(values, 8, strides=2))
    inner = block(layers.ReLU()(block(values, 8)), 8)
    values = layers.UpSampling2D(2)(layers.Add()([values, inner]))
    values = layers.ReLU()(block(values, 4))
    values = layers.Conv2D(1, 3, padding="same", activation="sigmoid")(values)
    return keras.Model(input_spec, values)


def blotches(count, *, seed):
    """Return coloured images without an edge, uint8 (count, 20, 24, 3)."""
    random = np.random.default_rng(seed)
    small = random.integers(0, 256, (count, 5, 6, 3), dtype=np.uint8)
    return [np.asarray(Image.fromarray(each).resize((24, 20))) for each in small]


def band_images(count, *, seed):
    """Return coloured images, uint8 (count, height, width, 3), whose band is at ``index % 3``."""
    random = np.random.default_rng(seed)
    images = random.integers(0, 60, (count, HEIGHT, WIDTH, 3))
    for index in range(count):
        band = 3 * (index % 3)
        tint = random.integers(140, 256, 3)
        images[index, :, band : band + 3] = np.minimum(tint, 255)
    return images.astype(np.uint8)


def opinions(part, count):
    """Return ``count`` texts with their labels."""
    pairs = [
        (f"great good film {part} number {number}", "positive")
        if number % 2
        else (f"The awful, bad plot {part} number {number}", "negative")
        for number in range(count)
    ]
    return [*pairs, (f"good {part}", "positive"), (f"bad {part}", "negative")]


def write_model_folder(folder, *, model, card, samples, vocabulary=None):
    """Write a model folder; ``samples`` is part to pairs of a raw input and its label or None."""
    (folder / "samples").mkdir(parents=True)
    model.save(folder / "model.keras")
    (folder / "card.json").write_bytes(card_to_json(card))
    if vocabulary is not None:
        (folder / "vocabulary.txt").write_text(vocabulary, encoding="utf-8")
    for part, pairs in samples.items():
        lines = []
        for number, (value, label) in enumerate(pairs):
            labelled = {} if label is None else {"label": label}
            if isinstance(value, str | int):
                lines.append({"text" if isinstance(value, str) else "seed": value, **labelled})
                continue
            file = Path(part) / f"{number:03}.png"
            (folder / "samples" / part).mkdir(exist_ok=True)
            Image.fromarray(value).save(folder / "samples" / file)
            lines.append({"picture": file.as_posix(), **labelled})
        content = "".join(json.dumps(line) + "\n" for line in lines)
        (folder / "samples" / f"{part}.jsonl").write_text(content, encoding="utf-8")
    return folder


class Tiny(NamedTuple):
    """A model folder, and what verification and the converters start from."""

    path: Path
    folder: object
    model: object
    """Keras's, as loaded from the folder"""
    calibration: np.ndarray
    inputs: np.ndarray
    expected: np.ndarray
    """The float model's answers to ``inputs``"""


def tiny(path):
    folder = open_model_folder(path)
    inputs = prepare(folder, [sample.value for sample in folder.evaluation])
    return Tiny(
        path,
        folder,
        load_reference(folder.model_path),
        prepare(folder, [sample.value for sample in folder.calibration]),
        inputs,
        reference_predictions(folder.model_path, folder.card, inputs),
    )


def probabilities(content, engine, specs, card, inputs):
    """Return what a converted model says of prepared inputs, through the engines that ship."""
    input_tensor, output_tensor = specs
    opened = open_engine(engine, content, threads=1)
    scores = []
    for position in range(len(inputs)):
        tensor = inputs[position : position + 1]
        if isinstance(card.input, ImageInput):
            tensor = to_tensor(tensor, deployed_card(card).input, input_tensor)
        raw = opened.run(tensor)[0]
        if output_tensor.dtype == "uint8":
            raw = dequantize(raw, scale=output_tensor.scale, zero_point=output_tensor.zero_point)
        scores.append(raw)
    return np.stack(scores)


def predictions(content, format_, specs, card, inputs):
    """Return probabilities, or pixels, that a converted model gives, as the runtime reads them."""
    engine = {"tflite": "litert", "onnx": "onnx"}[format_]
    entry = Converted(content, *specs, {}).entry(format_, "float32")
    opened = open_engine(engine, content, threads=1)
    return Model(entry, deployed_card(card), opened, engine).predict_batch(inputs)


def run_satchel(*words):
    """Run the command line in this process and return its exit code."""
    try:
        return main([str(word) for word in words])
    except SystemExit as left:
        return left.code


# Test modules cannot import this one: they ask for its functions as fixtures.
@pytest.fixture(scope="session")
def satchel():
    return run_satchel


@pytest.fixture
def refused(tmp_path, monkeypatch, capsys):
    """Return a function that runs a command and returns the line that refuses it.

    An earlier file at ``--out`` stays as it was, and nothing is left behind.
    """
    earlier = tmp_path / "out" / "x.satchel"
    earlier.parent.mkdir()
    earlier.write_bytes(b"from before")
    scratch = tmp_path / "scratch"
    scratch.mkdir()

    def run(command, *words):
        # What a test itself prints, and saves in a temporary folder, is none of the command's.
        capsys.readouterr()
        monkeypatch.setattr(tempfile, "tempdir", str(scratch))
        assert run_satchel(command, *words, "--out", earlier) == 2
        captured = capsys.readouterr()
        assert captured.out == ""
        assert earlier.read_bytes() == b"from before"
        assert [each.name for each in earlier.parent.iterdir()] == ["x.satchel"]
        assert list(scratch.iterdir()) == []
        (line,) = captured.err.splitlines()
        assert line.startswith(f"satchel {command}: ")
        return line

    return run


@pytest.fixture(scope="session", autouse=True)
def _fork_server():
    """Let the fork server import TensorFlow while this process does."""
    isolation._context()


@pytest.fixture(scope="session", name="write_model_folder")
def _write_model_folder():
    return write_model_folder


@pytest.fixture(scope="session", name="probabilities")
def _probabilities():
    return probabilities


@pytest.fixture(scope="session", name="predictions")
def _predictions():
    return predictions


@pytest.fixture(scope="session", name="image_model")
def _image_model():
    return image_model


@pytest.fixture(scope="session", name="image_card")
def _image_card():
    return IMAGES


@pytest.fixture(scope="session", name="text_card")
def _text_card():
    return TEXTS


@pytest.fixture(scope="session", name="band_images")
def _band_images():
    return band_images


@pytest.fixture(scope="session")
def images(tmp_path_factory):
    """The image model's folder."""
    labels = IMAGES.output.labels
    samples = {
        part: [(image, labels[at % 3]) for at, image in enumerate(band_images(n, seed=n))]
        for part, n in (("calibration", 12), ("evaluation", 24))
    }
    for at in range(MISLABELLED):
        image, label = samples["evaluation"][at]
        samples["evaluation"][at] = (image, labels[labels.index(label) - 1])
    path = tmp_path_factory.mktemp("models") / "bands"
    return tiny(write_model_folder(path, model=image_model(), card=IMAGES, samples=samples))


@pytest.fixture(scope="session")
def texts(tmp_path_factory):
    """The text model's folder."""
    samples = {part: opinions(part, n) for part, n in (("calibration", 8), ("evaluation", 18))}
    for at in range(MISLABELLED):
        text, label = samples["evaluation"][at]
        other = "negative" if label == "positive" else "positive"
        samples["evaluation"][at] = (text, other)
    path = tmp_path_factory.mktemp("models") / "opinions"
    return tiny(
        write_model_folder(
            path, model=text_model(), card=TEXTS, samples=samples, vocabulary=VOCABULARY
        )
    )


@pytest.fixture(scope="session")
def faces(tmp_path_factory):
    """The generator's folder."""
    seeds = {"calibration": range(1000, 1016), "evaluation": range(8)}
    samples = {part: [(seed, None) for seed in numbers] for part, numbers in seeds.items()}
    path = tmp_path_factory.mktemp("models") / "faces"
    return tiny(write_model_folder(path, model=generator_model(), card=FACES, samples=samples))


@pytest.fixture(scope="session")
def styles(tmp_path_factory):
    """The style model's folder."""
    samples = {
        part: [(image, None) for image in blotches(n, seed=n)]
        for part, n in (("calibration", 12), ("evaluation", 6))
    }
    path = tmp_path_factory.mktemp("models") / "styles"
    return tiny(write_model_folder(path, model=style_model(), card=STYLES, samples=samples))


@pytest.fixture(scope="session")
def tinies(images, texts, faces, styles):
    return {"pictures": images, "texts": texts, "faces": faces, "styles": styles}


@pytest.fixture
def image_copy(images, tmp_path):
    """A copy of the image model's folder, to spoil."""
    return Path(shutil.copytree(images.path, tmp_path / "copy"))


@pytest.fixture
def generator_copy(faces, tmp_path):
    """A copy of the generator's folder, to spoil."""
    return Path(shutil.copytree(faces.path, tmp_path / "copy"))


@pytest.fixture
def style_copy(styles, tmp_path):
    """A copy of the style model's folder, to spoil."""
    return Path(shutil.copytree(styles.path, tmp_path / "copy"))


@pytest.fixture
def text_copy(texts, tmp_path):
    """A copy of the text model's folder, to spoil."""
    return Path(shutil.copytree(texts.path, tmp_path / "copy"))


@pytest.fixture(scope="session")
def deployable(tinies):
    """Return a function from a kind of ``tinies`` to the deployable Keras model."""
    return functools.cache(lambda kind: to_deployable(tinies[kind].model, tinies[kind].folder.card))


@pytest.fixture(scope="session")
def unfinished_tflite(tinies, deployable):
    """Return a function from a kind, a scheme and a route to what the backend writes."""

    @functools.cache
    def make(kind, scheme, backend):
        calibration = tinies[kind].calibration
        return to_tflite(deployable(kind), scheme=scheme, calibration=calibration, backend=backend)

    return make


@pytest.fixture(scope="session")
def tflite(unfinished_tflite):
    """Return a function from a kind of ``tinies``, a scheme and a route to a .tflite model."""

    @functools.cache
    def make(kind, scheme, backend):
        return run_passes(unfinished_tflite(kind, scheme, backend), PASSES[scheme, backend])

    def made(kind, scheme, backend=None):
        # TensorFlow's converter refuses int16x8 of ids.
        usual = (
            "ai_edge_quantizer"
            if scheme == "int16x8"
            else BACKENDS.get(("tflite", scheme), ONLY)[0]
        )
        return make(kind, scheme, backend or usual)

    return made


@pytest.fixture(scope="session")
def onnx_model(tinies, deployable):
    """Return a function from a kind of ``tinies``, a scheme and a route to an .onnx model."""
    source = functools.cache(lambda kind: to_onnx(deployable(kind)))

    @functools.cache
    def make(kind, scheme, backend):
        calibration = tinies[kind].calibration
        quantized = quantize_onnx(
            source(kind), scheme=scheme, calibration=calibration, backend=backend
        )
        return run_onnx_passes(quantized, ONNX_PASSES[scheme])

    def made(kind, scheme, backend=None):
        return make(kind, scheme, backend or BACKENDS.get(("onnx", scheme), ONLY)[0])

    return made


@pytest.fixture(scope="session")
def conversions(images):
    """The whole matrix of the image model."""
    return convert(images.folder)


@pytest.fixture(scope="session")
def needs_select_ops(images, tmp_path_factory):
    """A folder whose model no built-in TFLite operators can compute: it takes a determinant."""
    import keras

    input_spec = keras.Input((HEIGHT, WIDTH, 1))
    square = keras.layers.Cropping2D(((0, 0), (0, WIDTH - HEIGHT)))(input_spec)
    determinant = keras.ops.det(keras.layers.Reshape((1, HEIGHT, HEIGHT))(square))
    scores = keras.layers.Dense(3, activation="softmax")(determinant)
    samples = {
        "evaluation": [(image, "left") for image in band_images(3, seed=0)],
    }
    path = tmp_path_factory.mktemp("models") / "determinant"
    card = replace(IMAGES, name="determinant")
    model = keras.Model(input_spec, scores)
    return write_model_folder(path, model=model, card=card, samples=samples)
