"""The runtime in an environment of its own, as on a device."""

import json
import subprocess
from pathlib import Path

import pytest

from helpers.installed import run_installed

DEVICE = Path(__file__).parents[2] / ".venv-device"
GOLDEN = Path(__file__).parents[1] / "golden"

pytestmark = pytest.mark.skipif(not DEVICE.exists(), reason="make setup builds .venv-device")


def python(*words: str) -> str:
    command = [DEVICE / "bin" / "python", *words]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_the_device_environment_holds_no_training_or_conversion_stack():
    names = python(
        "-c",
        "from importlib.metadata import distributions;"
        "print(*sorted(each.name.lower() for each in distributions()))",
    ).split()
    assert {"satchel", "numpy", "ai-edge-litert"} <= set(names)
    unwanted = {"tensorflow", "keras", "onnx", "scipy", "torch", "jax", "mediapipe", "rich"}
    unwanted |= {"cryptography"}
    assert unwanted & set(names) == set()


@pytest.mark.parametrize("engine", ["litert", "onnx"])
@pytest.mark.parametrize("recipe", ["digits", "reviews"])
def test_fresh_bundles_pass_their_self_test_on_the_device(carry, recipe, engine):
    words = ("selftest", carry(recipe).bundle, "--engine", engine, "--json")
    tested = run_installed(*words, environment=DEVICE.name)
    assert tested.returncode == 0, tested.stderr
    results = [json.loads(line) for line in tested.stdout.splitlines()]
    assert {result["engine"] for result in results} == {engine}
    assert len({result["file"] for result in results}) == 4


def test_an_image_and_a_sentence_are_classified_on_the_device():
    image = run_installed(
        "run", GOLDEN / "digits.satchel", GOLDEN / "seven.png", "--json", environment=DEVICE.name
    )
    assert json.loads(image.stdout)["predictions"][0]["label"] == "7", image.stderr
    sentence = run_installed(
        "run", GOLDEN / "reviews.satchel", "I loved it.", "--json", environment=DEVICE.name
    )
    assert json.loads(sentence.stdout)["predictions"][0]["label"] == "positive", sentence.stderr


def test_a_device_that_cannot_sign_tells_what_a_trusted_key_signed(tmp_path):
    key, bundle = tmp_path / "release", tmp_path / "signed.satchel"
    for words in (
        ("keygen", key),
        ("sign", GOLDEN / "digits.satchel", "--key", key, "--out", bundle),
    ):
        assert run_installed(*words).returncode == 0
    trust = ("--trust", f"{key}.pub")
    tested = run_installed("selftest", bundle, *trust, environment=DEVICE.name)
    assert tested.returncode == 0, tested.stderr
    unsigned = run_installed("selftest", GOLDEN / "digits.satchel", *trust, environment=DEVICE.name)
    assert unsigned.returncode == 2
    assert "got one without a signature" in unsigned.stderr
    tried = run_installed("sign", bundle, "--key", key, environment=DEVICE.name)
    assert tried.returncode == 2
    assert "pip install 'cryptography[ssh]'" in tried.stderr


def test_help_says_how_to_get_what_is_not_installed():
    shown = run_installed("--help", environment=DEVICE.name).stdout
    assert "convert    in a checkout of Satchel, pip install ./convert" in shown
