"""A student learns the scores of its teacher, and the teacher learns nothing."""

import keras
import numpy as np
import pytest
from scipy.special import log_softmax, softmax

from helpers.trainings import run_train
from satchel_train.data.inputs import Examples
from satchel_train.errors import SettingsError
from satchel_train.fitting.execution import Execution
from satchel_train.recipe import load_recipe
from satchel_train.recipes.digits import DigitsSettings
from satchel_train.students.distillation import TEMPERATURE, softened_loss, taught_by
from satchel_train.training_loop.checkpoint import Checkpoint
from satchel_train.training_loop.fit import fit, make_reproducible
from satchel_train.training_loop.hyper_parameters import HyperParameters
from satchel_train.training_loop.replicas import scope_of, several_devices


def classifier(seed, *, name):
    keras.utils.set_random_seed(seed)
    inputs = keras.Input((4,))
    values = keras.layers.Dense(8, activation="relu")(inputs)
    values = keras.layers.Dropout(0.2)(values)
    return keras.Model(inputs, keras.layers.Dense(3, activation="softmax")(values), name=name)


def some_examples(*, labels=None):
    inputs = np.random.default_rng(0).normal(size=(64, 4)).astype(np.float32)
    return Examples(inputs, (np.arange(64) % 3).astype(np.int32) if labels is None else labels)


def test_the_loss_is_the_relative_entropy_at_the_temperature():
    random = np.random.default_rng(0)
    teacher, student = random.normal(size=(2, 5, 4)) * 3
    wanted = softmax(teacher / TEMPERATURE, axis=1)
    apart = log_softmax(teacher / TEMPERATURE, 1) - log_softmax(student / TEMPERATURE, 1)
    expected = TEMPERATURE * (wanted * apart).sum(1)
    scores = [softmax(logits, axis=1).astype(np.float32) for logits in (teacher, student)]
    np.testing.assert_allclose(np.asarray(softened_loss(*scores)), expected, rtol=1e-4)
    np.testing.assert_allclose(np.asarray(softened_loss(scores[0], scores[0])), 0, atol=1e-6)
    # A score of 0 has no logarithm.
    assert np.isfinite(np.asarray(softened_loss(np.eye(4, dtype="float32"), scores[1][:4]))).all()


def distilled(*, epochs, checkpoint=None, replicas=None):
    make_reproducible(7)
    with scope_of(replicas):
        teacher, student = classifier(1, name="teacher"), classifier(2, name="student")
        learner = taught_by(teacher, student)
    before = [array.copy() for array in teacher.get_weights()]
    history = fit(
        learner,
        train=some_examples(),
        validation=some_examples(),
        hyper=HyperParameters(epochs=epochs, batch_size=16, learning_rate=1e-2),
        seed=7,
        execution=Execution(checkpoint=checkpoint, workers=replicas),
    )
    assert all((a == b).all() for a, b in zip(before, teacher.get_weights(), strict=True))
    return teacher, student, history


def test_a_student_comes_to_score_as_its_teacher_does():
    teacher, student, history = distilled(epochs=60)
    inputs = some_examples().inputs
    untaught = classifier(2, name="student")
    apart = [
        float(np.mean(softened_loss(teacher(inputs), model(inputs))))
        for model in (untaught, student)
    ]
    # The labels are noise, so nothing else could have brought the two together.
    assert apart[1] < apart[0] / 2
    # Validation counts the labels alone: it is measured without the teacher.
    scores = np.asarray(student(inputs))
    labels = some_examples().labels
    crossed = -np.log(scores[np.arange(64), labels]).mean()
    assert history.epochs[-1].val_loss == pytest.approx(crossed, rel=1e-4)


def test_an_interrupted_training_with_a_teacher_is_resumed_to_the_bit(tmp_path):
    _, straight, _ = distilled(epochs=3)
    identity = {"recipe": "x"}

    class StoppedError(Exception):
        pass

    class Stopping(Checkpoint):
        def save(self, arrays, progress):
            super().save(arrays, progress)
            if len(progress) == 2:
                raise StoppedError

    with pytest.raises(StoppedError):
        distilled(epochs=3, checkpoint=Stopping(tmp_path / "x.checkpoint", identity))
    _, resumed, _ = distilled(epochs=3, checkpoint=Checkpoint(tmp_path / "x.checkpoint", identity))
    for one, other in zip(straight.get_weights(), resumed.get_weights(), strict=True):
        assert one.tobytes() == other.tobytes()


def test_several_devices_count_the_teachers_loss_as_one_does():
    _, _, alone = distilled(epochs=1)
    _, _, several = distilled(epochs=1, replicas=several_devices("cpu"))
    # Dropout draws other numbers there.
    assert several.epochs[0].loss == pytest.approx(alone.epochs[0].loss, rel=0.1)
    assert several.epochs[0].val_loss == pytest.approx(alone.epochs[0].val_loss, rel=0.1)


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    folder = tmp_path_factory.mktemp("teacher") / "digits"
    assert run_train("digits", "--out", folder, "--epochs", 2) == 0
    return folder


def test_the_command_trains_a_student_and_writes_only_the_student(tmp_path, digits):
    out = tmp_path / "student"
    assert run_train("digits", "--out", out, "--epochs", 1, "--teacher", digits) == 0
    model = keras.models.load_model(out / "model.keras", safe_mode=True)
    assert model.count_params() == keras.models.load_model(digits / "model.keras").count_params()
    plain = load_recipe("digits").prepare(DigitsSettings(epochs=1))
    make_reproducible(7)
    alone, _ = plain.fit()
    assert (alone.get_weights()[0] != model.get_weights()[0]).any()


def test_the_command_says_how_many_layers_took_weights(tmp_path, digits, capsys):
    out = tmp_path / "again"
    words = ("--epochs", 1, "--learning-rate", 1e-12, "--init-from", digits)
    assert run_train("digits", "--out", out, *words) == 0
    assert "initialized layers 3" in capsys.readouterr().out
    for one, other in zip(
        keras.models.load_model(digits / "model.keras").get_weights(),
        keras.models.load_model(out / "model.keras").get_weights(),
        strict=True,
    ):
        np.testing.assert_allclose(one, other, atol=1e-8)


@pytest.mark.parametrize("option", ["--teacher", "--init-from"])
def test_what_trains_without_epochs_has_neither(tmp_path, data_dir, option):
    words = ("--model", "lasso", "--data-dir", data_dir, option, tmp_path)
    with pytest.raises(SettingsError, match=f"Expected no {option} for imdb --model lasso"):
        run_train("imdb", "--out", tmp_path / "model", *words)
