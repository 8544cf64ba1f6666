import numpy as np
import pytest

from satchel.card import TensorSpec, parse_card
from satchel_convert import jobs
from satchel_convert.model_folder import deployed_card
from satchel_convert.schemes import SCHEMES
from satchel_convert.to_onnx import add_onnx_metadata, quantize_onnx

pytestmark = pytest.mark.filterwarnings(
    # Keras's patch of tf2onnx for NumPy 2 asks for a name that NumPy reserves.
    r"ignore:In the future `np.object` will:FutureWarning:keras\.src\.export\.tf2onnx_lib"
)
KINDS = ("pictures", "texts")
TOLERANCES = {
    "float32": 1e-5,  # float32 sums in another order
    "float16": 1e-2,  # ten bits of mantissa through three layers
    "dynamic_int8": 0.05,  # weights and activations to 1/255 of their range, through two layers
    "full_int8": 0.05,  # the same, with ranges of the calibration samples
}
ELEMENTS = {"pictures": "FLOAT", "texts": "INT32"}


def specs(kind):
    return TensorSpec("float32" if kind == "pictures" else "int32"), TensorSpec("float32")


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


def test_every_scheme_has_a_tolerance_here():
    assert TOLERANCES.keys() == set(SCHEMES)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("kind", KINDS)
def test_the_model_says_what_keras_says(kind, scheme, tinies, onnx_model, probabilities):
    tiny = tinies[kind]
    model = onnx_model(kind, scheme)
    found = probabilities(model, "onnx", specs(kind), tiny.folder.card, tiny.inputs)
    np.testing.assert_allclose(found, tiny.expected, rtol=0, atol=TOLERANCES[scheme])


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("kind", KINDS)
def test_the_model_is_valid_and_its_shapes_are_fixed(kind, scheme, onnx_model):
    import onnx

    model = onnx.load_from_string(onnx_model(kind, scheme))
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


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_same_source_gives_the_same_bytes(scheme, onnx_model, pictures):
    again = quantize_onnx(
        onnx_model("pictures", "float32"), scheme=scheme, calibration=pictures.calibration
    )
    assert again == onnx_model("pictures", scheme)


def test_metadata_is_read_by_onnx_runtime(onnx_model):
    import onnxruntime

    model = add_onnx_metadata(onnx_model("texts", "full_int8"), {"labels": "no\nyes", "a": "ü"})
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    found = session.get_modelmeta().custom_metadata_map
    assert (found["labels"], found["a"]) == ("no\nyes", "ü")


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("kind", KINDS)
def test_the_finished_model_carries_its_card_and_labels(kind, scheme, onnx_model, tinies):
    import onnxruntime

    tiny = tinies[kind]
    source = onnx_model(kind, "float32")
    model, taken, given, needs = jobs.onnx_model(source, tiny.folder.card, scheme, tiny.calibration)
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    found = session.get_modelmeta().custom_metadata_map
    assert found["labels"].split("\n") == list(tiny.folder.card.output.labels)
    assert parse_card(found["satchel_card"].encode()) == deployed_card(tiny.folder.card)
    assert (taken, given) == specs(kind)
    assert list(needs) == ["onnx"]
