"""The mean error of each channel is taken out of an int8 .onnx, layer by layer."""

import numpy as np
import pytest

from helpers.uneven_channels import LAYERS, uneven_images, uneven_network
from satchel.engines import open_engine
from satchel_convert.conversion.bias_correction import FEWEST
from satchel_convert.onnx import bias_correction, converter
from satchel_convert.onnx.bias_correction import correct_biases, int8_layers


@pytest.fixture(scope="module")
def models():
    """The float model that is quantized, and full_int8 before and after correction."""
    found = {}
    with pytest.MonkeyPatch.context() as patch:

        def keep(quantized, model, calibration):
            found.update(quantized=quantized, model=model)
            found["corrected"] = correct_biases(quantized, model, calibration)
            return found["corrected"]

        patch.setattr(converter, "correct_biases", keep)
        exported = converter.to_onnx(uneven_network())
        made = converter.quantize_onnx(
            exported, scheme="full_int8", calibration=uneven_images(64, 2)
        )
    assert made == found["corrected"] != found["quantized"]
    return found


def predictions(model, inputs):
    engine = open_engine("onnx", model, threads=1)
    return np.concatenate([engine.run(each[np.newaxis]) for each in inputs])


def error(found, expected):
    return float(np.square(found - expected).mean())


def test_other_samples_are_nearer_to_the_float_model_afterwards(models):
    expected, before, after = (
        predictions(models[each], uneven_images(200, 3))
        for each in ("model", "quantized", "corrected")
    )
    assert error(after, expected) < 0.8 * error(before, expected)
    shift = np.abs((before - expected).mean(0)).mean()
    assert np.abs((after - expected).mean(0)).mean() < 0.5 * shift


def test_every_layer_is_corrected_and_nothing_else_changes(models):
    import onnx

    before, after = (onnx.load_from_string(models[each]) for each in ("quantized", "corrected"))
    names = {layer.bias.name for layer in int8_layers(before.graph)}
    assert len(names) == 2 * LAYERS + 2
    changed = {
        old.name
        for old, new in zip(before.graph.initializer, after.graph.initializer, strict=True)
        if onnx.numpy_helper.to_array(old).tolist() != onnx.numpy_helper.to_array(new).tolist()
    }
    assert changed == names
    assert [*before.graph.node] == [*after.graph.node]


def test_a_few_samples_say_nothing(models):
    few = uneven_images(FEWEST - 1, 2)
    assert correct_biases(models["quantized"], models["model"], few) is models["quantized"]


def test_a_correction_that_does_not_help_is_not_kept(models, monkeypatch):
    means = bias_correction._means

    def shifted(model, samples, values):
        return [each + (len(values) > 1) for each in means(model, samples, values)]

    monkeypatch.setattr(bias_correction, "_means", shifted)
    few = uneven_images(16, 2)
    assert correct_biases(models["quantized"], models["model"], few) is models["quantized"]
