"""What docs/guides/library.md shows runs as it is printed, and is typed."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from helpers.commands import run_satchel

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "guides" / "library.md"
SCRIPTS = ["convert_cats.py", "check_digits.py", "pack_cats.py"]


def brightness_model():
    """Return a Keras model of two labels: dark images are cats, bright ones dogs."""
    import keras

    layers = [
        keras.Input((8, 8, 3)),
        keras.layers.GlobalAveragePooling2D(),
        keras.layers.Dense(2, activation="softmax"),
    ]
    model = keras.Sequential(layers)
    model.set_weights([np.float32([[-4, 4]] * 3), np.float32([6, -6])])
    return model


def write_photos(folder):
    """Write dark and bright images: a folder for each label, and one of others."""
    random = np.random.default_rng(0)
    for label, low in (("cat", 20), ("dog", 160)):
        for place, count in ((folder / "test" / label, 6), (folder / "more", 3)):
            place.mkdir(parents=True, exist_ok=True)
            for at in range(count):
                pixels = random.integers(low, low + 80, (8, 8, 3), np.uint8)
                name = f"{at}.png" if place.name == label else f"{label}{at}.png"
                Image.fromarray(pixels).save(place / name)


@pytest.fixture(scope="module")
def place(images, tmp_path_factory):
    """A folder with everything that the guide's scripts name, and the scripts."""
    folder = tmp_path_factory.mktemp("guide")
    blocks = re.findall(
        r"^```python\n# (\w+\.py)\n(.*?)^```$", GUIDE.read_text(encoding="utf-8"), re.M | re.S
    )
    assert [name for name, _ in blocks] == SCRIPTS
    for name, code in blocks:
        (folder / name).write_text(code, encoding="utf-8")
    write_photos(folder / "photos")
    brightness_model().save(folder / "cats.keras")
    (folder / "labels.txt").write_text("cat\ndog\n")
    shutil.copytree(images.path, folder / "models" / "digits")
    return folder


def run(folder, script):
    done = subprocess.run(
        [sys.executable, script], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()


def test_a_model_in_memory_becomes_a_bundle_and_a_page(place):
    *rows, label = run(place, "convert_cats.py")
    assert len(rows) == 8
    assert all(row.endswith(" passed") for row in rows)
    assert label == "cat"
    assert (place / "cats.satchel").is_file()
    assert (place / "report.html").is_file()


def test_a_bundle_is_verified_compared_and_explained(place, capsys):
    words = ("--out", place / "old.satchel", "--schemes", "float32", "--formats", "onnx")
    assert run_satchel("convert", place / "models" / "digits", *words) == 0
    capsys.readouterr()
    told = run(place, "check_digits.py")
    assert "verifying: 24 of 24" in told
    verified, compared, worst, _ = told[-4:]
    assert verified == "True [(), (), (), ()]"
    assert compared == "True [('float32.onnx', 'passed')]"
    assert worst
    assert (place / "digits.report.html").is_file()
    assert (place / "comparison.md").read_text().startswith("### bands 1.0.0 against")


def test_a_finished_file_is_packed(place):
    from satchel_convert.tflite.converter import to_tflite

    (place / "cats.tflite").write_bytes(
        to_tflite(brightness_model(), scheme="float32", calibration=None, backend="only")
    )
    (line,) = run(place, "pack_cats.py")
    assert line == "cats 1.0"
    assert (place / "packed.satchel").is_file()


def test_the_guides_scripts_are_typed(place):
    done = subprocess.run(
        [sys.executable, "-m", "mypy", *(place / name for name in SCRIPTS)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
