import json
import re
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Literal

import pytest

from helpers.trainings import run_train
from satchel_train import CheckpointError, DigitsSettings, FolderError, SettingsError, search
from satchel_train.classification import Classification
from satchel_train.errors import DivergedError
from satchel_train.hyper_search import JOURNAL, STARTUP_TRIALS
from satchel_train.hyper_search_report import search_table, write_search
from satchel_train.hyper_search_space import (
    SearchSpace,
    augment_names,
    augment_of,
    augment_words,
)
from satchel_train.recipes.digits.training import HYPER
from satchel_train.settings import ClassifierSettings
from satchel_train.training_loop.progress import Progress

SETTINGS = DigitsSettings(seed=7, epochs=3)


class Stop(Exception):  # noqa: N818  no error: it ends a program
    """Ends a search, as a power cut does."""


@pytest.fixture
def fitted(monkeypatch):
    """Replace the training by a formula: best at a rate of 0.01 and a decay of 0.001."""
    seen = []

    def fit(self, execution):
        settings = self.settings
        seen.append(settings)
        rate, decay = self.chosen_hyper().learning_rate, self.chosen_hyper().weight_decay
        reached = 0.9 - 10 * abs(rate - 0.01) - abs(decay - 0.001) - 0.001 * settings.seed
        for epoch in range(1, settings.epochs + 1):
            measured = {"val_accuracy": reached * epoch / settings.epochs}
            progress = Progress(epoch, settings.epochs, epoch, settings.epochs, measured)
            execution.on_progress(progress)
        return reached, None

    def accuracy(_self, model, samples):
        assert len(samples.labels) == 200, "only the validation part is measured"
        return model

    monkeypatch.setattr(Classification, "fit", fit)
    monkeypatch.setattr(Classification, "accuracy", accuracy)
    return seen


def test_the_first_trial_is_the_recipes_own_and_the_best_one_is_better(fitted, tmp_path):
    found = search("digits", SETTINGS, trials=20, seeds=2, out=tmp_path)
    first, *others = found.trials
    own = {"learning_rate": 2e-3, "weight_decay": 0.0, "augment": "own"}
    assert first.parameters == own
    assert len(others) == 19
    assert found.best.accuracy == max(trial.accuracy or 0 for trial in found.trials)
    assert found.best.accuracy > first.accuracy + 0.02
    assert found.settings.learning_rate == pytest.approx(0.01, rel=0.5)
    assert (found.settings.seed, found.settings.epochs) == (7, 3)


def test_the_augmentation_of_a_trial_is_trained_with_on_the_same_samples(monkeypatch, tmp_path):
    seen = []

    def fit(self, execution):
        seen.append((self.settings.augment, self.augment, self.parts))
        execution.on_progress(Progress(1, 1, 1, 1, {"val_accuracy": 0.5}))
        return None, None

    monkeypatch.setattr(Classification, "fit", fit)
    monkeypatch.setattr(Classification, "accuracy", lambda *_: 0.5)
    search("digits", SETTINGS, trials=5, seeds=1, out=tmp_path)
    assert len({chosen for chosen, *_ in seen}) > 2
    for chosen, made, parts in seen:
        assert parts is seen[0][2]
        assert (() if made is None else made.names) == (chosen or ())


def test_a_trial_is_the_mean_of_its_seeds_and_a_poor_one_is_stopped(fitted, tmp_path):
    found = search("digits", SETTINGS, trials=20, seeds=3, out=tmp_path)
    first = found.trials[0]
    assert len(first.accuracies) == 3
    assert first.accuracy == pytest.approx(sum(first.accuracies) / 3)
    assert [settings.seed for settings in fitted[:3]] == [7, 8, 9]
    stopped = [trial for trial in found.trials if trial.accuracy is None]
    assert stopped
    assert all(trial.number > STARTUP_TRIALS for trial in stopped)
    assert all(trial.accuracies == [] and trial.epochs < 3 for trial in stopped)
    # A stopped trial has begun with one of its seeds only.
    assert len(fitted) == 3 * len(found.trials) - 2 * len(stopped)


@pytest.mark.parametrize("moment", [2, 9, 20])
def test_an_interrupted_search_that_is_resumed_finds_what_an_uninterrupted_one_does(
    fitted, tmp_path, moment
):
    expected = search("digits", SETTINGS, trials=8, seeds=2, out=tmp_path / "whole")
    calls = []

    def cut(progress):
        calls.append(progress)
        if len(calls) == moment:
            raise Stop

    with pytest.raises(Stop):
        search("digits", SETTINGS, trials=8, seeds=2, out=tmp_path / "cut", on_progress=cut)
    resumed = search("digits", SETTINGS, trials=8, seeds=2, out=tmp_path / "cut", resume=True)
    assert resumed == expected


def test_a_search_may_be_resumed_for_more_trials_and_does_not_repeat_any(fitted, tmp_path):
    search("digits", SETTINGS, trials=3, seeds=1, out=tmp_path)
    before = len(fitted)
    found = search("digits", SETTINGS, trials=5, seeds=1, out=tmp_path, resume=True)
    assert len(found.trials) == 5
    assert len(fitted) == before + 2


def test_a_trial_that_diverges_is_counted_as_stopped_and_an_error_if_all_do(monkeypatch, tmp_path):
    def fit(self, execution):
        rate = self.chosen_hyper().learning_rate
        if rate > limit:
            raise DivergedError("Expected finite losses.", epoch=1)
        execution.on_progress(Progress(1, 1, 1, 1, {"val_accuracy": rate}))
        return rate, None

    monkeypatch.setattr(Classification, "fit", fit)
    monkeypatch.setattr(Classification, "accuracy", lambda _self, model, _samples: model)
    limit = 0.005
    found = search("digits", SETTINGS, trials=6, seeds=1, out=tmp_path / "some")
    diverged = [trial for trial in found.trials if trial.parameters["learning_rate"] > limit]
    assert diverged
    assert all((trial.accuracy, trial.epochs) == (None, 0) for trial in diverged)
    assert found.best.accuracy <= limit
    limit = 0
    with pytest.raises(DivergedError, match="all 2 diverged: choose a lower --learning-rate"):
        search("digits", SETTINGS, trials=2, seeds=1, out=tmp_path / "all")


def test_a_setting_that_the_user_chose_is_kept(fitted, tmp_path):
    settings = DigitsSettings(seed=7, epochs=3, learning_rate=0.5)
    found = search("digits", settings, trials=4, seeds=1, out=tmp_path)
    assert {each.learning_rate for each in fitted} == {0.5}
    assert all(trial.parameters.keys() == {"weight_decay", "augment"} for trial in found.trials)
    every = DigitsSettings(learning_rate=0.5, weight_decay=0.0, augment=("shift",))
    with pytest.raises(SettingsError, match="got a value for each: leave one out"):
        search("digits", every, trials=4, out=tmp_path / "none")


def test_a_search_that_is_there_is_not_overwritten_and_none_is_not_resumed(fitted, tmp_path):
    with pytest.raises(SettingsError, match=r"Expected a search to resume in .*got no such file"):
        search("digits", SETTINGS, trials=1, out=tmp_path, resume=True)
    search("digits", SETTINGS, trials=1, seeds=1, out=tmp_path)
    with pytest.raises(SettingsError, match=r"Expected no search in .*: resume it"):
        search("digits", SETTINGS, trials=1, seeds=1, out=tmp_path)


def test_the_journal_of_another_search_or_a_damaged_one_is_refused(fitted, tmp_path):
    search("digits", SETTINGS, trials=1, seeds=1, out=tmp_path)
    other = DigitsSettings(seed=7, epochs=4)
    with pytest.raises(CheckpointError, match=r"Expected a search with epochs 4 in .*with 3"):
        search("digits", other, trials=2, seeds=1, out=tmp_path, resume=True)
    (tmp_path / JOURNAL).write_bytes(b'{"no": "journal"}\n' * 3)
    with pytest.raises(CheckpointError, match="got a damaged or other file"):
        search("digits", SETTINGS, trials=2, seeds=1, out=tmp_path, resume=True)


@pytest.mark.parametrize(("name", "value"), [("trials", 0), ("seeds", 0)])
def test_no_trials_or_seeds_are_refused(tmp_path, name, value):
    counts = {"trials": 1, "seeds": 1, name: value}
    with pytest.raises(SettingsError, match=f"Expected at least 1 of {name}, got 0"):
        search("digits", SETTINGS, out=tmp_path, **counts)


def test_a_place_that_cannot_be_written_and_a_missing_optuna_are_one_line(tmp_path, monkeypatch):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(FolderError, match=r"Expected a folder to write, got .*file"):
        search("digits", SETTINGS, trials=1, out=tmp_path / "file")
    monkeypatch.setattr("satchel_train.hyper_search.find_spec", lambda name: None)
    with pytest.raises(SettingsError, match=r"got none: pip install optuna\."):
        search("digits", SETTINGS, trials=1, out=tmp_path)


def test_the_table_begins_with_the_best_and_the_files_hold_all_trials(fitted, tmp_path):
    found = search("digits", SETTINGS, trials=12, seeds=2, out=tmp_path)
    head, best, *_ = search_table(found).splitlines()
    assert head.split()[:3] == ["trial", "accuracy", "learning_rate"]
    assert best.split()[:2] == [str(found.best.number), f"{found.best.accuracy:.2%}"]
    assert len(search_table(found).splitlines()) == 13
    write_search(tmp_path / "new", found)
    content = json.loads((tmp_path / "new" / "search.json").read_bytes())
    assert content["best"]["accuracy"] == found.best.accuracy
    assert [trial["number"] for trial in content["trials"]] == list(range(1, 13))
    assert (tmp_path / "new" / "search.png").read_bytes().startswith(b"\x89PNG")


def test_augmentations_are_tried_one_and_two_at_a_time_beside_the_recipes_own():
    @dataclass(frozen=True, kw_only=True)
    class Augmented(ClassifierSettings):
        augment: tuple[Literal["shift", "mirror"], ...] | None = None

    assert augment_names(Augmented) == ("shift", "mirror")
    assert augment_names(ClassifierSettings) == ()
    words = augment_words(("shift", "mirror"))
    assert [augment_of(word) for word in words] == [
        *(None, (), ("shift",), ("mirror",), ("shift", "mirror"))
    ]
    space = SearchSpace(("augment",), HYPER, ("shift", "mirror"))
    trial = SimpleNamespace(suggest_categorical=lambda name, values: values[-1])
    assert space.draw(trial) == {"augment": ("shift", "mirror")}
    assert space.first() == {"augment": "own"}


def test_the_command_searches_prints_the_best_command_and_trains_with_it(tmp_path, capsys):
    words = ("--epochs", 1, "--search", 2, "--seeds", 1)
    assert run_train("digits", "--out", tmp_path / "found", *words) == 0
    *_, best = capsys.readouterr().out.splitlines()
    assert re.match(r"best: satchel train digits .*--epochs 1 --learning-rate 0\.", best)
    assert best.endswith(" --out DIR")
    again = best.removeprefix("best: satchel train digits ").removesuffix(" --out DIR").split()
    assert run_train("digits", "--out", tmp_path / "model", *again) == 0
    hyper = json.loads((tmp_path / "model" / "training.json").read_bytes())["hyper"]
    assert f"--learning-rate {hyper['learning_rate']}" in best
    capsys.readouterr()
    assert run_train("digits", "--out", tmp_path / "found", *words, "--resume", "--json") == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["trials"] == 2
    assert f"best: {shown['command']}" == best


@pytest.mark.parametrize("other", [("--folds", "2"), ("--replace",), ("--tensorboard", "logs")])
def test_a_search_with_something_else_is_refused(tmp_path, other):
    with pytest.raises(SettingsError, match=r"Expected one of .* and .*, got both"):
        run_train("digits", "--out", tmp_path, "--search", 2, *other)


def test_seeds_of_no_search_are_refused(tmp_path):
    with pytest.raises(
        SettingsError, match="Expected --compare-optimizers or --search with --seeds"
    ):
        run_train("digits", "--out", tmp_path, "--seeds", 2)
