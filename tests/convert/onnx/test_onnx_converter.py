from functools import partial

import numpy as np
import pytest

from helpers.converted_models import predictions, probabilities
from satchel.bundle.card import TensorSpec, parse_card
from satchel_convert.conversion import jobs
from satchel_convert.model_folder import deployed_card
from satchel_convert.onnx.converter import quantize_onnx
from satchel_convert.onnx.passes.metadata import add_metadata
from satchel_convert.onnx.passes.plan import PASSES
from satchel_convert.onnx.passes.run import run_passes
from satchel_convert.schemes import BACKENDS, ONLY, SCHEMES, USUAL

KINDS = ("pictures", "texts")
TOLERANCES = {
    "float32": 1e-5,  # float32 sums in another order
    "float16": 1e-2,  # ten bits of mantissa through three layers
    "dynamic_int8": 0.05,  # weights and activations to 1/255 of their range, through two layers
    "full_int8": 0.05,  # the same, with ranges of the calibration samples
    "int16x8": 0.05,  # weights as dynamic_int8: int16 adds nothing to that
    "weight_int8": 5e-3,  # weights to 1/127 of their channel's largest, and no activation
    "weight_int4": 0.05,  # weights to 1/7 of their block's largest, of which each sum has many
    "mixed_int8": 0.05,  # as full_int8 at most
}
LEVELS_OFF = {
    "full_int8": 4,  # root of the mean square: a level in each of up to nine layers' activations
    "int16x8": 2,  # weights alone, to 1/127 of their channel's largest
    "weight_int8": 2,  # weights alone, to 1/127 of their channel's largest
    "weight_int4": 16,  # weights to 1/7, whose rounding errors are 18 times those of int8
    "mixed_int8": 4,  # as full_int8 at most
}
"""Of images: where a scheme has several routes, or is not among the usual ones, which
``test_images`` verifies"""
BY_BACKEND = [
    (scheme, backend) for scheme in SCHEMES for backend in BACKENDS.get(("onnx", scheme), ONLY)
]
CASES = [(kind, *by_backend) for kind in KINDS for by_backend in BY_BACKEND]
PAINTED = [
    (kind, *by_backend)
    for kind in ("faces", "styles")
    for by_backend in BY_BACKEND
    if by_backend[0] in LEVELS_OFF
]
ELEMENTS = {"pictures": "FLOAT", "texts": "INT32"}


def specs(kind):
    return TensorSpec("int32" if kind == "texts" else "float32"), TensorSpec("float32")


def element_and_shape(value):
    import onnx

    tensor = value.type.tensor_type
    return onnx.TensorProto.DataType.Name(tensor.elem_type), [
        dimension.dim_value for dimension in tensor.shape.dim
    ]


def weight_dtypes(model):
    import onnx

    return {
        onnx.TensorProto.DataType.Name(weights.data_type)
        for weights in onnx.load_from_string(model).graph.initializer
        if np.prod(weights.dims) >= 8
    }


def rms(found, expected):
    """Return the root of the mean square of the difference, in levels of a pixel."""
    return float(np.sqrt(np.square(found.astype(float) - expected).mean()))


def test_every_scheme_has_a_tolerance_here():
    several = {scheme for format_, scheme in BACKENDS if format_ == "onnx"}
    assert TOLERANCES.keys() == set(SCHEMES)
    assert LEVELS_OFF.keys() == several | (set(SCHEMES) - set(USUAL))


@pytest.mark.parametrize(("kind", "scheme", "backend"), CASES)
def test_the_model_says_what_keras_says(kind, scheme, backend, tinies, onnx_model):
    tiny = tinies[kind]
    model = onnx_model(kind, scheme, backend)
    found = probabilities(model, "onnx", specs(kind), tiny.folder.card, tiny.inputs)
    np.testing.assert_allclose(found, tiny.expected, rtol=0, atol=TOLERANCES[scheme])


@pytest.mark.parametrize(("kind", "scheme", "backend"), PAINTED)
def test_the_model_paints_what_keras_paints(kind, scheme, backend, tinies, onnx_model):
    tiny = tinies[kind]
    model = onnx_model(kind, scheme, backend)
    found = predictions(model, "onnx", specs(kind), tiny.folder.card, tiny.inputs)
    assert rms(found, tiny.expected) < LEVELS_OFF[scheme]
    # Grey on grey would be near, too.
    assert tiny.expected.std() > 2 * LEVELS_OFF[scheme]


def test_int16_activations_are_nearer_than_int8_ones_by_every_route(tinies, onnx_model):
    tiny = tinies["faces"]
    off = {}
    for scheme, backend in BY_BACKEND:
        if scheme in ("full_int8", "int16x8"):
            model = onnx_model("faces", scheme, backend)
            found = predictions(model, "onnx", specs("faces"), tiny.folder.card, tiny.inputs)
            off.setdefault(scheme, []).append(rms(found, tiny.expected))
    assert max(off["int16x8"]) < 0.7 * min(off["full_int8"])


@pytest.mark.parametrize(("kind", "scheme", "backend"), CASES)
def test_the_model_is_valid_and_its_shapes_are_fixed(kind, scheme, backend, onnx_model):
    import onnx

    model = onnx.load_from_string(onnx_model(kind, scheme, backend))
    onnx.checker.check_model(model, full_check=True)
    shape, labels = {"pictures": ([1, 6, 9, 3], 3), "texts": ([1, 6], 2)}[kind]
    assert [element_and_shape(each) for each in model.graph.input] == [(ELEMENTS[kind], shape)]
    assert [element_and_shape(each) for each in model.graph.output] == [("FLOAT", [1, labels])]


@pytest.mark.parametrize("kind", KINDS)
def test_weights_are_stored_in_the_type_of_the_scheme(kind, onnx_model):
    assert weight_dtypes(onnx_model(kind, "float32")) <= {"FLOAT", "INT64"}
    assert "FLOAT16" in weight_dtypes(onnx_model(kind, "float16"))
    assert "UINT8" in weight_dtypes(onnx_model(kind, "dynamic_int8"))
    assert "INT8" in weight_dtypes(onnx_model(kind, "full_int8"))
    for scheme in ("float16", "dynamic_int8", "full_int8"):
        assert "FLOAT" not in weight_dtypes(onnx_model(kind, scheme))


@pytest.mark.parametrize(("scheme", "backend"), BY_BACKEND)
def test_the_same_source_gives_the_same_bytes(scheme, backend, onnx_model, images):
    again = quantize_onnx(
        onnx_model("pictures", "float32"),
        scheme=scheme,
        calibration=images.calibration,
        backend=backend,
    )
    assert run_passes(again, PASSES[scheme]) == onnx_model("pictures", scheme, backend)


def test_metadata_is_read_by_onnx_runtime(onnx_model):
    import onnxruntime

    properties = {"labels": "no\nyes", "a": "ü"}
    described = partial(add_metadata, properties=properties)
    model = run_passes(onnx_model("texts", "full_int8"), [described])
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    found = session.get_modelmeta().custom_metadata_map
    assert (found["labels"], found["a"]) == ("no\nyes", "ü")


@pytest.mark.parametrize(("kind", "scheme", "backend"), CASES)
def test_the_finished_model_carries_its_card_and_labels(kind, scheme, backend, onnx_model, tinies):
    import onnxruntime

    tiny = tinies[kind]
    source = onnx_model(kind, "float32")
    card, calibration = tiny.folder.card, tiny.calibration
    model, taken, given, needs = jobs.onnx_model(source, card, scheme, backend, calibration)
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    found = session.get_modelmeta().custom_metadata_map
    assert found["labels"].split("\n") == list(tiny.folder.card.output.labels)
    assert parse_card(found["satchel_card"].encode()) == deployed_card(tiny.folder.card)
    assert (taken, given) == specs(kind)
    assert list(needs) == ["onnx"]
