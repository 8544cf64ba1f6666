"""Every recipe has a case: the ``trained`` fixture trains each, for a moment."""

import argparse
import json
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from helpers.trainings import every_model, run_train
from satchel.errors import SatchelError
from satchel_train import recipes
from satchel_train.commands.arguments import FLAGS, add_arguments
from satchel_train.errors import DataError, FolderError, SettingsError
from satchel_train.recipe import RECIPES, load_recipe

REQUIRED = {
    "imagenet": ("--data-dir", "pictures"),
    "photos": ("--data-dir", "pictures"),
    "style": ("--style", "picture.png"),
}
"""What a recipe cannot do without"""

IMAGENET = tuple("crane" if number in (134, 517) else f"thing {number}" for number in range(1000))
CASES = {
    # Recipe and model: the labels, or the image's shape, and the shape of the model's input, or of
    # each of its inputs.
    ("digits", None): (tuple("0123456789"), (8, 8, 1)),
    ("mnist", "mlp"): (tuple("0123456789"), (28, 28, 1)),
    ("mnist", "separable"): (tuple("0123456789"), (28, 28, 1)),
    ("cifar100", None): (tuple(f"thing_{number}" for number in range(100)), (32, 32, 3)),
    ("imagenet", "resnet50"): (IMAGENET, (32, 32, 3)),
    ("imagenet", "efficientnet_lite0"): (IMAGENET, (32, 32, 3)),
    ("photos", "mobilenet_v3_small"): (
        ("crane (n00000134)", "n00000517", "thing_3"),
        (32, 32, 3),
    ),
    ("style", None): ((32, 32, 3), (32, 32, 3)),
    ("faces", None): ((32, 32, 3), (64,)),
    ("reviews", None): (("negative", "positive"), (64,)),
    ("imdb", "mlp"): (("negative", "positive"), (512,)),
    ("imdb", "rnn"): (("negative", "positive"), (256,)),
    ("imdb", "lstm"): (("negative", "positive"), (512,)),
    ("imdb", "transformer"): (("negative", "positive"), (512,)),
    ("imdb", "bert"): (("negative", "positive"), [(768,), (768,), (768,)]),
    ("imdb", "lasso"): (("negative", "positive"), (1024,)),
    ("imdb", "lasso_bigrams"): (("negative", "positive"), (1024,)),
}


def test_every_recipe_folder_is_listed_and_every_model_has_a_case():
    package = Path(recipes.__file__).parent
    folders = {path.parent.name for path in package.glob("*/__init__.py")}
    assert folders == RECIPES.keys()
    assert set(every_model()) == CASES.keys()


def test_every_recipe_knows_its_own_name():
    for name in RECIPES:
        assert load_recipe(name).name == name


def test_every_recipe_ends_in_the_model_that_its_case_names(trained):
    import keras

    prediction, shape = CASES[trained.recipe, trained.model]
    model = keras.models.load_model(trained.folder / "model.keras", safe_mode=True)
    output = trained.json("card.json")["output"]
    several = isinstance(shape, list)
    shapes = [(None, *each) for each in (shape if several else [shape])]
    assert model.input_shape == (shapes if several else shapes[0])
    if output["kind"] == "image":
        assert model.output_shape == (None, *prediction)
        assert (output["height"], output["width"], output["channels"]) == prediction
    else:
        assert model.output_shape == (None, len(prediction))
        assert tuple(output["labels"]) == prediction
    kinds = {type(layer).__module__.split(".")[0] for layer in model.layers}
    assert kinds == {"keras"}


@pytest.mark.parametrize("recipe", ["digits", "reviews"])
def test_the_same_seed_trains_the_same_model_to_the_bit(tmp_path, recipe):
    import keras

    weights = []
    for name in ("first", "second"):
        run_train(recipe, "--out", tmp_path / name, "--epochs", 1, "--seed", 3)
        model = keras.models.load_model(tmp_path / name / "model.keras")
        weights.append(b"".join(array.tobytes() for array in model.get_weights()))
    assert weights[0] == weights[1]
    first, second = (tree(tmp_path / name / "samples") for name in ("first", "second"))
    assert first == second


def tree(folder):
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_last_line_says_accuracy_seconds_folder_and_the_next_command(tmp_path, capsys):
    out = tmp_path / "my digits"
    assert run_train("digits", "--out", out, "--epochs", 1) == 0
    (line,) = capsys.readouterr().out.splitlines()
    share, interval = r"\d\d\.\d\d%", r" \(\d\d\.\d\d to \d\d\.\d\d%\)"
    assert re.match(
        rf"digits: test accuracy {share}{interval}, balanced accuracy {share}{interval},"
        r" least found: \d \(\d+ of \d+\) on 500 samples after ",
        line,
    )
    assert line.endswith(f"next: satchel convert '{out}' --out 'my digits.satchel'")


def test_json_is_all_that_is_on_standard_output(tmp_path, capsys):
    assert run_train("digits", "--out", tmp_path / "model", "--epochs", 1, "--json") == 0
    summary = json.loads(capsys.readouterr().out)
    assert summary["folder"] == str(tmp_path / "model")
    assert summary["recipe"] == "digits"
    assert 0 < summary["test_accuracy"] < 1
    assert summary["evaluation_samples"] == summary["evaluation"]["samples"] == 500
    assert summary["evaluation"]["accuracy"] == summary["test_accuracy"]
    assert len(summary["evaluation"]["labels"]) == 10


def test_the_creation_time_can_be_pinned(tmp_path, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    run_train("digits", "--out", tmp_path / "model", "--epochs", 1)
    card = json.loads((tmp_path / "model" / "card.json").read_bytes())
    assert card["provenance"]["created"] == "1970-01-01T00:00:00Z"


def test_the_data_folder_comes_from_the_environment_too(tmp_path, monkeypatch):
    monkeypatch.setenv("SATCHEL_DATA", str(tmp_path / "nowhere"))
    with pytest.raises(DataError, match=r"Expected mnist\.npz in .*nowhere.*: get it from https:"):
        run_train("mnist", "--out", tmp_path / "model", "--epochs", 1)


def test_a_wrong_out_is_refused_before_anything_is_read_or_trained(tmp_path):
    (tmp_path / "diary.txt").write_bytes(b"mine")
    with pytest.raises(FolderError, match=r"got .* with 'diary\.txt' in it") as caught:
        run_train("mnist", "--out", tmp_path, "--data-dir", tmp_path / "nowhere")
    assert isinstance(caught.value, SatchelError)


@pytest.mark.parametrize(
    ("recipe", "flag", "value"),
    [
        ("digits", "--features", "models/cifar100"),
        ("digits", "--weights", "none"),
        ("mnist", "--tta", None),
        ("faces", "--optimizer", "adam"),
        ("faces", "--style", "picture.png"),
        ("style", "--schedule", "cosine"),
        ("photos", "--loss-network", "models/cifar100"),
        ("imagenet", "--epochs", "2"),
        ("imagenet", "--learning-rate", "0.1"),
        ("digits", "--model", "mlp"),
    ],
)
def test_what_does_not_apply_to_a_recipe_is_refused(tmp_path, recipe, flag, value):
    words = (flag,) if value is None else (flag, value)
    with pytest.raises(SettingsError, match=f"Expected no {flag} for {recipe}: it only applies to"):
        run_train(recipe, "--out", tmp_path / "model", *REQUIRED.get(recipe, ()), *words)


@pytest.mark.parametrize("words", [("imagenet",), ("imdb", "--model", "lasso")])
def test_without_epochs_there_is_nothing_for_tensorboard(tmp_path, words):
    words = (*words, *REQUIRED.get(words[0], ()), "--out", tmp_path / "model")
    with pytest.raises(SettingsError, match=f"no tensorboard for {words[0]}.* train by epochs"):
        run_train(*words, "--tensorboard", tmp_path / "logs")


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["cats", "--out", "x"], "invalid choice: 'cats'"),
        ([], "the following arguments are required: RECIPE, --out"),
        (["digits"], "the following arguments are required: --out"),
        (["style"], "the following arguments are required: --out, --style"),
        (["photos"], "the following arguments are required: --out, --data-dir"),
        (["imagenet", "--out", "x"], "the following arguments are required: --data-dir"),
        (["digits", "--out", "x", "--epochs", "two"], "invalid int value: 'two'"),
    ],
)
def test_wrong_use_exits_with_2_and_a_reason(capsys, words, reason, monkeypatch):
    # Where it is set, it stands for --data-dir.
    monkeypatch.delenv("SATCHEL_DATA", raising=False)
    with pytest.raises(SystemExit) as caught:
        run_train(*words)
    assert caught.value.code == 2
    assert reason in capsys.readouterr().err


def test_data_in_the_environment_is_not_missing(tmp_path, monkeypatch):
    monkeypatch.setenv("SATCHEL_DATA", str(tmp_path / "nowhere"))
    with pytest.raises(DataError, match="nowhere"):
        run_train("photos", "--out", tmp_path / "model", "--weights", "none")


def test_every_setting_of_a_recipe_has_an_option_and_every_option_is_a_setting(monkeypatch):
    names = {field.name for name in RECIPES for field in fields(load_recipe(name).settings)}
    assert names == FLAGS.keys()
    monkeypatch.delenv("SATCHEL_DATA", raising=False)
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    said = vars(parser.parse_args(["digits", "--out", "x"]))
    # None: what is not said is left to the defaults of the settings.
    assert {name: said[name] for name in FLAGS} == dict.fromkeys(FLAGS)


def test_the_command_is_imported_without_anything_heavy():
    heavy = ["numpy", "scipy", "keras", "tensorflow", "matplotlib", "rich", "sklearn", "PIL"]
    commands = "satchel_train.commands.train, satchel_train.commands.stylize"
    code = f"import sys, {commands}; print(*(set({heavy}) & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
