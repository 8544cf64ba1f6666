"""Weights of 4 bits that are rounded layer by layer on calibration samples."""

from functools import partial

import numpy as np
import pytest

from satchel_convert.errors import ConversionError
from satchel_convert.explanation.tensors import run_tensors
from satchel_convert.rounding import rounding as rounding_of_weights
from satchel_convert.rounding.levels import clipped_scales
from satchel_convert.schemes import COMPARED
from satchel_convert.tflite import edge_quantizer, layerwise_rounding, rounded_weights
from satchel_convert.tflite.converter import quantize_weights
from satchel_convert.tflite.edge_quantizer import run_floats
from satchel_convert.tflite.flatbuffer import read_tree, write_tree
from satchel_convert.tflite.layerwise_rounding import FEWEST, round_layers
from satchel_convert.tflite.stages import first_values, run_stage, stages_of
from satchel_convert.tflite.weighted_layers import (
    as_matrix,
    from_matrix,
    give_biases,
    patches,
    read_floats,
    weighted_layers,
    write_floats,
)

SIDE = 12
SAMPLES = 2 * COMPARED - 1  # the most of which none is left out


@pytest.fixture(scope="module")
def model():
    """Return a float .tflite with every kind of convolution, and a sum of two branches."""
    import keras
    import tensorflow as tf

    keras.utils.set_random_seed(0)
    layers = keras.layers
    pixels = keras.Input((SIDE, SIDE, 3))
    first = layers.Conv2D(16, 3, strides=2, padding="same", activation="relu")(pixels)
    deep = layers.DepthwiseConv2D(3, padding="same", depth_multiplier=2)(first)
    pointwise = layers.Conv2D(16, 1, activation="relu6", use_bias=False)(deep)
    both = layers.Add()([first, pointwise])
    wide = layers.Conv2D(24, 3, dilation_rate=2, activation="relu")(both)
    grouped = layers.Conv2D(32, (2, 1), groups=4, padding="same", activation="relu")(wide)
    flat = layers.Flatten()(grouped)
    hidden = layers.Dense(40, activation="relu", use_bias=False)(flat)
    made = keras.Model(pixels, layers.Dense(10, activation="softmax")(hidden))
    random = np.random.default_rng(1)
    for layer in made.layers:
        # Trained channels have ranges of their own, and inputs whose mean is not 0.
        layer.set_weights(
            [2 * each + 0.1 * random.normal(size=each.shape) for each in layer.get_weights()]
        )
    return tf.lite.TFLiteConverter.from_keras_model(made).convert()


def images(count, seed):
    """Return smooth images, whose neighbouring pixels go together, (count, SIDE, SIDE, 3)."""
    coarse = np.random.default_rng(seed).uniform(-1, 2, (count, SIDE // 4, SIDE // 4, 3))
    return coarse.repeat(4, axis=1).repeat(4, axis=2).astype(np.float32)


def error(content, model):
    """Return the mean squared error of the predictions for images that nothing was rounded on."""
    unseen = images(100, 3)
    return float(np.square(run_floats(content, unseen) - run_floats(model, unseen)).mean())


def rounded(model):
    return quantize_weights(model, images(SAMPLES, 2), bits=4, backend="gptq")


@pytest.fixture(scope="module")
def found(model):
    return rounded(model)


def test_every_layer_is_found_and_its_patches_times_its_weights_are_its_outputs(model):
    tree = read_tree(model)
    give_biases(tree)
    graph = tree.subgraphs[0]
    layers = [*weighted_layers(tree)]
    kinds = [(layer.kind, layer.groups) for layer in layers]
    assert [kind for kind, _ in kinds].count("FULLY_CONNECTED") == 2
    assert ("DEPTHWISE_CONV_2D", 16) in kinds
    assert ("CONV_2D", 4) in kinds
    for layer in layers:
        output = graph.operators[layer.operator].outputs[0]
        graph.operators[layer.operator].builtinOptions.fusedActivationFunction = 0
        content = write_tree(tree)
        values, wanted = next(run_tensors(content, images(1, 4), [layer.input, int(output)]))
        weights = read_floats(tree, layer.weights)
        matrix = as_matrix(layer, weights)
        assert np.array_equal(from_matrix(layer, matrix, weights.shape), weights)
        seen = patches(layer, values, weights.shape, most=1000, random=np.random.default_rng(0))
        # (groups, positions, outputs) with the outputs of a group beside each other
        products = (seen @ matrix.swapaxes(-1, -2)).transpose(1, 0, 2)
        outputs = products.reshape(-1, wanted.shape[-1]) + read_floats(tree, layer.bias)
        np.testing.assert_allclose(outputs, wanted.reshape(outputs.shape), atol=1e-4)


def test_drawn_positions_are_some_of_all(model):
    tree = read_tree(model)
    layer = next(weighted_layers(tree))
    shape = tree.subgraphs[0].tensors[layer.weights].shape
    image = images(1, 5) + np.random.default_rng(0).normal(size=(1, SIDE, SIDE, 3))

    def drawn(most):
        return patches(layer, image, shape, most=most, random=np.random.default_rng(1))[0]

    everything = {each.tobytes() for each in drawn(1000)}
    some = {each.tobytes() for each in drawn(7)}
    assert len(everything) == (SIDE // 2) ** 2
    assert len(some) == 7
    assert some < everything


def test_stages_one_after_another_give_what_the_model_gives(model):
    tree = read_tree(model)
    graph = tree.subgraphs[0]
    stages = stages_of(graph, [layer.operator for layer in weighted_layers(tree)])
    assert len(stages) > 6
    values = first_values(tree, images(3, 6))
    for stage in stages:
        values |= run_stage(tree, stage, values)
    outputs = np.concatenate(values[int(graph.outputs[0])])
    np.testing.assert_allclose(outputs, run_floats(model, images(3, 6)), atol=1e-6)


def test_the_file_computes_with_the_rounded_weights_and_the_corrected_biases(model, found):
    tree = read_tree(model)
    give_biases(tree)
    layers = [*weighted_layers(tree)]
    floats = round_layers(tree, layers, images(SAMPLES, 2), bits=4)
    assert {bits for _, bits in floats.levels.values()} == {4, 8}
    types = stored_types(found)
    assert types["INT4"] >= 2
    assert types["INT8"] >= 2
    np.testing.assert_allclose(
        run_floats(found, images(10, 7)),
        run_floats(write_tree(floats.tree), images(10, 7)),
        atol=1e-5,
    )


def stored_types(content):
    from ai_edge_litert import schema_py_generated as schema

    types = [tensor.type for tensor in read_tree(content).subgraphs[0].tensors]
    return {name: types.count(code) for name, code in vars(schema.TensorType).items()}


def test_it_is_nearer_to_the_float_model_than_other_backends_and_not_larger(model, found):
    others = [
        quantize_weights(model, images(SAMPLES, 2), bits=4, backend=each)
        for each in ("min_max", "octav")
    ]
    assert error(found, model) < 0.2 * min(error(each, model) for each in others)
    assert len(found) < 1.1 * min(map(len, others))


def _without_means(monkeypatch):
    monkeypatch.setattr(
        layerwise_rounding, "mean_error", lambda weights, *_: np.zeros(weights.shape[:-1])
    )


def _without_sequence(monkeypatch):
    plain = layerwise_rounding._moments
    monkeypatch.setattr(
        layerwise_rounding,
        "_moments",
        lambda tree, layer, floats, _: plain(tree, layer, floats, floats),
    )


def _without_clips(monkeypatch):
    monkeypatch.setattr(
        rounding_of_weights, "clipped_scales", partial(clipped_scales, clips=np.ones(1))
    )


def _without_feedback(monkeypatch):
    monkeypatch.setattr(
        layerwise_rounding,
        "round_weights",
        lambda weights, _, bits: rounding_of_weights.round_to_nearest(weights, bits=bits),
    )


def _without_wide_layers(monkeypatch):
    monkeypatch.setattr(layerwise_rounding, "widest", lambda *_: frozenset())


@pytest.mark.parametrize(
    "drop",
    [_without_means, _without_sequence, _without_clips, _without_feedback, _without_wide_layers],
)
def test_without_one_of_its_steps_it_is_worse(drop, model, found, monkeypatch):
    drop(monkeypatch)
    assert error(found, model) < 0.9 * error(rounded(model), model)


def test_biases_that_layers_share_are_corrected_for_each_alone(model):
    tree = read_tree(model)
    graph = tree.subgraphs[0]
    layers = [layer for layer in weighted_layers(tree) if layer.bias is not None]
    first, second = next(
        (one, other)
        for one in layers
        for other in layers
        if one.operator < other.operator
        and graph.tensors[one.bias].shape == graph.tensors[other.bias].shape
    )
    graph.operators[second.operator].inputs[2] = first.bias
    give_biases(tree)
    mended = {layer.operator: layer for layer in weighted_layers(tree)}
    own = [mended[each.operator].bias for each in (first, second)]
    before = read_floats(tree, own[1]).copy()
    assert np.array_equal(read_floats(tree, own[0]), before)
    write_floats(tree, own[0], before + 1)
    assert np.array_equal(read_floats(tree, own[1]), before)


def test_samples_that_compare_backends_are_not_rounded_on(model, monkeypatch):
    given = []

    def note(tree, layers, calibration, **options):
        given.append(calibration)
        return round_layers(tree, layers, calibration, **options)

    monkeypatch.setattr(rounded_weights, "round_layers", note)
    many, few = images(2 * COMPARED, 8), images(2 * COMPARED - 1, 8)
    quantize_weights(model, many, bits=4, backend="gptq")
    quantize_weights(model, few, bits=4, backend="gptq")
    assert np.array_equal(given[0], many[COMPARED:])
    assert np.array_equal(given[1], few)


def test_too_few_samples_are_named(model):
    with pytest.raises(ConversionError, match=f"at least {FEWEST} calibration samples.*got 7"):
        quantize_weights(model, images(FEWEST - 1, 2), bits=4, backend="gptq")


def test_the_same_samples_give_the_same_file(model, found):
    assert rounded(model) == found


def test_weights_of_8_bits_are_nearer_to_the_float_model_with_corrected_biases(model):
    both = {
        backend: quantize_weights(model, images(SAMPLES, 2), bits=8, backend=backend)
        for backend in ("min_max", "gptq")
    }
    assert {name for name, count in stored_types(both["gptq"]).items() if count} >= {"INT8"}
    assert stored_types(both["gptq"])["INT4"] == 0
    assert error(both["gptq"], model) < 0.5 * error(both["min_max"], model)
    assert len(both["gptq"]) < 1.1 * len(both["min_max"])


@pytest.mark.parametrize(("bits", "algorithm"), [(4, "octav"), (8, "min_max")])
def test_a_model_of_few_weights_is_rounded_without_samples(bits, algorithm):
    import keras
    import tensorflow as tf

    keras.utils.set_random_seed(0)
    tiny = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
    source = tf.lite.TFLiteConverter.from_keras_model(tiny).convert()
    few = np.ones((8, 4), np.float32)
    expected = edge_quantizer.quantize_weights(source, bits=bits, algorithm=algorithm)
    assert quantize_weights(source, few, bits=bits, backend="gptq") == expected
