"""What 4 bits are for: weights large enough to matter, in layers and in tables of vectors."""

import functools
from collections import Counter
from copy import deepcopy

import numpy as np
import pytest

from helpers.converted_models import predictions
from helpers.model_folders import OPINIONS_CARD
from satchel.bundle.card import TensorSpec
from satchel_convert.conversion.int4 import LEAST
from satchel_convert.finished_models.onnx_graph import scheme_of as onnx_scheme
from satchel_convert.finished_models.tflite import scheme_of as tflite_scheme
from satchel_convert.keras_models.deployable import to_deployable
from satchel_convert.onnx.converter import quantize_onnx, to_onnx
from satchel_convert.onnx.passes.plan import PASSES as ONNX_PASSES
from satchel_convert.onnx.passes.run import run_passes as run_onnx_passes
from satchel_convert.tflite.converter import read_tensor_specs, to_tflite
from satchel_convert.tflite.flatbuffer import builtin_code, read_tree, write_tree
from satchel_convert.tflite.passes.embeddings import quantize_embeddings
from satchel_convert.tflite.passes.names import shorten_names
from satchel_convert.tflite.passes.plan import PASSES
from satchel_convert.tflite.passes.run import run_passes

IDS, SIZE, HIDDEN = 1000, 16, 256


def wide_text_model():
    """Return a Keras model with 16,000 numbers in a table it reads twice, and 8,192 in a layer."""
    import keras

    layers = keras.layers
    keras.utils.set_random_seed(8)
    input_spec = keras.Input((6,), dtype="int32")
    words = layers.Embedding(IDS, SIZE, embeddings_initializer="random_normal")
    mean = layers.GlobalAveragePooling1D()(words(input_spec))
    largest = layers.GlobalMaxPooling1D()(words(layers.ReLU()(input_spec - 1)))
    hidden = layers.Dense(HIDDEN, activation="relu")(layers.Concatenate()([mean, largest]))
    model = keras.Model(input_spec, layers.Dense(2, activation="softmax")(hidden))
    words.set_weights([40 * words.get_weights()[0]])
    return model


@pytest.fixture(scope="module")
def wide():
    model = wide_text_model()
    return model, to_deployable(model, OPINIONS_CARD._replace(name="wide"))


@pytest.fixture(scope="module")
def converted(wide):
    """Return a function from a format, a scheme and a route to a model file."""
    source = functools.cache(lambda: to_onnx(wide[1]))

    @functools.cache
    def converted(format_, scheme, backend="only"):
        if format_ == "onnx":
            quantized = quantize_onnx(source(), scheme=scheme, calibration=ids(), backend=backend)
            return run_onnx_passes(quantized, ONNX_PASSES[scheme])
        written = to_tflite(wide[1], scheme=scheme, calibration=ids(), backend=backend)
        return run_passes(written, PASSES[scheme, backend])

    return converted


def ids():
    return np.random.default_rng(9).integers(0, IDS, (20, 6)).astype(np.int32)


def onnx_graph(content):
    import onnx

    return onnx.load_from_string(content).graph


def held(content):
    """Return the types of the tensors with data in a .tflite file, and how many there are."""
    from ai_edge_litert import schema_py_generated as schema

    names = {code: name for name, code in vars(schema.TensorType).items()}
    tree = read_tree(content)
    (graph,) = tree.subgraphs
    large = [each for each in graph.tensors if np.prod(each.shape) >= LEAST]
    return Counter(names[each.type] for each in large if tree.buffers[each.buffer].data is not None)


CASES = [("tflite", "min_max"), ("tflite", "octav"), ("tflite", "gptq"), ("onnx", "only")]


@pytest.mark.parametrize(("format_", "backend"), CASES)
def test_4_bits_are_clearly_smaller_than_8_and_than_a_quarter_of_float32(
    format_, backend, converted
):
    sizes = {scheme: len(converted(format_, scheme)) for scheme in ("float32", "dynamic_int8")} | {
        "weight_int4": len(converted(format_, "weight_int4", backend))
    }
    # ONNX has a float32 scale for each 32 numbers: 5 bits a number. The rest is the graph.
    assert sizes["weight_int4"] < 0.75 * sizes["dynamic_int8"]
    assert sizes["weight_int4"] < sizes["float32"] / 4


@pytest.mark.parametrize(("format_", "backend"), CASES)
def test_with_weights_of_4_bits_it_still_says_what_keras_says(format_, backend, wide, converted):
    content = converted(format_, "weight_int4", backend)
    specs = (TensorSpec("int32"), TensorSpec("float32"))
    found = predictions(content, format_, specs, OPINIONS_CARD, ids())
    expected = wide[0].predict(ids(), verbose=0)
    assert np.ptp(expected[:, 0]) > 0.3
    # A rounding of a seventh of the largest weight; of hundreds, most of it cancels out.
    np.testing.assert_allclose(found, expected, rtol=0, atol=0.15)
    assert np.abs(found - expected).mean() < 0.05


def test_a_table_that_is_read_twice_is_stored_once_in_4_bits_and_not_as_floats(converted):
    assert held(converted("tflite", "weight_int4", "min_max")) == {"INT4": 2}
    assert held(converted("tflite", "float32")) == {"FLOAT32": 2}


@pytest.mark.parametrize(
    ("format_", "backend"), [("tflite", "min_max"), ("tflite", "gptq"), ("onnx", "only")]
)
def test_8_bits_lie_between_4_and_floats_and_are_nearer_than_4(format_, backend, wide, converted):
    eight = converted(format_, "weight_int8", backend)
    four = converted(format_, "weight_int4", backend)
    assert len(four) < len(eight) < len(converted(format_, "float32")) / 2
    specs = (TensorSpec("int32"), TensorSpec("float32"))
    found = predictions(eight, format_, specs, OPINIONS_CARD, ids())
    # A rounding of 1/127 of a channel's largest weight.
    np.testing.assert_allclose(found, wide[0].predict(ids(), verbose=0), rtol=0, atol=0.01)


@pytest.mark.parametrize("backend", ["min_max", "gptq"])
def test_weights_of_8_bits_are_stored_in_int8_alone(backend, converted):
    assert held(converted("tflite", "weight_int8", backend)) == {"INT8": 2}


@pytest.mark.parametrize(
    ("format_", "scheme", "backend"),
    [
        ("tflite", "float32", "only"),
        ("tflite", "float16", "only"),
        ("tflite", "dynamic_int8", "only"),
        ("tflite", "weight_int8", "min_max"),
        ("tflite", "weight_int8", "gptq"),
        ("tflite", "weight_int4", "min_max"),
        ("tflite", "weight_int4", "gptq"),
        ("onnx", "float32", "only"),
        ("onnx", "float16", "only"),
        ("onnx", "dynamic_int8", "only"),
        ("onnx", "weight_int8", "only"),
        ("onnx", "weight_int4", "only"),
    ],
)
def test_a_finished_file_shows_its_scheme(format_, scheme, backend, converted):
    content = converted(format_, scheme, backend)
    if format_ == "tflite":
        assert tflite_scheme(read_tree(content)) == scheme
    else:
        assert onnx_scheme(onnx_graph(content)) == scheme


def test_embeddings_are_clipped_where_that_costs_least(converted):
    from satchel_convert.rounding.rounding import round_to_nearest

    floats, quantized = (
        read_tree(converted("tflite", scheme, backend)).subgraphs[0].tensors
        for scheme, backend in (("float32", "only"), ("weight_int4", "min_max"))
    )
    table = next(each for each in floats if list(each.shape) == [IDS, SIZE])
    tree = read_tree(converted("tflite", "float32"))
    values = np.asarray(tree.buffers[table.buffer].data, np.uint8).view(np.float32)
    columns = values.reshape(IDS, SIZE).T
    shaped = [each for each in quantized if list(each.shape) == [IDS, SIZE]]
    # The floats behind its DEQUANTIZE have no scales.
    stored = next(
        each for each in shaped if each.quantization and each.quantization.scale is not None
    )
    scales = np.asarray(stored.quantization.scale)
    assert np.array_equal(scales, round_to_nearest(columns, bits=4).scales[:, 0])
    assert np.all(scales < 0.95 * np.abs(columns).max(axis=1) / 7)


def test_floats_that_another_tensor_shares_stay(converted):
    tree = read_tree(converted("tflite", "float32"))
    (graph,) = tree.subgraphs
    table = next(each for each in graph.tensors if list(each.shape) == [IDS, SIZE])
    sharing = deepcopy(table)
    sharing.name = b"sharing"
    graph.tensors.append(sharing)
    quantized = run_passes(write_tree(tree), [quantize_embeddings])
    kept = read_tree(quantized)
    floats = kept.buffers[kept.subgraphs[0].tensors[len(graph.tensors) - 1].buffer].data
    assert len(floats) == 4 * IDS * SIZE
    assert held(quantized) == {"FLOAT32": 2, "INT4": 1}


def test_a_table_too_small_for_an_operator_of_its_own_stays_as_it_is(tflite):
    from ai_edge_litert import schema_py_generated as schema

    tree = read_tree(tflite("texts", "weight_int4"))
    graph = tree.subgraphs[0]
    lookups = [
        each
        for each in graph.operators
        if builtin_code(tree, each) == schema.BuiltinOperator.GATHER
    ]
    assert {graph.tensors[each.inputs[0]].type for each in lookups} == {schema.TensorType.FLOAT32}


def test_short_names_are_unique_and_change_neither_the_ends_nor_an_answer(converted):
    long = converted("tflite", "float32")
    short = run_passes(long, [shorten_names])
    specs = read_tensor_specs(long)
    assert read_tensor_specs(short) == specs
    found = [
        predictions(content, "tflite", specs, OPINIONS_CARD, ids()) for content in (long, short)
    ]
    assert np.array_equal(*found)
    before, after = (read_tree(content).subgraphs[0] for content in (long, short))
    names = [tensor.name for tensor in after.tensors]
    assert len(set(names)) == len(names)
    for at in (*before.inputs, *before.outputs):
        assert after.tensors[at].name == before.tensors[at].name
    assert sum(map(len, names)) < sum(len(tensor.name) for tensor in before.tensors)
