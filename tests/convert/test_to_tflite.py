import numpy as np
import pytest

from satchel.card import TensorSpec
from satchel.engines import open_engine
from satchel_convert.deployable import to_deployable
from satchel_convert.errors import ConversionError
from satchel_convert.float_model import load_reference
from satchel_convert.model_folder import open_model_folder
from satchel_convert.schemes import SCHEMES
from satchel_convert.to_tflite import put_out_pixels, read_tensor_specs, to_tflite

pytestmark = pytest.mark.filterwarnings(
    # TensorFlow says so of every model whose input is not the converter's to quantize.
    r"ignore:Statistics for quantized inputs were expected:UserWarning:tensorflow\.lite\.python"
)
KINDS = ("pictures", "texts")
TOLERANCES = {
    "float32": 1e-5,  # float32 sums in another order
    "float16": 1e-2,  # ten bits of mantissa through three layers
    "dynamic_int8": 0.05,  # weights to 1/127 of their largest, through two layers
    "full_int8": 0.05,  # the same, and activations to 1/255 of their range
}


def details(model):
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_content=model)
    return interpreter.get_input_details()[0], interpreter.get_output_details()[0]


def operators(model):
    """Return the codes of the operators in a flatbuffer."""
    from ai_edge_litert import schema_py_generated as schema

    root = schema.Model.GetRootAsModel(model, 0)
    return [root.OperatorCodes(at).BuiltinCode() for at in range(root.OperatorCodesLength())]


def weight_dtypes(model):
    """Return the dtypes of the tensors with data."""
    from ai_edge_litert import schema_py_generated as schema

    root = schema.Model.GetRootAsModel(model, 0)
    graph = root.Subgraphs(0)
    tensors = [graph.Tensors(at) for at in range(graph.TensorsLength())]
    names = {value: name for name, value in vars(schema.TensorType).items()}
    return {
        names[tensor.Type()]
        for tensor in tensors
        if root.Buffers(tensor.Buffer()).DataLength() >= 32
    }


def test_every_scheme_has_a_tolerance_here():
    assert TOLERANCES.keys() == set(SCHEMES)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("kind", KINDS)
def test_the_model_says_what_keras_says(kind, scheme, tinies, tflite, probabilities):
    tiny, model = tinies[kind], tflite(kind, scheme)
    specs = read_tensor_specs(model)
    found = probabilities(model, "litert", specs, tiny.folder.card, tiny.inputs)
    np.testing.assert_allclose(found, tiny.expected, rtol=0, atol=TOLERANCES[scheme])
    # A model that says the same of everything would not be near.
    assert np.ptp(tiny.expected, axis=0).min() > 0.5


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("kind", KINDS)
def test_batch_and_sizes_are_fixed_to_one_input(kind, scheme, tflite):
    shape, labels = {"pictures": ([1, 6, 9, 3], 3), "texts": ([1, 6], 2)}[kind]
    taken, given = details(tflite(kind, scheme))
    for each, expected in ((taken, shape), (given, [1, labels])):
        assert each["shape"].tolist() == expected
        assert each["shape_signature"].tolist() == expected


@pytest.mark.parametrize("scheme", SCHEMES)
def test_pictures_enter_as_float32_pixels_or_raw_bytes(scheme, tflite):
    taken, given = read_tensor_specs(tflite("pictures", scheme))
    if scheme == "full_int8":
        assert taken == TensorSpec("uint8", 1.0, 0)
        # A softmax ends in 1/256: that is what every TFLite kernel demands.
        assert given == TensorSpec("uint8", 1 / 256, 0)
    else:
        assert (taken, given) == (TensorSpec("float32"), TensorSpec("float32"))


@pytest.mark.parametrize("scheme", SCHEMES)
def test_texts_enter_as_int32_ids(scheme, tflite):
    taken, given = read_tensor_specs(tflite("texts", scheme))
    assert taken == TensorSpec("int32")
    assert given.dtype == ("uint8" if scheme == "full_int8" else "float32")


def test_raw_bytes_enter_at_scale_1_though_no_calibration_picture_is_black_or_white(
    deployable, pictures
):
    dull = pictures.calibration.clip(40, 200)
    before = dull.copy()
    model = to_tflite(deployable("pictures"), scheme="full_int8", calibration=dull)
    assert read_tensor_specs(model)[0] == TensorSpec("uint8", 1.0, 0)
    assert np.array_equal(dull, before)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("kind", KINDS)
def test_all_operators_are_built_in(kind, scheme, tflite):
    from ai_edge_litert import schema_py_generated as schema

    found = operators(tflite(kind, scheme))
    assert found
    # Flex operators, those of TensorFlow, are custom ones to the flatbuffer.
    assert schema.BuiltinOperator.CUSTOM not in found


@pytest.mark.parametrize("kind", KINDS)
def test_weights_are_stored_in_the_type_of_the_scheme(kind, tflite):
    assert weight_dtypes(tflite(kind, "float32")) <= {"FLOAT32", "INT32"}
    assert "FLOAT16" in weight_dtypes(tflite(kind, "float16"))
    assert "INT8" in weight_dtypes(tflite(kind, "full_int8"))
    assert "FLOAT32" not in weight_dtypes(tflite(kind, "full_int8"))


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_model_that_needs_select_ops_is_refused_by_their_name(scheme, needs_select_ops):
    folder = open_model_folder(needs_select_ops)
    model = to_deployable(load_reference(folder.model_path), folder.card)
    pixels = np.full((1, 6, 9, 3), 7, np.uint8)
    with pytest.raises(ConversionError, match=r"TF Select ops\): .*MatrixDeterminant") as raised:
        to_tflite(model, scheme=scheme, calibration=pixels)
    assert "\n" not in str(raised.value)
    assert str(raised.value).endswith("; replace the layers that use them")


def test_pictures_are_put_out_at_scale_1_whatever_range_the_samples_had(faces):
    dull = faces.calibration / 8
    deployed = to_deployable(faces.model, faces.folder.card)
    calibrated = to_tflite(deployed, scheme="full_int8", calibration=dull)
    scale = read_tensor_specs(calibrated)[1].scale
    assert scale < 0.9
    model = put_out_pixels(calibrated)
    assert read_tensor_specs(model) == (TensorSpec("float32"), TensorSpec("uint8", 1.0, 0))
    engine = open_engine("litert", model, threads=1)
    found = np.concatenate([engine.run(each[np.newaxis]) for each in dull])
    expected = np.concatenate([np.asarray(deployed(each[np.newaxis])) for each in dull])
    # A rounding in the last layer's input and one in its output, of a level each.
    assert np.abs(found - expected).max() < 8
    assert np.abs(found - expected).mean() < 1.5
