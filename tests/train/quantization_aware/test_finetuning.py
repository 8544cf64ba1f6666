"""A fine-tuned model is measured where it will run: as a full_int8 TFLite file, by its runtime."""

import json

import keras
import numpy as np
import pytest
from keras import layers

from helpers.trainings import run_train
from satchel_convert.tflite.converter import to_tflite
from satchel_train.data.inputs import Examples
from satchel_train.errors import SettingsError
from satchel_train.quantization_aware.finetuning import finetune
from satchel_train.quantization_aware.folding import fold_normalization
from satchel_train.training_loop.fit import fit
from satchel_train.training_loop.hyper_parameters import HyperParameters, finetuning_hyper

HYPER = HyperParameters(epochs=30, batch_size=32, learning_rate=1e-2)
APART = 300
"""How far two groups of hidden units are scaled apart: more than int8 has levels"""


def some_examples(*, seed, count=600):
    """Return points of eight numbers, and which of the first four is the largest."""
    inputs = np.random.default_rng(seed).uniform(-1, 1, (count, 8)).astype(np.float32)
    return Examples(inputs, inputs[:, :4].argmax(axis=1).astype(np.int32))


@pytest.fixture(scope="module")
def scaled_apart():
    """Return a trained model of which half the hidden units lie below one step of int8.

    A unit's scale is free, as ReLU lets it pass to the next layer: the model answers as before.
    """
    keras.utils.set_random_seed(7)
    inputs = keras.Input((8,), name="points")
    hidden = layers.Dense(24, activation="relu", name="hidden")(inputs)
    model = keras.Model(inputs, layers.Dense(4, activation="softmax", name="scores")(hidden))
    train, validation = some_examples(seed=0), some_examples(seed=1)
    fit(model, train=train, validation=validation, hyper=HYPER, seed=7)
    scale = np.where(np.arange(24) % 2, APART, 1)
    hidden, scores = model.layers[1:]
    hidden.set_weights([array * scale for array in hidden.get_weights()])
    kernel, bias = scores.get_weights()
    scores.set_weights([kernel / scale[:, np.newaxis], bias])
    return model


def int8_accuracy(model):
    """Return the accuracy of ``model`` as a full_int8 TFLite file."""
    from ai_edge_litert.interpreter import Interpreter

    tensor = keras.Input(batch_shape=(1, 8))
    converted = to_tflite(
        keras.Model(tensor, model(tensor)),
        scheme="full_int8",
        calibration=some_examples(seed=0).inputs[:200],
    )
    interpreter = Interpreter(model_content=converted)
    interpreter.allocate_tensors()
    input_tensor, output_tensor = (
        details[0]["index"]
        for details in (interpreter.get_input_details(), interpreter.get_output_details())
    )
    test = some_examples(seed=2)
    right = 0
    for sample, label in zip(test.inputs, test.labels, strict=True):
        interpreter.set_tensor(input_tensor, sample[np.newaxis])
        interpreter.invoke()
        right += interpreter.get_tensor(output_tensor)[0].argmax() == label
    return right / len(test.labels)


def float_accuracy(model):
    test = some_examples(seed=2)
    return (model.predict(test.inputs, verbose=0).argmax(axis=1) == test.labels).mean()


@pytest.mark.filterwarnings("ignore:Statistics for quantized inputs:UserWarning")
def test_a_model_that_int8_hurts_is_better_after_fine_tuning(scaled_apart, tmp_path):
    before = int8_accuracy(scaled_apart)
    assert before < float_accuracy(scaled_apart) - 0.1
    predictions = scaled_apart.predict(some_examples(seed=2).inputs, verbose=0)
    tuned = finetune(
        scaled_apart,
        train=some_examples(seed=0),
        validation=some_examples(seed=1),
        hyper=finetuning_hyper(HYPER),
        seed=7,
    )
    assert int8_accuracy(tuned.model) > before + 0.05
    # What comes out is of Keras alone, and what went in is as it was.
    tuned.model.save(tmp_path / "tuned.keras")
    again = keras.models.load_model(tmp_path / "tuned.keras", safe_mode=True)
    assert [type(layer) for layer in again.layers] == [type(layer) for layer in scaled_apart.layers]
    assert float_accuracy(again) == float_accuracy(tuned.model)
    after = scaled_apart.predict(some_examples(seed=2).inputs, verbose=0)
    np.testing.assert_array_equal(after, predictions)
    assert tuned.left_in_float == ()
    assert len(tuned.history.epochs) == tuned.history.kept == 7


def test_the_same_seed_gives_the_same_weights_to_the_bit(scaled_apart):
    weights = [
        finetune(
            scaled_apart,
            train=some_examples(seed=0),
            validation=some_examples(seed=1),
            hyper=HyperParameters(epochs=1, batch_size=64, learning_rate=1e-3),
            seed=3,
        ).model.get_weights()
        for _ in range(2)
    ]
    for first, second in zip(*weights, strict=True):
        np.testing.assert_array_equal(first, second)


def test_fine_tuning_is_short_gentle_and_never_without_an_epoch():
    hyper = HyperParameters(3, 32, 0.1, optimizer="nesterov", patience=2, label_smoothing=0.1)
    found = finetuning_hyper(hyper)
    assert (found.epochs, found.batch_size, found.label_smoothing) == (1, 32, 0.1)
    assert (found.optimizer, found.schedule, found.patience) == ("adam", "cosine", None)


def test_the_command_trains_fine_tunes_and_says_so(tmp_path, capsys):
    words = ("--epochs", 8, "--quantization-aware")
    assert run_train("digits", "--out", tmp_path / "model", *words) == 0
    assert ", test accuracy before quantization " in capsys.readouterr().out
    training = json.loads((tmp_path / "model" / "training.json").read_bytes())
    assert training["hyper"]["quantization_aware"]["epochs"] == 2
    assert len(training["history"]) == training["kept_epoch"] == 10
    assert training["test_accuracy"] > 0.8
    model = keras.models.load_model(tmp_path / "model" / "model.keras", safe_mode=True)
    # The kernels are on the levels of int8, so that rounding them once more changes nothing.
    kernel = model.get_layer("scores").get_weights()[0]
    levels = kernel * 127 / np.abs(kernel).max(axis=0)
    np.testing.assert_allclose(levels, levels.round(), atol=1e-3)
    assert fold_normalization(model).count_params() == training["parameters"]


def test_without_the_flag_nothing_is_fine_tuned(tmp_path):
    assert run_train("digits", "--out", tmp_path / "model", "--epochs", 1) == 0
    training = json.loads((tmp_path / "model" / "training.json").read_bytes())
    assert "quantization_aware" not in training["hyper"]
    assert "test_accuracy_before_quantization" not in training
    assert len(training["history"]) == 1


def test_a_recipe_without_it_is_refused_with_those_that_have_it(tmp_path):
    message = "Expected no --quantization-aware for faces: it only applies to digits, mnist"
    with pytest.raises(SettingsError, match=message):
        run_train("faces", "--out", tmp_path / "model", "--quantization-aware")


def test_several_machines_do_not_fine_tune(tmp_path):
    words = ("--workers", "127.0.0.1:1,127.0.0.1:2", "--worker", 0, "--quantization-aware")
    with pytest.raises(SettingsError, match="one of quantization_aware and several workers"):
        run_train("digits", "--out", tmp_path / "model", *words)


def test_a_study_does_not_fine_tune(tmp_path):
    with pytest.raises(SettingsError, match="Expected one of --folds and --quantization-aware"):
        run_train("digits", "--out", tmp_path / "model", "--folds", 2, "--quantization-aware")
