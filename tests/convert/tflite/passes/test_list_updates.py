"""A loop writes the output of each step in place, and says what it said."""

import functools

import numpy as np
import pytest

from helpers.tflite_engine import outputs
from satchel_convert.tflite.converter import to_tflite
from satchel_convert.tflite.flatbuffer import read_tree, write_tree
from satchel_convert.tflite.graph_reader import GraphReader
from satchel_convert.tflite.passes.list_updates import update_lists
from satchel_convert.tflite.passes.run import run_passes
from satchel_convert.tflite.passes.unread_operators import remove_unread_operators

STEPS, SIZE, UNITS = 6, 3, 4
LAYERS = {
    "LSTM": {},
    "GRU": {},
    "SimpleRNN": {},
    "backwards": {"go_backwards": True},
    "both": {},
}


@functools.cache
def loop(name, scheme="float32"):
    import keras
    from keras import layers

    keras.utils.set_random_seed(4)
    chosen = {"return_sequences": True, "bias_initializer": "glorot_uniform", **LAYERS[name]}
    if name == "GRU":
        # A GRU has two biases, a matrix.
        del chosen["bias_initializer"]
    kind = name if name in ("GRU", "SimpleRNN") else "LSTM"
    layer = getattr(layers, kind)(UNITS, **chosen)
    if name == "both":
        layer = layers.Bidirectional(layer)
    inputs = keras.Input(batch_shape=(1, STEPS, SIZE))
    return to_tflite(keras.Model(inputs, layer(inputs)), scheme=scheme, calibration=None)


def count(model, name):
    tree = read_tree(model)
    return sum(
        GraphReader(tree, graph).is_a(each, name)
        for graph in tree.subgraphs
        for each in graph.operators
    )


def samples():
    return [*np.random.default_rng(5).normal(0, 2, (4, 1, STEPS, SIZE)).astype(np.float32)]


@pytest.mark.parametrize("name", LAYERS)
def test_a_loop_writes_its_outputs_in_place(name):
    model = loop(name)
    updated = run_passes(model, [update_lists, remove_unread_operators])
    lists = 2 if name == "both" else 1
    assert count(model, "SLICE") - count(updated, "SLICE") == 2 * lists
    assert count(updated, "DYNAMIC_UPDATE_SLICE") == lists
    expected = outputs(model, *samples())
    assert np.array_equal(outputs(updated, *samples()), expected)
    assert np.ptp(expected, axis=2).min() > 0


def changed(change):
    """Return the LSTM's file after a change of its step, given the reader of that graph."""
    tree = read_tree(loop("LSTM"))
    for graph in tree.subgraphs:
        reader = GraphReader(tree, graph)
        for operator in graph.operators:
            if reader.is_a(operator, "CONCATENATION") and len(operator.inputs) == 3:
                change(tree, graph, reader, operator)
                return write_tree(tree)
    raise AssertionError("expected a step that writes a list")


def set_constant(tree, graph, tensor, values):
    data = np.array(values, np.int32)
    buffer = graph.tensors[tensor].buffer
    # A buffer of its own, since other operators read the same constant.
    tree.buffers.append(type(tree.buffers[buffer])())
    tree.buffers[-1].data = np.frombuffer(data.tobytes(), np.uint8)
    graph.tensors[tensor].buffer = len(tree.buffers) - 1


def joins_columns(tree, graph, reader, join):
    join.builtinOptions.axis = 2


def begins_late(tree, graph, reader, join):
    head = reader.maker(join.inputs[0], "SLICE")
    set_constant(tree, graph, head.inputs[1], [1, 0, 0])


def ends_early(tree, graph, reader, join):
    tail = reader.maker(join.inputs[2], "SLICE")
    set_constant(tree, graph, tail.inputs[2], [2, -1, -1])


def leaves_out_two(tree, graph, reader, join):
    tail = reader.maker(join.inputs[2], "SLICE")
    vector = reader.maker(tail.inputs[1], "CONCATENATION")
    following = reader.maker(vector.inputs[0], "RESHAPE")
    added = reader.maker(following.inputs[0], "ADD")
    set_constant(tree, graph, added.inputs[1], 2)


def swaps_the_parts(tree, graph, reader, join):
    before, element, behind = join.inputs
    join.inputs = np.array([behind, element, before], np.int32)


@pytest.mark.parametrize(
    "change",
    [joins_columns, begins_late, ends_early, leaves_out_two, swaps_the_parts],
    ids=lambda each: each.__name__,
)
def test_another_join_stays_as_it_is(change):
    model = changed(change)
    assert run_passes(model, [update_lists]) == run_passes(model, [])


def test_a_model_with_updates_still_promises_tflite_runtime():
    from satchel_convert.conversion.needs import tflite_needs

    model = loop("LSTM", "dynamic_int8")
    assert tflite_needs(run_passes(model, [update_lists])) == tflite_needs(model)
    assert "tflite_runtime" in tflite_needs(model)
