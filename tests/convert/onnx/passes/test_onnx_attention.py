"""Attention of Keras needs fewer operators in ONNX, and says the same."""

import functools
import math
from collections import Counter

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from helpers.attention_models import texts, transformer
from satchel_convert.onnx.converter import quantize_onnx, to_onnx
from satchel_convert.onnx.passes.choices import simplify_choices
from satchel_convert.onnx.passes.complement import replace_complements
from satchel_convert.onnx.passes.plan import FASTER, PASSES
from satchel_convert.onnx.passes.product_order import order_products
from satchel_convert.onnx.passes.run import run_passes

SIDES = (1, 2, 5, 3)
"""Of queries and keys: heads, words, and numbers of a vector"""
LOW = -1e9


def outputs(model, *inputs):
    import onnxruntime

    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    return np.stack([session.run(None, each)[0] for each in inputs])


def operators(model):
    return Counter(each.op_type for each in onnx.load_from_string(model).graph.node)


def write(nodes, *, outputs=("y",), constants=()):
    """Return a file with queries, keys and a mask of five words as its inputs."""
    floats = [helper.make_tensor_value_info(name, TensorProto.FLOAT, SIDES) for name in ("q", "k")]
    mask = helper.make_tensor_value_info("mask", TensorProto.BOOL, (1, 1, 1, 5))
    graph = helper.make_graph(
        nodes,
        "attention",
        [*floats, mask],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, [None] * 4) for name in outputs],
        [numpy_helper.from_array(np.float32(number), name) for name, number in constants],
    )
    opset = [helper.make_opsetid("", 17)]
    model = helper.make_model(graph, opset_imports=opset, ir_version=8)
    return model.SerializeToString()


def fed():
    generator = np.random.default_rng(6)
    return [
        {
            **{name: generator.normal(0, 2, SIDES).astype(np.float32) for name in ("q", "k")},
            "mask": (np.arange(5) < words).reshape(1, 1, 1, 5),
        }
        for words in (0, 1, 3, 5)
    ]


def scores(*, last=(0, 1, 3, 2)):
    """Return the nodes of keys times queries, transposed; the first Transpose only copies."""
    return [
        helper.make_node("Transpose", ["k"], ["keys"], perm=[0, 1, 2, 3]),
        helper.make_node("Transpose", ["q"], ["queries"], perm=[0, 1, 3, 2]),
        helper.make_node("MatMul", ["keys", "queries"], ["product"]),
        helper.make_node("Transpose", ["product"], ["y"], perm=last),
    ]


def choose(values, number, result, *, opposite="other"):
    """Return the nodes of tf2onnx's choice between values and the number of that name."""
    return [
        helper.make_node("Mul", ["float", values], [f"{result}/kept"]),
        helper.make_node("Mul", [number, opposite], [f"{result}/number"]),
        helper.make_node("Add", [f"{result}/kept", f"{result}/number"], [result]),
    ]


def masks():
    return [
        helper.make_node("Cast", ["mask"], ["float"], to=TensorProto.FLOAT),
        helper.make_node("Not", ["mask"], ["not"]),
        helper.make_node("Cast", ["not"], ["other"], to=TensorProto.FLOAT),
    ]


def test_keys_times_queries_are_multiplied_in_the_order_that_is_read():
    model = write(scores())
    ordered = run_passes(model, [order_products])
    onnx.checker.check_model(onnx.load_from_string(ordered), full_check=True)
    expected = outputs(model, *fed())
    np.testing.assert_allclose(outputs(ordered, *fed()), expected, rtol=1e-5, atol=1e-5)
    assert not np.allclose(expected, expected.swapaxes(-1, -2))
    last = onnx.load_from_string(ordered).graph.node[-1]
    # The only transpose left besides that of the queries is of the keys, which are few.
    assert (last.op_type, list(last.output)) == ("MatMul", ["y"])


def attention(number=LOW):
    nodes = [
        *masks(),
        *scores()[:-1],
        helper.make_node("Transpose", ["product"], ["scores"], perm=[0, 1, 3, 2]),
        *choose("scores", "low", "masked"),
        helper.make_node("Softmax", ["masked"], ["shares"], axis=-1),
        *choose("shares", "zero", "hidden"),
        helper.make_node("MatMul", ["hidden", "k"], ["y"]),
    ]
    return write(nodes, constants=[("low", number), ("zero", 0)])


def test_choices_become_one_product_and_one_sum():
    model = attention()
    simple = run_passes(model, [simplify_choices])
    onnx.checker.check_model(onnx.load_from_string(simple), full_check=True)
    assert operators(model) - operators(simple) == Counter(Mul=2, Add=1)
    expected = outputs(model, *fed())
    np.testing.assert_allclose(outputs(simple, *fed()), expected, rtol=1e-6, atol=1e-7)
    assert not expected[0].any()
    assert expected[1:].any(axis=(1, 2, 3, 4)).all()


def test_a_number_that_is_not_low_stays():
    model = attention(-10)
    simple = run_passes(model, [simplify_choices])
    # The shares are hidden by a product alone in any case.
    assert operators(model) - operators(simple) == Counter(Mul=1, Add=1)
    np.testing.assert_allclose(outputs(simple, *fed()), outputs(model, *fed()), rtol=1e-6)


def read_twice():
    nodes = [*scores(), helper.make_node("Softmax", ["product"], ["other"], axis=-1)]
    return write(nodes, outputs=("y", "other"))


def of_other_sides():
    return write(scores(last=(0, 2, 1, 3)))


def of_a_factor_that_is_no_transpose():
    nodes = scores()
    nodes[1] = helper.make_node("Reshape", ["q", "sides"], ["queries"])
    model = onnx.load_from_string(write(nodes))
    model.graph.initializer.append(numpy_helper.from_array(np.int64([1, 2, 3, 5]), "sides"))
    return model.SerializeToString()


def with_the_same_mask_twice():
    nodes = [
        *masks(),
        *scores()[:-1],
        *choose("product", "zero", "y", opposite="float"),
    ]
    return write(nodes, constants=[("zero", 0)])


def without_a_softmax():
    nodes = [*masks(), *scores()[:-1], *choose("product", "low", "y")]
    return write(nodes, constants=[("low", LOW)])


@pytest.mark.parametrize(
    "make",
    [
        read_twice,
        of_other_sides,
        of_a_factor_that_is_no_transpose,
        with_the_same_mask_twice,
        without_a_softmax,
    ],
    ids=lambda each: each.__name__,
)
def test_another_graph_stays_as_it_is(make):
    model = make()
    assert run_passes(model, [order_products, simplify_choices]) == run_passes(model, [])


def test_an_exact_gelu_is_computed_by_operators_of_onnx():
    values = np.linspace(-6, 6, 25, dtype=np.float32)
    side = helper.make_tensor_value_info("x", TensorProto.FLOAT, (25,))
    result = helper.make_tensor_value_info("y", TensorProto.FLOAT, (25,))
    graph = helper.make_graph([helper.make_node("Erfc", ["x"], ["y"])], "g", [side], [result])
    opset = [helper.make_opsetid("", 17)]
    model = helper.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString()
    replaced = run_passes(model, [replace_complements])
    expected = [math.erfc(each) for each in values]
    # Numbers up to 2, by an error function of float32.
    np.testing.assert_allclose(outputs(replaced, {"x": values})[0], expected, atol=5e-7)


@functools.cache
def exported(name):
    forms = {"dropout": {}, "causal": {"causal": True}, "one head": {"heads": 1}}
    return to_onnx(transformer(**forms[name]))


@pytest.mark.parametrize("name", ["dropout", "causal", "one head"])
@pytest.mark.parametrize("scheme", ["float32", "float16", "dynamic_int8", "weight_int4"])
def test_a_transformer_of_keras_keeps_its_answers(name, scheme):
    source = exported(name)
    quantized = quantize_onnx(source, scheme=scheme, calibration=np.concatenate([*texts()]))
    others = [each for each in PASSES[scheme] if each not in FASTER]
    before = run_passes(quantized, [FASTER[0], *others])
    after = run_passes(quantized, PASSES[scheme])
    ids = [{"ids": each} for each in texts()]
    # A sum in another order; in float16 that is a rounding of 2**-11, in int8 of an activation.
    atol = {"float32": 1e-5, "weight_int4": 1e-5, "float16": 5e-3, "dynamic_int8": 2e-2}[scheme]
    expected = outputs(before, *ids)
    np.testing.assert_allclose(outputs(after, *ids), expected, atol=atol)
    assert np.ptp(expected, axis=0).max() > 0.05
    if scheme != "float16":
        # In float16 the low number is another, and its choice stays.
        removed = operators(before) - operators(after)
        assert removed["Add"] == 2
        assert removed["Mul"] >= 2
