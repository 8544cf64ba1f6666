import subprocess
import sys

import pytest

from satchel.cli.program import main
from satchel_convert.errors import ModelFolderError
from satchel_convert.testing import assert_not_worse, assert_parity

TESTS = """
from satchel_convert.testing import assert_not_worse

def test_the_new_bundle(satchel_baseline):
    assert_not_worse({new!r}, satchel_baseline, samples={samples!r}, margin_points=25)

def test_another():
    pass
"""


@pytest.fixture(scope="module")
def bundle(images, tmp_path_factory):
    out = tmp_path_factory.mktemp("testing") / "bands.satchel"
    words = ("--formats", "onnx", "--schemes", "float32,full_int8")
    assert main(["convert", str(images.path), "--out", str(out), *words]) == 0
    return out


def test_parity_holds_or_names_every_model_that_is_off(bundle, images):
    assert_parity(bundle, images.path)
    with pytest.raises(AssertionError) as caught:
        assert_parity(bundle, images.path, float32_difference=0, strict=True)
    first, second = sorted(str(caught.value).splitlines())
    assert first.startswith("float32.onnx: a probability differs by")
    assert second.startswith("full_int8.onnx: accuracy drops")


def test_parity_with_another_models_folder_is_wrong_use(bundle, faces):
    with pytest.raises(ModelFolderError, match="Expected the bundle of the model folder faces"):
        assert_parity(bundle, faces.path)


def test_a_bundle_is_not_worse_than_itself(bundle, images):
    assert_not_worse(bundle, bundle, samples=images.path, strict=True)


@pytest.mark.parametrize(
    ("options", "expected"),
    [((), "1 passed, 1 skipped"), (("--satchel-baseline", "{bundle}"), "2 passed")],
    ids=["without", "with"],
)
def test_pytest_finds_the_plugin(bundle, images, tmp_path, options, expected):
    (tmp_path / "test_mine.py").write_text(TESTS.format(new=str(bundle), samples=str(images.path)))
    words = [sys.executable, "-m", "pytest", "-q", str(tmp_path)]
    words += [option.format(bundle=bundle) for option in options]
    done = subprocess.run(words, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert expected in done.stdout
