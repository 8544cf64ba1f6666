"""The bias of a channel that is switched off fits into int32, for every kind of layer."""

import numpy as np
import pytest

from satchel_convert.explanation.network import pair_networks
from satchel_convert.explanation.ranges import wrong_weights
from satchel_convert.tflite import edge_quantizer
from satchel_convert.tflite.converter import by_operator
from satchel_convert.tflite.fitted_biases import fit_biases

pytestmark = [
    pytest.mark.filterwarnings(r"ignore:Warning. Enabling .experimental_preserve_all_tensors"),
    # What ai-edge-quantizer does with such a bias.
    pytest.mark.filterwarnings("ignore:invalid value encountered in cast:RuntimeWarning"),
]
FAINT = 1e-8
"""So small that a bias of 0.7 has more steps than int32 counts"""


def model_of(kind, *, faint):
    """Return a float .tflite of one layer; channel 1 has faint weights and a bias of 0.7."""
    import keras
    import tensorflow as tf

    layers = keras.layers
    made = {
        "conv": lambda: layers.Conv2D(4, 3),
        "depthwise": lambda: layers.DepthwiseConv2D(3),
        "transposed": lambda: layers.Conv2DTranspose(4, 3),
        "dense": lambda: layers.Dense(4),
    }
    keras.utils.set_random_seed(3)
    layer = made[kind]()
    model = keras.Sequential([keras.Input((4,) if kind == "dense" else (6, 6, 4)), layer])
    kernel, bias = layer.get_weights()
    if kind in ("conv", "dense"):
        kernel[..., 1] *= faint
    else:
        kernel[:, :, 1] *= faint
    bias[1] = 0.7
    layer.set_weights([kernel, bias])
    return tf.lite.TFLiteConverter.from_keras_model(model).convert()


def inputs_of(kind):
    shape = (20, 4) if kind == "dense" else (20, 6, 6, 4)
    return np.random.default_rng(5).normal(0, 1, shape).astype(np.float32)


@pytest.mark.parametrize("kind", ["conv", "depthwise", "transposed", "dense"])
def test_a_bias_of_a_faint_channel_is_kept(kind):
    model, inputs = model_of(kind, faint=FAINT), inputs_of(kind)
    quantized = by_operator(model, "full_int8", inputs)
    assert wrong_weights(pair_networks(model, quantized)) == []
    expected = edge_quantizer.run_floats(model, inputs)
    found = edge_quantizer.run_floats(quantized, inputs)
    # Two steps of an output that spans less than 16.
    np.testing.assert_allclose(found, expected, atol=2 * 16 / 255)


@pytest.mark.parametrize("kind", ["conv", "dense"])
def test_a_model_whose_biases_fit_stays_as_it_is(kind):
    model = model_of(kind, faint=1.0)
    quantized = by_operator(model, "full_int8", inputs_of(kind))
    assert fit_biases(quantized, model) is quantized


def unfitted(kind, monkeypatch):
    """Return a float .tflite, and what ai-edge-quantizer alone makes of it."""
    model = model_of(kind, faint=FAINT)
    monkeypatch.setattr(edge_quantizer, "fit_biases", lambda quantized, model: quantized)
    ranges = edge_quantizer.find_ranges(model, inputs_of(kind))
    return model, edge_quantizer.quantize_activations(model, ranges, bits=8)


@pytest.mark.parametrize("kind", ["conv", "depthwise", "dense"])
def test_a_bias_that_is_cut_off_is_told_from_wrong_weights(kind, monkeypatch):
    model, quantized = unfitted(kind, monkeypatch)
    [found] = wrong_weights(pair_networks(model, quantized))
    assert (found.wrong, found.cut_off) == (0, 1)
    assert wrong_weights(pair_networks(model, fit_biases(quantized, model))) == []
