"""The library of training: a script of a few lines, without the command."""

import ast
import os
import re
import subprocess
import sys
from dataclasses import FrozenInstanceError, fields
from importlib import import_module
from pathlib import Path

import keras
import numpy as np
import pytest

import satchel_train
from satchel.errors import SatchelError
from satchel_train import (
    Cluster,
    DigitsSettings,
    FolderError,
    ImdbSettings,
    MnistSettings,
    ReviewsSettings,
    SettingsError,
    cross_validate,
    plan_training,
    train,
)
from satchel_train.recipe import RECIPES, load_recipe
from satchel_train.training_loop.checkpoint import checkpoint_path

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "guides" / "training-library.md"
SCRIPT = """
from satchel_train import DigitsSettings, train

seen = []
result = train("digits", DigitsSettings(seed=3, epochs=2), out="digits", on_progress=seen.append)
print(result.folder, result.evaluation_samples, result.parameters)
print(result.measured["test_accuracy"] > 0.5, len(result.history.epochs))
print(result.model.predict(__import__("numpy").zeros((1, 8, 8, 1)), verbose=0).shape)
first, *_, last = seen
print(first.done, last.done, last.total, last.epoch, last.epochs, sorted(last.measured))
"""


def run_script(code, folder):
    return subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False
    )


def test_a_script_of_ten_lines_trains_and_reads_the_result(tmp_path):
    done = run_script(SCRIPT, tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "digits 500 8970",
        "True 2",
        "(1, 10)",
        "0 70 70 2 2 ['accuracy', 'loss', 'seconds', 'val_accuracy', 'val_loss']",
    ]
    assert (tmp_path / "digits" / "model.keras").is_file()


def test_the_library_is_imported_without_keras_and_shows_its_names():
    code = "import sys, satchel_train; print({'keras', 'numpy', 'tensorflow'} & set(sys.modules))"
    assert run_script(code, ROOT).stdout == "set()\n"
    assert {"train", "stylize", "finetune", "MnistSettings"} <= set(dir(satchel_train))


def test_the_arguments_of_the_command_are_parsed_without_keras_and_numpy():
    code = (
        "import sys, satchel_train.commands.arguments;"
        " print({'keras', 'numpy', 'tensorflow'} & set(sys.modules))"
    )
    assert run_script(code, ROOT).stdout == "set()\n"


def test_the_face_offers_what_it_tells_type_checkers_and_hides_no_module():
    path = Path(satchel_train.__file__)
    blocks = [node for node in ast.parse(path.read_text()).body if isinstance(node, ast.If)]
    imports = [node for block in blocks for node in block.body]
    homes = {alias.asname: node.module for node in imports for alias in node.names}
    assert homes.keys() == set(dir(satchel_train)) == set(satchel_train.__all__)
    for name, module in homes.items():
        assert getattr(satchel_train, name) is getattr(import_module(module), name)
    assert not homes.keys() & {entry.stem for entry in path.parent.iterdir()}


def test_every_recipe_has_settings_of_its_own_in_the_face():
    kinds = [load_recipe(name).settings for name in RECIPES]
    assert len(set(kinds)) == len(RECIPES)
    for kind in kinds:
        assert getattr(satchel_train, kind.__name__) is kind
        assert all(field.kw_only for field in fields(kind))


def test_settings_do_not_change():
    with pytest.raises(FrozenInstanceError):
        DigitsSettings().seed = 8


def test_the_library_and_the_command_train_the_same_model_to_the_bit_and_quietly(tmp_path):
    result = train("digits", DigitsSettings(seed=3, epochs=1), out=tmp_path / "library")
    words = ["digits", "--seed", "3", "--epochs", "1", "--out", str(tmp_path / "command")]
    command = Path(sys.executable).with_name("satchel")
    loud = {name: value for name, value in os.environ.items() if name != "TF_CPP_MIN_LOG_LEVEL"}
    done = subprocess.run(
        [command, "train", *words], env=loud, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    # Nothing of TensorFlow's and absl's is between the lines.
    device, epoch = done.stderr.splitlines()
    assert (device[:5], epoch[:9]) == ("cpu (", "epoch 1/1")
    model = keras.models.load_model(tmp_path / "command" / "model.keras")
    for one, other in zip(result.model.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    ("kind", "values", "message"),
    [
        (MnistSettings, {"seed": -1}, "Expected a seed from 0 to 4294967295, got -1."),
        (MnistSettings, {"seed": 2**32}, "Expected a seed from 0 to 4294967295, got 4294967296."),
        (MnistSettings, {"seed": "7"}, "Expected int as seed, got '7'."),
        (MnistSettings, {"seed": True}, "Expected int as seed, got True."),
        (MnistSettings, {"epochs": 0}, "Expected at least 1 as epochs, got 0."),
        (MnistSettings, {"epochs": 1.5}, "Expected int as epochs, got 1.5."),
        (MnistSettings, {"model": "mpl"}, "Expected model of mlp, separable; got 'mpl'."),
        (MnistSettings, {"model": None}, "Expected model of mlp, separable; got None."),
        (MnistSettings, {"schedule": "sine"}, "Expected schedule of constant, cosine, "),
        (MnistSettings, {"optimizer": "adm"}, "Expected optimizer of sgd, momentum, "),
        (MnistSettings, {"data_dir": "data"}, "Expected Path as data_dir, got 'data'."),
        (MnistSettings, {"quantization_aware": 1}, "Expected bool as quantization_aware, got 1."),
        (
            MnistSettings,
            {"learning_rate": 0},
            "Expected a learning_rate above 0 and finite, got 0.",
        ),
        (MnistSettings, {"learning_rate": float("nan")}, "above 0 and finite, got nan."),
    ],
)
def test_a_setting_that_is_none_is_refused_when_it_is_said(kind, values, message):
    with pytest.raises(SettingsError, match=re.escape(message)):
        kind(**values)


@pytest.mark.parametrize(
    ("recipe", "settings", "message"),
    [
        ("mnits", MnistSettings(), "Expected a recipe of digits, mnist, .*; got 'mnits'"),
        ("mnist", DigitsSettings(), "Expected MnistSettings for mnist, got DigitsSettings"),
        (
            "imdb",
            ImdbSettings(model="lasso", optimizer="adam"),
            "Expected no optimizer for imdb with the model lasso: it only applies to digits",
        ),
    ],
)
def test_settings_that_do_not_fit_the_recipe_are_refused(tmp_path, recipe, settings, message):
    with pytest.raises(SettingsError, match=message):
        train(recipe, settings, out=tmp_path / "model")


def test_a_study_is_of_a_classifier_and_without_fine_tuning():
    with pytest.raises(SettingsError, match="trains by epochs, got imdb with the model lasso"):
        cross_validate("imdb", ImdbSettings(model="lasso"), folds=2)
    with pytest.raises(SettingsError, match="one of a study and quantization_aware, got both"):
        cross_validate("digits", DigitsSettings(quantization_aware=True), folds=2)


def test_several_machines_train_by_tensorflow(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    cluster = Cluster(("127.0.0.1:1", "127.0.0.1:2"), 0)
    with pytest.raises(
        SettingsError, match=r"the tensorflow backend for several workers, .* 'jax'"
    ):
        train("digits", DigitsSettings(), out=tmp_path / "model", cluster=cluster)


def test_a_plan_refuses_to_replace_a_model_before_anything_slow(tmp_path):
    code = (
        "import sys\n"
        "from satchel_train import DigitsSettings, FolderError, plan_training\n"
        "try: plan_training('digits', DigitsSettings(), out='model')\n"
        "except FolderError as error: print(error)\n"
        "print({'keras', 'tensorflow', 'sklearn', 'matplotlib'} & set(sys.modules))\n"
    )
    for name in ("model.keras", "card.json", "samples", "training.json"):
        (tmp_path / "model").mkdir(exist_ok=True)
        (tmp_path / "model" / name).write_bytes(b"")
    said, heavy = run_script(code, tmp_path).stdout.splitlines()
    assert said == (
        "Expected a new or empty folder, got 'model' with a trained model in it:"
        " replace it (--replace), or choose another folder."
    )
    assert heavy == "set()"
    assert plan_training("digits", DigitsSettings(), out=tmp_path / "model", replace=True)


def interrupt(after):
    """Return a callback that stops the training behind so many epochs, as Ctrl-C does."""

    def told(progress):
        if progress.epoch == after and progress.done > after * progress.total // progress.epochs:
            raise KeyboardInterrupt

    return told


def test_an_interrupted_replacement_goes_on_without_a_word_of_replacing(tmp_path):
    out, settings = tmp_path / "model", ReviewsSettings(epochs=3)
    straight = train("reviews", settings, out=out)
    before = (out / "training.json").read_bytes()
    with pytest.raises(KeyboardInterrupt):
        train("reviews", settings, out=out, replace=True, on_progress=interrupt(2))
    assert (out / "training.json").read_bytes() == before
    assert checkpoint_path(out).exists()
    with pytest.raises(SettingsError, match=r"Expected no interrupted training in .* \(--resume\)"):
        train("reviews", settings, out=out, replace=True)
    resumed = train("reviews", settings, out=out, resume=True)
    for one, other in zip(straight.model.get_weights(), resumed.model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert (out / "training.json").read_bytes() != before
    assert not checkpoint_path(out).exists()
    with pytest.raises(SettingsError, match="Expected an interrupted training to resume in"):
        train("reviews", settings, out=out, resume=True)


def test_a_model_that_came_meanwhile_is_not_lost(tmp_path):
    out = tmp_path / "model"

    def write_another(progress):
        if progress.measured:
            out.mkdir(exist_ok=True)
            for name in ("model.keras", "card.json", "samples", "training.json"):
                (out / name).write_bytes(b"another training's")

    with pytest.raises(FolderError, match="with a trained model in it"):
        train("digits", DigitsSettings(epochs=1), out=out, on_progress=write_another)
    assert (out / "model.keras").read_bytes() == b"another training's"
    assert checkpoint_path(out).exists()


def test_every_error_of_the_library_is_of_one_tree():
    errors = [
        value
        for name in dir(satchel_train)
        if name.endswith("Error")
        for value in [getattr(satchel_train, name)]
    ]
    defined = [value for name, value in vars(satchel_train.errors).items() if "Error" in name]
    assert {*errors} == {*defined} - {SatchelError}
    assert all(issubclass(error, SatchelError) for error in errors)


def test_the_guides_examples_run_and_are_typed(tmp_path):
    blocks = re.findall(r"^```python\n(.*?)^```$", GUIDE.read_text(encoding="utf-8"), re.M | re.S)
    assert len(blocks) >= 3
    (tmp_path / "guide.py").write_text("\n".join(blocks), encoding="utf-8")
    done = run_script((tmp_path / "guide.py").read_text(), tmp_path)
    assert done.returncode == 0, done.stderr
    words = ["mypy", "--strict", "--config-file", ROOT / "pyproject.toml", "guide.py"]
    checked = subprocess.run(
        [sys.executable, "-m", *words],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert checked.returncode == 0, checked.stdout
