"""The mean error of each channel is taken out of an int8 model, layer by layer."""

import numpy as np
import pytest

from helpers.uneven_channels import uneven_images, uneven_network
from satchel_convert.conversion.bias_correction import FEWEST
from satchel_convert.tflite import bias_correction, edge_quantizer
from satchel_convert.tflite.bias_correction import correct_biases
from satchel_convert.tflite.fitted_biases import fit_biases
from satchel_convert.tflite.flatbuffer import read_tree, write_tree

pytestmark = pytest.mark.filterwarnings(
    r"ignore:Warning. Enabling .experimental_preserve_all_tensors"
)


@pytest.fixture(scope="module")
def model():
    import tensorflow as tf

    return tf.lite.TFLiteConverter.from_keras_model(uneven_network()).convert()


@pytest.fixture(scope="module")
def quantized(model):
    ranges = edge_quantizer.find_ranges(model, uneven_images(64, 2))
    return edge_quantizer.quantize_activations(model, ranges, bits=8)


def error(found, expected):
    return float(np.square(found - expected).mean())


def test_other_samples_are_nearer_to_the_float_model_afterwards(model, quantized):
    corrected = correct_biases(quantized, model, uneven_images(64, 2))
    others = uneven_images(200, 3)
    expected, before, after = (
        edge_quantizer.run_floats(each, others) for each in (model, quantized, corrected)
    )
    assert error(after, expected) < 0.8 * error(before, expected)
    shift = np.abs((before - expected).mean(0)).mean()
    assert np.abs((after - expected).mean(0)).mean() < 0.5 * shift


def test_only_biases_change(model, quantized):
    corrected = correct_biases(quantized, model, uneven_images(64, 2))
    assert corrected != quantized
    assert len(corrected) == len(write_tree(read_tree(quantized)))
    # The biases still fit.
    assert fit_biases(corrected, model) is corrected


def test_a_few_samples_say_nothing(model, quantized):
    assert correct_biases(quantized, model, uneven_images(FEWEST - 1, 2)) is quantized


def test_a_correction_that_does_not_help_is_not_kept(model, quantized, monkeypatch):
    monkeypatch.setattr(bias_correction, "_means", shifted_means(bias_correction._means, model))
    assert correct_biases(quantized, model, uneven_images(16, 2)) is quantized


def shifted_means(means, model):
    """Return ``means`` with an error in those of the float model."""
    return lambda content, samples, tensors: [
        each + (content == model) for each in means(content, samples, tensors)
    ]
