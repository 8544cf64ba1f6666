"""What the READMEs show runs as it is printed, and is typed."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import onnx
import pytest
from PIL import Image

from helpers.installed import run_installed
from satchel.bundle.archive import CARD_NAME, pack
from satchel.bundle.card import Card, ModelEntry, TensorSpec, card_to_json
from satchel.bundle.image_input import ImageInput
from satchel.bundle.image_output import ImageOutput
from satchel.bundle.latent_input import LatentInput
from satchel.bundle.reading import digest

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden"
READMES = ["README.md", "runtime/README.md"]


def painter(task, taken) -> bytes:
    """Return a bundle of an ONNX model that makes 2 x 2 pixels of twelve numbers."""
    helper = onnx.helper
    shape = [1, taken.length] if isinstance(taken, LatentInput) else [1, 2, 2, 3]
    graph = helper.make_graph(
        [helper.make_node("Reshape", ["taken", "shape"], ["given"])],
        "painter",
        [helper.make_tensor_value_info("taken", onnx.TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("given", onnx.TensorProto.FLOAT, [1, 2, 2, 3])],
        [helper.make_tensor("shape", onnx.TensorProto.INT64, [4], [1, 2, 2, 3])],
    )
    opset = [helper.make_opsetid("", 17)]
    model = helper.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString()
    real = TensorSpec("float32")
    entry = ModelEntry(
        "float32.onnx", "onnx", "float32", len(model), real, real, {"onnx": "1.0"}, 0.0, ""
    )
    card = Card(
        name="painter",
        version="1.0.0",
        task=task,
        input=taken,
        output=ImageOutput(2, 2, scale=(127.5,), offset=(127.5,)),
        models=(entry,),
        files={entry.file: digest(model)},
    )
    return pack({CARD_NAME: card_to_json(card), entry.file: model})


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """A folder with the files that the READMEs name, as a checkout has them after `make demo`."""
    for place in (".", "build/demo", "tests/golden"):
        (tmp_path / place).mkdir(parents=True, exist_ok=True)
        for name in ("digits.satchel", "reviews.satchel", "seven.png"):
            shutil.copy(GOLDEN / name, tmp_path / place)
    (tmp_path / "faces.satchel").write_bytes(painter("image-generation", LatentInput(12)))
    (tmp_path / "style.satchel").write_bytes(painter("style-transfer", ImageInput(2, 2)))
    shutil.copy(GOLDEN / "digits.satchel", tmp_path / "cats.satchel")
    (tmp_path / "reviews").mkdir()
    (tmp_path / "reviews" / "1.txt").write_text("A dull film.")
    (tmp_path / "photos").mkdir()
    for name in ("photo.jpg", "photos/photo.jpg"):
        shutil.copy(GOLDEN / "seven.png", tmp_path / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def blocks(readme: str, language: str) -> list[str]:
    text = (ROOT / readme).read_text(encoding="utf-8")
    found = re.findall(rf"^```{language}\n(.*?)^```$", text, re.M | re.S)
    assert found, f"{readme} shows no {language}"
    return found


@pytest.mark.parametrize("readme", READMES)
def test_the_python_of_a_readme_runs_and_says_what_its_comments_say(readme, desk):
    for block in blocks(readme, "python"):
        names: dict[str, object] = {}
        for line in block.splitlines():
            code, _, promised = line.partition("  #")
            if promised.strip().startswith("Prediction("):
                found = eval(code, names)
                label, score = re.search(r"label='(.*?)', score=([\d.]+)", promised).groups()
                assert found.label == label
                # Printed with two digits. The kernels of another processor round differently, and
                # an 8-bit model may then answer one of its 256 levels more or less.
                assert found.score == pytest.approx(float(score), abs=0.005 + 1 / 256)
            elif code.strip():
                exec(code, names)


@pytest.mark.parametrize("readme", READMES)
def test_the_python_of_a_readme_is_typed(readme, desk):
    for number, block in enumerate(blocks(readme, "python")):
        (desk / f"block_{number}.py").write_text(block)
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--config-file=",
        *map(str, desk.glob("*.py")),
    ]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize("readme", READMES)
def test_every_run_selftest_and_info_that_a_readme_shows_works(readme, desk):
    shown = re.findall(
        r"^(?:\.venv/bin/)?satchel (run|selftest|info) (.+)$", "\n".join(blocks(readme, "")), re.M
    )
    assert shown
    for command, words in shown:
        arguments = [word.strip('"') for word in re.findall(r'"[^"]*"|\S+', words.split("  #")[0])]
        finished = run_installed(command, *arguments)
        assert finished.returncode == 0, finished.stderr


def test_the_three_lines_for_a_model_of_ones_own_run_as_printed(tmp_path):
    keras = pytest.importorskip("keras")
    from sklearn.datasets import load_digits

    digits = load_digits()
    pixels = (digits.images * 255 / 16).astype("uint8")
    layers = keras.layers
    # The preprocessing is inside, so that no option has to state it.
    model = keras.Sequential(
        [
            layers.Input((8, 8, 1)),
            layers.Rescaling(1 / 255),
            layers.Flatten(),
            layers.Dense(32, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(pixels[:1000, ..., None], digits.target[:1000], epochs=15, verbose=0)
    model.save(tmp_path / "cats.keras")
    (tmp_path / "labels.txt").write_text("\n".join("0123456789"))
    for part, numbers in (("test", range(1000, 1500)), ("more", range(1500, 1700))):
        for number in numbers:
            place = tmp_path / "photos" / part / str(digits.target[number]) / f"{number}.png"
            place.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(pixels[number]).save(place)
    surest = 1700 + int(model.predict(pixels[1700:, ..., None], verbose=0).max(axis=1).argmax())
    Image.fromarray(pixels[surest]).save(tmp_path / "photo.jpg", quality=95)
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    lines = re.search(r"in three lines\n\n```\n(.*?)```", text, re.S).group(1)
    assert len(lines.splitlines()) == 3
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    finished = subprocess.run(
        ["bash", "-ec", lines],
        cwd=tmp_path,
        env=os.environ | {"PATH": programs},
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    assert (tmp_path / "cats.report.html").is_file()
    assert finished.stdout.splitlines()[-1].startswith(f"photo.jpg\t{digits.target[surest]} ")


def test_every_link_of_the_documentation_leads_somewhere():
    pages = [
        ROOT / "README.md",
        *ROOT.glob("*/README.md"),
        *ROOT.glob("apps/*/README.md"),
        *(ROOT / "docs").rglob("*.md"),
    ]
    # Written by `make docs`, which finds their broken links itself.
    pages = [page for page in pages if (ROOT / "docs" / "generated") not in page.parents]
    for page in pages:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.relative_to(ROOT)} links to {target}"


@pytest.mark.parametrize("readme", READMES)
def test_a_readme_has_no_place_left_to_fill(readme):
    text = (ROOT / readme).read_text(encoding="utf-8")
    assert re.findall(r"^[A-Z]{5,}$|commit COMMIT|TODO", text, re.M) == []
