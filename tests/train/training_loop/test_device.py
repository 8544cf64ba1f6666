import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from helpers.trainings import run_train
from satchel_train.errors import DeviceError
from satchel_train.recipe import RECIPES, load_recipe
from satchel_train.recipes.digits import DigitsSettings
from satchel_train.recipes.faces import FacesSettings
from satchel_train.recipes.imdb import ImdbSettings
from satchel_train.recipes.style import StyleSettings
from satchel_train.training_loop import device as module
from satchel_train.training_loop.device import Backend, Device, choose_device, choose_precision

CPU = Device("cpu", "x86_64, 2 cores")
GPU = Device("cuda", "NVIDIA H200", (9, 0))


@pytest.fixture
def machine(monkeypatch):
    """Return what makes this machine have some devices, and notes which one is used."""
    used = []

    def have(*devices):
        monkeypatch.setenv("KERAS_BACKEND", "tensorflow")
        monkeypatch.setitem(module.PROBES, "tensorflow", lambda: list(devices))
        monkeypatch.setitem(module._USE, "tensorflow", used.append)
        return used

    return have


def test_the_fastest_is_taken_unless_another_is_asked_for(machine):
    used = machine(GPU, CPU)
    assert choose_device("auto") == choose_device("cuda") == GPU
    assert choose_device("cpu") == CPU
    assert used == [GPU, GPU, CPU]


def test_all_devices_of_a_kind_are_taken_with_what_all_of_them_can_do(machine):
    used = machine(GPU, GPU._replace(name="V100", capability=(7, 0)), GPU, CPU)
    expected = Device("cuda", "NVIDIA H200 and V100", (7, 0), 3)
    assert choose_device("auto") == choose_device("cuda") == expected
    assert choose_precision("auto", expected) == "mixed_float16"
    assert choose_device("cpu") == CPU
    assert used == [expected, expected, CPU]


@pytest.mark.parametrize(
    ("backend", "settings", "expected"),
    [
        ("tensorflow", DigitsSettings(), 2),
        ("tensorflow", FacesSettings(), 2),
        ("tensorflow", StyleSettings(style=Path("x.png")), 1),
        ("tensorflow", ImdbSettings(model="lasso"), 1),
        ("jax", DigitsSettings(), 1),
        ("torch", DigitsSettings(), 1),
    ],
)
def test_all_devices_train_where_backend_and_recipe_can(backend, settings, expected):
    found = Backend(backend, GPU._replace(present=2), "float32")
    recipe = next(
        load_recipe(name) for name in RECIPES if load_recipe(name).settings is type(settings)
    )
    assert recipe.devices_used(settings, found) == expected


@pytest.mark.parametrize(("kind", "hint"), [("cuda", "NVIDIA"), ("metal", "on a Mac")])
def test_a_device_that_is_not_there_is_refused_with_what_was_found(machine, kind, hint):
    used = machine(CPU)
    with pytest.raises(DeviceError, match=f"Expected a {kind} device .* got cpu .*{hint}"):
        choose_device(kind)
    assert used == []


@pytest.mark.parametrize(
    ("backend", "kind", "hint"),
    [
        ("tensorflow", "cuda", r"pip install 'tensorflow\[and-cuda\]' beside"),
        ("jax", "cuda", r"pip install 'jax\[cuda12\]' beside"),
        ("torch", "cuda", "pip install torch on Linux"),
        ("tensorflow", "metal", "pip install tensorflow-metal 'tensorflow<2.20'"),
        (
            "jax",
            "metal",
            "pip install torch on a Mac with an Apple GPU, and set KERAS_BACKEND=torch",
        ),
    ],
)
def test_the_hint_for_a_device_is_for_the_backend_that_is_used(monkeypatch, backend, kind, hint):
    monkeypatch.setenv("KERAS_BACKEND", backend)
    monkeypatch.setitem(module.PROBES, backend, lambda: [CPU])
    with pytest.raises(DeviceError, match=f"a {kind} device for the {backend} backend.*: {hint}"):
        choose_device(kind)


def test_the_backend_of_a_keras_that_is_imported_already_is_the_one_that_is_used(monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")
    monkeypatch.delenv("KERAS_BACKEND")
    imported = SimpleNamespace(backend=SimpleNamespace(backend=lambda: "jax"))
    monkeypatch.setitem(sys.modules, "keras", imported)
    monkeypatch.setitem(module.PROBES, "jax", lambda: [CPU])
    with pytest.raises(DeviceError, match="Expected a cuda device for the jax backend"):
        choose_device("cuda")


def test_this_machine_has_a_processor(monkeypatch):
    assert module.PROBES["tensorflow"]()[-1].kind == "cpu"


def test_a_backend_that_is_unknown_or_not_installed_is_refused(monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "theano")
    with pytest.raises(DeviceError, match="Expected KERAS_BACKEND of tensorflow, torch, jax"):
        choose_device("auto")

    def missing():
        raise ImportError("No module named 'torch'")

    monkeypatch.setenv("KERAS_BACKEND", "torch")
    monkeypatch.setitem(module.PROBES, "torch", missing)
    with pytest.raises(DeviceError, match="it is not installed: pip install torch"):
        choose_device("auto")


@pytest.mark.parametrize(
    ("device", "expected"),
    [
        (CPU, "float32"),
        (Device("metal", "arm64 GPU"), "float32"),
        (GPU, "mixed_bfloat16"),
        (Device("cuda", "V100", (7, 0)), "mixed_float16"),
        (Device("cuda", "GTX 1080", (6, 1)), "float32"),
    ],
)
def test_precision_is_mixed_where_the_hardware_is_made_for_it(device, expected):
    assert choose_precision("auto", device) == expected
    assert choose_precision("float32", device) == "float32"


def test_a_model_trained_in_mixed_precision_comes_out_in_float32(tmp_path, capsys):
    import keras

    words = ("--epochs", 2, "--precision", "mixed_bfloat16", "--device", "cpu")
    assert run_train("digits", "--out", tmp_path / "model", *words) == 0
    assert "cpu (" in capsys.readouterr().err
    model = keras.models.load_model(tmp_path / "model" / "model.keras")
    assert {layer.dtype_policy.name for layer in model.layers} == {"float32"}
    assert keras.config.dtype_policy().name == "float32"
    assert b'"precision": "mixed_bfloat16"' in (tmp_path / "model" / "training.json").read_bytes()
