import json
import re
from dataclasses import replace

import keras
import numpy as np
import pytest

from helpers.commands import run_satchel
from satchel.bundle.image_input import ImageInput
from satchel_train import DigitsSettings, train
from satchel_train.data.batches import drawn_batches
from satchel_train.data.inputs import Examples
from satchel_train.errors import CheckpointError, DivergedError
from satchel_train.fitting.execution import PLAIN, Execution
from satchel_train.generative.loss_model import build_loss_model
from satchel_train.networks.perceptron import build_perceptron
from satchel_train.training_loop.checkpoint import Checkpoint, checkpoint_path
from satchel_train.training_loop.divergence import divergence_guard
from satchel_train.training_loop.fit import fit, make_reproducible
from satchel_train.training_loop.history import StyleEpoch
from satchel_train.training_loop.hyper_parameters import HyperParameters
from satchel_train.training_loop.precision import dtype_policy
from satchel_train.training_loop.unsupervised import Course, fit_unsupervised

HYPER = HyperParameters(epochs=3, batch_size=8, learning_rate=1e-2)
FAR_TOO_HIGH = replace(HYPER, optimizer="sgd", learning_rate=1e30)


def some_examples(*, count=24, broken=None):
    """Return random examples; the one at ``broken`` is too large for a number of float32."""
    inputs = np.random.default_rng(0).random((count, 2, 2, 1)).astype(np.float32)
    labels = (inputs.sum(axis=(1, 2, 3)) > 2).astype(np.int32)
    if broken is not None:
        inputs[broken] = 3e38
    return Examples(inputs, labels)


def fit_tiny(train, *, hyper=HYPER, execution=PLAIN, validation=None):
    make_reproducible(7)
    with dtype_policy(execution.precision):
        model = build_perceptron(ImageInput(height=2, width=2, channels=1), hidden=(4,), labels=2)
    validation = validation or some_examples()
    history = fit(
        model, train=train, validation=validation, hyper=hyper, seed=7, execution=execution
    )
    return model, history


def held(checkpoint):
    """Return the weights in the checkpoint and its number of epochs."""
    arrays, progress = Checkpoint(checkpoint.path, checkpoint.training).load()
    assert all(np.isfinite(array).all() for array in arrays)
    return arrays, len(progress)


def test_a_training_ends_at_the_first_step_without_a_finite_loss():
    seen = []
    with pytest.raises(
        DivergedError, match=r"got nan in step \d of epoch 1 of 3 with .* 1e\+30: no"
    ):
        fit_tiny(some_examples(), hyper=FAR_TOO_HIGH, execution=Execution(on_progress=seen.append))
    assert not any(each.measured for each in seen)


def test_a_validation_loss_that_is_no_number_ends_it_after_the_epoch():
    with pytest.raises(DivergedError, match="Expected a finite val_loss, got nan after epoch 1"):
        fit_tiny(some_examples(), validation=some_examples(broken=3))


def test_the_checkpoint_keeps_the_last_good_weights_and_a_lower_rate_goes_on_from_them(tmp_path):
    checkpoint = Checkpoint(tmp_path / "a.checkpoint", {"seed": 7, "learning_rate": None})
    gentle = replace(FAR_TOO_HIGH, learning_rate=1e-2)
    first = replace(gentle, epochs=1)
    fit_tiny(some_examples(), hyper=first, execution=Execution(checkpoint=checkpoint))
    good, _ = held(checkpoint)
    with pytest.raises(DivergedError) as caught:
        fit_tiny(some_examples(), hyper=FAR_TOO_HIGH, execution=Execution(checkpoint=checkpoint))
    assert re.fullmatch(
        r"Expected a finite loss, got nan in step \d of epoch 2 of 3 with the learning rate 1e\+30:"
        r" the weights of the epoch before it are kept, go on with --resume and a lower"
        r" --learning-rate, such as 1e\+29\.",
        str(caught.value),
    )
    after, epochs = held(checkpoint)
    assert epochs == 1
    assert [a.tobytes() for a in good] == [a.tobytes() for a in after]
    again = Checkpoint(checkpoint.path, checkpoint.training)
    with pytest.raises(DivergedError, match="with which it did after epoch 1: give --resume a low"):
        fit_tiny(some_examples(), hyper=FAR_TOO_HIGH, execution=Execution(checkpoint=again))
    lower = Checkpoint(checkpoint.path, {"seed": 7, "learning_rate": 1e-3})
    gentler = replace(gentle, learning_rate=1e-3)
    model, history = fit_tiny(some_examples(), hyper=gentler, execution=Execution(checkpoint=lower))
    assert len(history.epochs) == 3
    assert float(model.optimizer.learning_rate) == pytest.approx(1e-3)
    assert lower.diverged == [1e30]


def test_another_rate_is_refused_where_nothing_diverged(tmp_path):
    path = tmp_path / "a.checkpoint"
    Checkpoint(path, {"learning_rate": 0.1}).save([], [])
    with pytest.raises(CheckpointError, match=r"with learning_rate 0\.2"):
        Checkpoint(path, {"learning_rate": 0.2}).load()


def test_weights_that_are_no_numbers_are_found_before_they_are_saved():
    model = build_perceptron(ImageInput(height=2, width=2, channels=1), hidden=(4,), labels=2)
    guard = divergence_guard(model, learning_rate=0.5, epochs=2, execution=PLAIN)
    guard.on_epoch_begin(0, None)
    guard.on_train_batch_end(0, {})
    guard.on_epoch_end(0, {"loss": 1.0})
    model.weights[0].assign(model.weights[0] * np.inf)
    with pytest.raises(DivergedError, match="Expected weights, got other numbers after epoch 1"):
        guard.on_epoch_end(0, {"loss": 1.0})


def test_weights_that_are_no_numbers_end_it_also_where_an_activation_hides_them():
    # TensorFlow's fused ReLU makes 0 of NaN, so that scores and losses stay finite.
    train = some_examples()
    train.inputs[3] = np.nan
    with pytest.raises(DivergedError, match=r"(of|after) epoch 1 of 3"):
        fit_tiny(train)


@pytest.mark.parametrize("precision", ["mixed_float16", "mixed_bfloat16"])
def test_steps_that_loss_scaling_skips_are_no_divergence(precision, monkeypatch):
    scaled = keras.optimizers.LossScaleOptimizer.__init__

    def begin_too_high(self, inner, initial_scale=2.0**15, **others):
        scaled(self, inner, initial_scale=2.0**30, **others)

    monkeypatch.setattr(keras.optimizers.LossScaleOptimizer, "__init__", begin_too_high)
    model, history = fit_tiny(some_examples(), execution=Execution(precision=precision))
    assert len(history.epochs) == 3
    if precision == "mixed_float16":
        assert float(model.optimizer.dynamic_scale.value) < 2.0**30
        assert int(model.optimizer.iterations) < 9


def test_a_model_without_labels_is_guarded_too(tmp_path):
    weight = keras.layers.Dense(1, use_bias=False)
    weight.build((None, 1))

    def losses(inputs):
        content = keras.ops.mean(weight(inputs))
        return {"content_loss": content, "style_loss": keras.ops.log(-keras.ops.abs(content))}

    make_reproducible(7)
    model = build_loss_model(
        {"weight": weight}, losses=losses, weights={"content_loss": 1.0, "style_loss": 1.0}
    )
    model.compile(optimizer=keras.optimizers.SGD(0.5))
    batches = drawn_batches(lambda r: r.random((2, 1)).astype(np.float32), count=2, seed=7)
    checkpoint = Checkpoint(tmp_path / "a.checkpoint", {})
    with pytest.raises(DivergedError, match=r"got nan in step 1 of epoch 1 of 2 .* rate 0\.5: no"):
        fit_unsupervised(
            model,
            batches,
            course=Course(),
            epochs=2,
            epoch_type=StyleEpoch,
            measure=lambda number, losses, seconds: StyleEpoch(0, 0, seconds),
            execution=Execution(checkpoint=checkpoint),
        )
    assert not checkpoint.path.exists()


def test_the_command_ends_in_one_line(tmp_path, capsys):
    words = ("--optimizer", "sgd", "--learning-rate", "1e30", "--epochs", 2)
    assert run_satchel("train", "digits", "--out", tmp_path / "model", *words) == 2
    out, err = capsys.readouterr()
    assert out == ""
    line = err.rstrip("\n").splitlines()[-1]
    assert line.startswith("satchel train: Expected a finite loss, got nan in step ")
    assert "such as 1e+29" in line
    assert not (tmp_path / "model").exists()


def test_training_json_names_the_rate_that_diverged_before_the_training_was_resumed(tmp_path):
    def stop(progress):
        if progress.done > progress.total // 2:
            raise KeyboardInterrupt

    high = DigitsSettings(epochs=2, learning_rate=0.5)
    with pytest.raises(KeyboardInterrupt):
        train("digits", high, out=tmp_path / "digits", on_progress=stop)
    path = checkpoint_path(tmp_path / "digits")
    with np.load(path) as arrays:
        identity = json.loads(str(arrays["about"]))["training"]
    Checkpoint(path, identity).mark_diverged(0.5)
    with pytest.raises(DivergedError, match=r"got 0\.5, with which it did after epoch 1"):
        train("digits", high, out=tmp_path / "digits", resume=True)
    with pytest.raises(CheckpointError, match="with optimizer 'sgd'"):
        train("digits", replace(high, optimizer="sgd"), out=tmp_path / "digits", resume=True)
    lower = replace(high, learning_rate=1e-3)
    result = train("digits", lower, out=tmp_path / "digits", resume=True)
    assert len(result.history.epochs) == 2
    record = json.loads((tmp_path / "digits" / "training.json").read_bytes())
    assert record["diverged_learning_rates"] == [0.5]
    assert record["hyper"]["learning_rate"] == 1e-3
