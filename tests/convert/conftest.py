"""The tiny models, converted once: two say labels, with weights by hand, two make images."""

import functools
import shutil
import tempfile
from pathlib import Path

import pytest

from helpers.commands import run_satchel
from helpers.model_folders import (
    BANDS_CARD,
    band_images,
    write_bands,
    write_faces,
    write_model_folder,
    write_opinions,
    write_styles,
)
from helpers.tiny_models import determinant_model
from satchel_convert import isolation
from satchel_convert.conversion.convert import convert
from satchel_convert.keras_models.deployable import to_deployable
from satchel_convert.onnx.converter import quantize_onnx, to_onnx
from satchel_convert.onnx.passes.plan import PASSES as ONNX_PASSES
from satchel_convert.onnx.passes.run import run_passes as run_onnx_passes
from satchel_convert.schemes import BACKENDS, ONLY
from satchel_convert.tflite.converter import to_tflite
from satchel_convert.tflite.passes.plan import PASSES
from satchel_convert.tflite.passes.run import run_passes


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


@pytest.fixture(scope="session")
def images(tmp_path_factory):
    """The image model's folder."""
    return write_bands(tmp_path_factory.mktemp("models") / "bands")


@pytest.fixture(scope="session")
def texts(tmp_path_factory):
    """The text model's folder."""
    return write_opinions(tmp_path_factory.mktemp("models") / "opinions")


@pytest.fixture(scope="session")
def faces(tmp_path_factory):
    """The generator's folder."""
    return write_faces(tmp_path_factory.mktemp("models") / "faces")


@pytest.fixture(scope="session")
def styles(tmp_path_factory):
    """The style model's folder."""
    return write_styles(tmp_path_factory.mktemp("models") / "styles")


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
    samples = {
        "evaluation": [(image, "left") for image in band_images(3, seed=0)],
    }
    path = tmp_path_factory.mktemp("models") / "determinant"
    card = BANDS_CARD._replace(name="determinant")
    model = determinant_model()
    return write_model_folder(path, model=model, card=card, samples=samples)
