"""What an installation of the runtime brings along: little of its own, NumPy, an engine, Pillow."""

import tomllib
import zlib
from pathlib import Path

import satchel

PACKAGE = Path(satchel.__file__).parent
PROJECT = Path(__file__).parents[2] / "runtime" / "pyproject.toml"
MAX_INSTALLED_BYTES = 524_600
"""Of our own; more, and it is time to ask what for. Of the last 66 kB, 56 are the tokenizers of
Keras and BERT, with a table of characters: a model of texts brings its own tokenizer, and a device
that lacked one could not answer at all. 3 show what a model answers on samples of one's own in
``satchel bench``: the converter reads and measures them. 6 read a bundle only as far as it is
used. 1.2 say which tokens a model reads, for people who wonder about its answer. The last 0.9
make a process answer 4 ms sooner: no garbage is collected while it opens a model."""


def test_the_package_is_small():
    files = [path for path in PACKAGE.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    assert len(files) > 30
    assert sum(path.stat().st_size for path in files) <= MAX_INSTALLED_BYTES
    assert sum(len(zlib.compress(path.read_bytes())) for path in files) <= MAX_INSTALLED_BYTES / 2


def test_it_depends_on_numpy_and_by_extra_on_an_engine_and_pillow():
    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]
    assert [each.partition(">")[0] for each in project["dependencies"]] == ["numpy"]
    extras = project["optional-dependencies"]
    packages = {name: [each.partition(">")[0] for each in extras[name]] for name in extras}
    assert packages == {
        "litert": ["ai-edge-litert"],
        "tflite": ["tflite-runtime", "numpy<2"],
        "onnx": ["onnxruntime"],
        "images": ["Pillow"],
        "sign": ["cryptography[ssh]"],
        "sentencepiece": ["sentencepiece"],
    }
