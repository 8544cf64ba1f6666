"""Layers with weights of 4 bits run in XNNPACK, if they multiply many vectors at once."""

import functools

import numpy as np
import pytest

from helpers.tflite_engine import outputs, partition
from satchel_convert.tflite import edge_quantizer
from satchel_convert.tflite.converter import to_tflite
from satchel_convert.tflite.flatbuffer import read_tree, write_tree
from satchel_convert.tflite.graph_reader import GraphReader
from satchel_convert.tflite.passes.int4_products import multiply_by_int4
from satchel_convert.tflite.passes.run import run_passes

CHANNELS = 32


def layers():
    from keras import layers

    return layers


MAKE = {
    "dense": ((16, CHANNELS), lambda: layers().Dense(40, activation="relu")),
    "dense without a bias": ((16, CHANNELS), lambda: layers().Dense(40, use_bias=False)),
    "pixels": ((5, 4, CHANNELS), lambda: layers().Conv2D(40, 1, activation="relu6")),
    "few vectors": ((15, CHANNELS), lambda: layers().Dense(40)),
    "a kernel of 3": ((5, 4, CHANNELS), lambda: layers().Conv2D(40, 3)),
    "strides of 2": ((9, 8, CHANNELS), lambda: layers().Conv2D(40, 1, strides=2)),
    "groups": ((5, 4, CHANNELS), lambda: layers().Conv2D(64, 1, groups=2)),
}
REPLACED = ("dense", "dense without a bias", "pixels")


@functools.cache
def float_model(name):
    import keras

    keras.utils.set_random_seed(2)
    sides, make = MAKE[name]
    inputs = keras.Input(batch_shape=(1, *sides))
    layer = make()
    model = keras.Model(inputs, layer(inputs))
    if layer.use_bias:
        layer.bias.assign(np.linspace(-1, 1, layer.bias.shape[0]))
    return to_tflite(model, scheme="float32", calibration=None)


@functools.cache
def stored_in_int4(name):
    return edge_quantizer.quantize_weights(float_model(name), bits=4, algorithm="min_max")


def samples(name):
    shape = (1, *MAKE[name][0])
    generator = np.random.default_rng(3)
    return [np.zeros(shape, np.float32), *generator.normal(0, 2, (3, *shape)).astype(np.float32)]


@pytest.mark.parametrize("name", REPLACED)
def test_a_layer_on_many_vectors_runs_in_xnnpack(name):
    model = stored_in_int4(name)
    replaced = run_passes(model, [multiply_by_int4])
    assert partition(model).delegates == 0
    assert partition(replaced) == (1, ("DEQUANTIZE",))
    expected = outputs(model, *samples(name))
    # Sums of 32 products in another order.
    np.testing.assert_allclose(outputs(replaced, *samples(name)), expected, atol=1e-5)
    assert np.ptp(expected) > 1
    # The same numbers of 4 bits: only operators, and shapes of tensors, are others.
    assert len(replaced) < len(model) + 500


def with_an_activation_but_no_bias():
    tree = read_tree(stored_in_int4("dense without a bias"))
    reader = GraphReader(tree, tree.subgraphs[0])
    (layer,) = (
        each for each in tree.subgraphs[0].operators if reader.is_a(each, "FULLY_CONNECTED")
    )
    layer.builtinOptions.fusedActivationFunction = 1
    return write_tree(tree)


def in_float16():
    return edge_quantizer.store_float16(float_model("dense"))


@pytest.mark.parametrize(
    "make",
    [
        *(functools.partial(stored_in_int4, name) for name in MAKE if name not in REPLACED),
        with_an_activation_but_no_bias,
        in_float16,
    ],
    ids=[*(name for name in MAKE if name not in REPLACED), "an activation, no bias", "float16"],
)
def test_another_layer_stays_as_it_is(make):
    model = make()
    assert run_passes(model, [multiply_by_int4]) == run_passes(model, [])
