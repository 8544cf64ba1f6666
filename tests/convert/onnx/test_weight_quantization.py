"""How weight_int8.onnx and weight_int4.onnx choose the levels of all layers of a model."""

import numpy as np
import pytest

from helpers.onnx_layers import model_of, normal
from satchel_convert.conversion.bias_correction import FEWEST
from satchel_convert.onnx import walk, weight_quantization
from satchel_convert.onnx.layers import run_floats
from satchel_convert.onnx.walk import Walk
from satchel_convert.onnx.weight_quantization import quantize_weights

SIDE, CHANNELS, LABELS = 8, 48, 10


@pytest.fixture(scope="module")
def network():
    """Return a float32 .onnx: convolutions, one of them depthwise, a shortcut and two layers.

    A bias is shared by two layers, and one convolution has none.
    """
    from onnx import helper

    make = helper.make_node
    wide = 4 * CHANNELS
    constants = {
        "first": normal(1, CHANNELS, 3, 3, 3) / 5,
        "depthwise": normal(2, CHANNELS, 1, 5, 5) / 5,
        "project": normal(3, CHANNELS, CHANNELS, 1, 1) / 7,
        "shared": normal(4, CHANNELS) / 3,
        "table": normal(5, CHANNELS, wide) / 7,
        "added": normal(6, 1, wide),
        "last": normal(7, wide, LABELS) / 14,
        "offset": normal(8, LABELS),
    }
    nodes = [
        make("Transpose", ["x"], ["pixels"], perm=(0, 3, 1, 2)),
        make("Conv", ["pixels", "first", "shared"], ["a"], name="first", pads=[1, 1, 1, 1]),
        make("Relu", ["a"], ["b"]),
        make(
            "Conv",
            ["b", "depthwise", "shared"],
            ["c"],
            name="depthwise",
            group=CHANNELS,
            pads=[2, 2, 2, 2],
        ),
        make("Relu", ["c"], ["d"]),
        make("Conv", ["d", "project"], ["e"], name="project"),
        make("Add", ["e", "b"], ["f"]),
        make("GlobalAveragePool", ["f"], ["g"]),
        make("Flatten", ["g"], ["h"]),
        make("MatMul", ["h", "table"], ["i"], name="wide"),
        make("Add", ["added", "i"], ["j"]),
        make("Relu", ["j"], ["k"]),
        make("Gemm", ["k", "last", "offset"], ["scores"], name="last"),
        make("Softmax", ["scores"], ["y"]),
    ]
    return model_of(nodes, constants, given=(1, LABELS), taken=(1, SIDE, SIDE, 3))


def samples(seed, count=48):
    """Return bright images, so that errors of weights shift the means."""
    return normal(seed, count, SIDE, SIDE, 3) + 1.0


def error(found, model):
    """Return the mean squared error for samples that chose nothing."""
    fed = samples(31)
    return np.square(run_floats(found, fed) - run_floats(model, fed)).mean()


@pytest.mark.parametrize(("bits", "better"), [(8, 0.7), (4, 0.4)])
def test_calibration_samples_make_the_error_smaller_and_not_the_file_larger(bits, better, network):
    nearest = quantize_weights(network, bits=bits, calibration=samples(30, FEWEST - 1))
    fitted = quantize_weights(network, bits=bits, calibration=samples(30))
    assert error(fitted, network) < better * error(nearest, network)
    # Two biases more: one was shared, and one was none.
    assert len(fitted) < len(nearest) + 3 * 4 * CHANNELS + 300


def test_outputs_of_few_inputs_have_8_bits_among_4(network):
    import onnx

    found = onnx.load_from_string(quantize_weights(network, bits=4, calibration=samples(30)))
    kinds = {
        each.name.removesuffix("/levels").removesuffix("/halves"): each.name.rsplit("/")[-1]
        for each in found.graph.initializer
        if each.name.endswith(("/levels", "/halves"))
    }
    assert kinds == {
        "first": "levels",
        "depthwise": "levels",
        "project": "halves",
        "table": "halves",
        "last": "halves",
    }


def test_4_bits_are_smaller_than_8_and_8_than_floats(network):
    sizes = [len(quantize_weights(network, bits=bits, calibration=samples(30))) for bits in (4, 8)]
    assert sizes[0] < 0.8 * sizes[1]
    assert sizes[1] < 0.35 * len(network)


def test_inputs_that_are_too_many_to_be_together_are_rounded_in_parts(network, monkeypatch):
    monkeypatch.setattr(weight_quantization, "TOGETHER", 50)
    nearest = quantize_weights(network, bits=4, calibration=samples(30, FEWEST - 1))
    fitted = quantize_weights(network, bits=4, calibration=samples(30))
    assert error(fitted, network) < 0.4 * error(nearest, network)
    assert abs(len(fitted) - len(nearest)) < 3 * 4 * CHANNELS + 300


def test_what_calibration_makes_worse_is_left_out(network, monkeypatch):
    nearest = quantize_weights(network, bits=4, calibration=samples(30, 1))
    monkeypatch.setattr(
        weight_quantization, "mean_error", lambda weights, *_: np.full(weights.shape[:-1], 9.0)
    )
    assert quantize_weights(network, bits=4, calibration=samples(30)) == nearest


def test_small_variances_beside_large_means_are_seen(network):
    # Of images a twentieth of a thousandth apart, float32 products would show their roundings.
    fed = samples(30) / 1000 + 50
    nearest = quantize_weights(network, bits=4, calibration=fed[:1])
    fitted = quantize_weights(network, bits=4, calibration=fed)
    expected = run_floats(network, fed)
    before, after = (
        np.square(run_floats(each, fed) - expected).mean() for each in (nearest, fitted)
    )
    assert after < 0.3 * before


@pytest.mark.parametrize("held_bytes", [0, 48 * 4 * CHANNELS * SIDE * SIDE, 2**28])
def test_the_values_of_a_walk_are_those_of_the_whole_model(held_bytes, network, monkeypatch):
    import onnx
    from onnx import helper

    monkeypatch.setattr(walk, "HELD_BYTES", held_bytes)
    model = onnx.load_from_string(network)
    fed = samples(32, 3)
    walked = Walk(model, fed)
    for name in ("pixels", "b", "d", "h", "k", "y"):
        whole = onnx.load_from_string(network)
        del whole.graph.output[:]
        whole.graph.output.append(helper.make_empty_tensor_value_info(name))
        expected = run_floats(whole.SerializeToString(), fed)
        for _ in range(2):
            found = np.stack(list(walked.values(name)))
            np.testing.assert_allclose(found.reshape(expected.shape), expected, atol=1e-5)


def test_a_walk_goes_on_with_changed_weights(network):
    import onnx

    walked = Walk(onnx.load_from_string(network), samples(32, 2))
    before = list(walked.values("f"))
    walked.change("table", np.zeros((CHANNELS, 4 * CHANNELS), np.float32))
    assert np.array_equal(list(walked.values("f")), before)
    (first, second) = walked.values("i")
    assert not first.any()
    assert not second.any()
