import json
from dataclasses import replace

import pytest

from helpers.trainings import run_train
from satchel_train.classification import Classification
from satchel_train.cross_validation import fit_each, fit_folds
from satchel_train.cross_validation_report import cross_validation_table, write_cross_validation
from satchel_train.errors import FolderError, SettingsError
from satchel_train.fitting.execution import Execution
from satchel_train.recipes.digits import RECIPE, DigitsSettings


@pytest.fixture
def training():
    return RECIPE.prepare(DigitsSettings(seed=7, epochs=2))


def test_every_training_sample_is_held_out_once_and_never_trained_on_meanwhile(
    training, monkeypatch
):
    seen = []

    def fit(self, _execution):
        seen.append({image.tobytes() for image in self.parts.train.contents})
        return None, type("History", (), {"epochs": [], "kept": 0})

    def accuracy(self, model, samples):
        held_out.append({image.tobytes() for image in samples.contents})
        return 0.5

    held_out = []
    monkeypatch.setattr(Classification, "fit", fit)
    monkeypatch.setattr(Classification, "accuracy", accuracy)
    fit_folds(training, folds=5)
    everything = {image.tobytes() for image in training.parts.train.contents}
    assert set.union(*held_out) == everything
    for trained, tested in zip(seen, held_out, strict=True):
        assert not trained & tested
        assert trained | tested == everything


def test_folds_end_in_a_table_with_mean_and_spread_and_in_two_files(training, tmp_path):
    parts = []
    told = Execution(on_progress=lambda progress: parts.append(progress.part))
    cross_validation = fit_folds(training, folds=2, execution=told)
    assert list(dict.fromkeys(parts)) == ["fold 1 of 2", "fold 2 of 2"]
    assert [row.name for row in cross_validation.rows] == ["1", "2"]
    assert all(row.accuracy > 0.3 for row in cross_validation.rows)
    *_, last = cross_validation_table(cross_validation).splitlines()
    assert last.startswith("mean")
    assert last.endswith(" pp")
    write_cross_validation(tmp_path / "new", cross_validation)
    rows = json.loads((tmp_path / "new" / "folds.json").read_bytes())
    assert [row["fold"] for row in rows] == ["1", "2"]
    assert [len(row["history"]) for row in rows] == [2, 2]
    assert (tmp_path / "new" / "folds.png").read_bytes().startswith(b"\x89PNG")


def test_optimizers_begin_with_the_same_weights_and_each_with_its_own_rate(training):
    cross_validation = fit_each(training, ["sgd", "adam", "sgd"])
    first, other, again = (
        row.history.epochs[-1]._replace(seconds=0) for row in cross_validation.rows
    )
    assert first == again != other
    assert [line.split()[0] for line in cross_validation_table(cross_validation).splitlines()] == [
        *("optimizer", "sgd", "adam", "sgd")
    ]


def test_more_folds_than_the_rarest_label_has_samples_are_refused(training):
    with pytest.raises(SettingsError, match=r"Expected 2 to \d+ folds, .* got 1000"):
        fit_folds(training, folds=1000)


def test_a_place_that_cannot_be_written_is_named(training, tmp_path):
    (tmp_path / "file").write_bytes(b"")
    cross_validation = fit_each(training, ["sgd"])
    with pytest.raises(FolderError, match="Expected a folder to write, got"):
        write_cross_validation(tmp_path / "file", cross_validation)


def test_the_command_prints_the_table_and_leaves_the_models_folder_to_the_model(tmp_path, capsys):
    words = ("digits", "--out", tmp_path / "digits", "--epochs", 1)
    assert run_train(*words, "--folds", 2) == 0
    assert capsys.readouterr().out.startswith("fold ")
    compared = ("--compare-optimizers", "adam,lookahead", "--seeds", 2)
    assert run_train(*words, *compared, "--json") == 0
    assert list(json.loads(capsys.readouterr().out)) == ["adam", "lookahead"]
    assert run_train(*words) == 0
    assert {path.relative_to(tmp_path).as_posix() for path in tmp_path.glob("*/*.*")} >= {
        "digits.folds/folds.json",
        "digits.folds/folds.png",
        "digits.optimizers/optimizers.json",
        "digits.optimizers/optimizers.png",
        "digits/card.json",
    }


def test_optimizers_are_compared_over_several_seeds_and_with_their_rates(training):
    parts = []
    told = Execution(on_progress=lambda progress: parts.append(progress.part))
    study = fit_each(training, ["sgd", "adam"], seeds=2, execution=told)
    assert list(dict.fromkeys(parts)) == [
        f"{name}, seed {seed}" for name in ("sgd", "adam") for seed in (7, 8)
    ]
    for row in study.rows:
        first, second = row.runs
        assert (first.seed, second.seed) == (7, 8)
        assert first.history.epochs[-1].loss != second.history.epochs[-1].loss
        assert row.accuracy == (first.accuracy + second.accuracy) / 2
    header, sgd, adam = cross_validation_table(study).splitlines()
    assert "+- pp" in header
    assert header.endswith("default rate, not tuned")
    assert (sgd.split()[-1], adam.split()[-1]) == ("0.1", "0.001")


def test_a_rate_for_all_optimizers_is_not_called_their_default(training):
    settings = replace(training.settings, learning_rate=0.01, epochs=1)
    study = fit_each(replace(training, settings=settings), ["sgd"])
    header, sgd = cross_validation_table(study).splitlines()
    assert header.endswith("same rate for all, not tuned")
    assert sgd.split()[-1] == "0.01"


def test_an_optimizer_that_diverges_does_not_end_the_study(training, tmp_path):
    settings = replace(training.settings, learning_rate=1e30, epochs=1)
    study = fit_each(replace(training, settings=settings), ["sgd", "adam"])
    assert "sgd          diverged with seed 7" in cross_validation_table(study).splitlines()
    write_cross_validation(tmp_path, study)
    records = json.loads((tmp_path / "optimizers.json").read_bytes())
    sgd = next(record for record in records if record["optimizer"] == "sgd")
    assert sgd["accuracy"] is None
    assert sgd["diverged"].startswith("Expected a finite loss, got nan in step")


def test_seeds_without_a_comparison_are_refused(tmp_path):
    with pytest.raises(SettingsError, match="got --seeds alone"):
        run_train("digits", "--out", tmp_path / "digits", "--seeds", 2)


def test_a_place_for_a_study_is_looked_at_before_any_training(tmp_path):
    (tmp_path / "digits.folds").write_bytes(b"")
    with pytest.raises(FolderError, match=r"Expected a folder to write, got .*digits\.folds"):
        run_train("digits", "--out", tmp_path / "digits", "--folds", 2)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--folds", "1"], "expected a whole number of at least 2"),
        (["--compare-optimizers", "adam,speed"], "got 'speed'"),
        (["--compare-optimizers", "--seeds", "0"], "expected a whole number of at least 1"),
    ],
)
def test_a_wrong_study_is_wrong_use(tmp_path, capsys, words, reason):
    with pytest.raises(SystemExit) as caught:
        run_train("digits", "--out", tmp_path, *words)
    assert caught.value.code == 2
    assert reason in capsys.readouterr().err


@pytest.mark.parametrize(
    "other",
    [("--resume",), ("--replace",), ("--tensorboard", "logs"), ("--compare-optimizers", "adam")],
)
def test_a_study_with_something_else_is_refused(tmp_path, other):
    expected = f"Expected one of --folds and {other[0]}, got both"
    with pytest.raises(SettingsError, match=expected):
        run_train("digits", "--out", tmp_path, "--folds", 2, *other)
