"""What a layer adds to the error, where that is known otherwise."""

import numpy as np
import pytest

from helpers.squares import damage
from satchel_convert.errors import ConversionError
from satchel_convert.explanation import layers
from satchel_convert.explanation.layers import SAMPLES, final_values, layer_errors, measure_layers
from satchel_convert.explanation.network import pair_networks
from satchel_convert.explanation.simulation import simulate
from satchel_convert.explanation.subject import of_folder
from satchel_convert.explanation.tensors import run_tensors
from satchel_convert.tflite import edge_quantizer

pytestmark = pytest.mark.filterwarnings(
    r"ignore:Warning. Enabling .experimental_preserve_all_tensors"
)


def mean_square(found, expected):
    return float(np.square(found - expected).mean())


def logits(model, pixels):
    """Return what the Keras model has before its softmax."""
    import keras

    flat = keras.Model(model.inputs[0], model.get_layer("flat").output)
    kernel, bias = model.get_layer("scores").get_weights()
    return np.asarray(flat(pixels / np.float32(127.5) - 1)) @ kernel + bias


@pytest.fixture(scope="module")
def pairing(models):
    return pair_networks(models["float32"], models["full_int8"])


def test_every_operator_has_a_counterpart_and_the_name_of_its_layer(pairing):
    assert [(layer.name, layer.operator) for layer in pairing.layers] == [
        ("normalize", "DEPTHWISE_CONV_2D"),
        ("first", "CONV_2D"),
        ("second", "CONV_2D"),
        ("third", "CONV_2D"),
        ("flat", "RESHAPE"),
        ("scores", "FULLY_CONNECTED"),
        ("output", "SOFTMAX"),
    ]


def test_a_layer_whose_weights_are_gone_adds_what_the_model_without_them_differs_by(
    models, inputs, trained, changed
):
    def wipe(tree, kernel, output):
        tree.buffers[kernel.buffer].data = np.zeros_like(tree.buffers[kernel.buffer].data)

    errors = layer_errors(models["float32"], damage(models["full_int8"], wipe), inputs)
    few = inputs[:SAMPLES].astype(np.float32)
    without = logits(changed(second=lambda kernel, bias: [0 * kernel, bias]), few)
    found = {each.name: each for each in errors}
    # Rounding the layer's output adds a thousandth.
    expected = mean_square(without, logits(trained, few))
    assert found["second"].error == pytest.approx(expected, rel=0.01)
    assert found["second"].share > 0.99
    assert found["first"].sqnr_db > 25 > 5 > found["second"].sqnr_db


@pytest.fixture(scope="module")
def uncorrected(models, inputs):
    """Return full_int8.tflite with its biases as they are rounded.

    A corrected bias takes out what the layers before it add, so errors would not add up.
    """
    ranges = edge_quantizer.find_ranges(models["float32"], inputs)
    return edge_quantizer.quantize_activations(models["float32"], ranges, bits=8)


def test_the_layers_errors_add_up_to_that_of_the_quantized_model(
    models, uncorrected, inputs, monkeypatch
):
    pairing = pair_networks(models["float32"], uncorrected)
    # Errors of two layers are alike by chance in 16 samples.
    monkeypatch.setattr(layers, "SAMPLES", 64)
    errors = measure_layers(pairing, inputs)
    assert sum(each.share for each in errors) == pytest.approx(1)
    few = inputs[:64]
    scores = pairing.counterpart(pairing.measured)
    found = np.concatenate([each for (each,) in run_tensors(uncorrected, few, [scores])])
    expected = final_values(pairing, models["float32"], few)
    # Kernels round once more.
    total = sum(each.error for each in errors)
    assert total == pytest.approx(mean_square(found, expected), rel=0.35)


def test_a_model_with_all_layers_rounded_says_what_the_quantized_one_says(models, inputs, pairing):
    scores = pairing.counterpart(pairing.measured)
    steps = pairing.quantized.steps(scores)
    few = inputs[:SAMPLES]
    found = np.concatenate([each for (each,) in run_tensors(models["full_int8"], few, [scores])])
    simulated = final_values(pairing, simulate(pairing, pairing.layers), few)
    # A level that lies between two may become either, in each of five layers.
    assert np.abs(found - simulated).max() <= 3 * steps.scale[0]


def test_layers_that_move_values_and_a_softmax_at_the_end_add_nothing(models, inputs):
    errors = layer_errors(models["float32"], models["full_int8"], inputs)
    assert {each.name for each in errors if each.error == 0} == {"flat", "output"}


def test_a_model_against_itself_has_no_error(models, inputs):
    errors = layer_errors(models["float32"], models["float32"], inputs)
    assert {(each.error, each.share, each.sqnr_db) for each in errors} == {(0, 0, np.inf)}


def test_a_latent_that_is_rounded_is_a_layer(faces):
    made = of_folder(faces.folder, scheme="full_int8", deadline_s=600)
    first, *_ = layer_errors(made.float32, made.quantized, made.evaluation)
    assert (first.name, first.operator) == ("input", "INPUT")
    assert first.error > 0


def test_weights_alone_in_int8_are_explained_as_well(tflite, texts):
    errors = layer_errors(tflite("texts", "float32"), tflite("texts", "dynamic_int8"), texts.inputs)
    assert sum(each.share for each in errors) in (0, pytest.approx(1))


def test_files_of_two_models_are_refused(models, tflite):
    with pytest.raises(ConversionError, match=r"Expected two conversions of one model, 0 of"):
        pair_networks(models["float32"], tflite("texts", "float32"))
