import numpy as np
import pytest

from helpers.converted_models import predictions, probabilities
from satchel.bundle.card import TensorSpec
from satchel.engines.engine import open_engine
from satchel_convert.errors import ConversionError
from satchel_convert.keras_models.deployable import to_deployable
from satchel_convert.keras_models.float_model import load_reference
from satchel_convert.model_folder import open_model_folder
from satchel_convert.schemes import BACKENDS, ONLY, SCHEMES, USUAL
from satchel_convert.tflite.converter import read_tensor_specs, to_tflite
from satchel_convert.tflite.passes.image_output import put_out_pixels
from satchel_convert.tflite.passes.run import run_passes

pytestmark = [
    # TensorFlow says so of every model whose input is not the converter's to quantize.
    pytest.mark.filterwarnings(
        r"ignore:Statistics for quantized inputs were expected:UserWarning:tensorflow\.lite\.python"
    ),
    # LiteRT says so where ai-edge-quantizer looks at every tensor, which is what calibration is.
    pytest.mark.filterwarnings(r"ignore:Warning. Enabling .experimental_preserve_all_tensors"),
]
KINDS = ("pictures", "texts")
TOLERANCES = {
    "float32": 1e-5,  # float32 sums in another order
    "float16": 1e-2,  # ten bits of mantissa through three layers
    "dynamic_int8": 0.05,  # weights to 1/127 of their largest, through two layers
    "full_int8": 0.05,  # the same, and activations to 1/255 of their range
    "int16x8": 0.05,  # weights as dynamic_int8: int16 adds nothing to that
    "weight_int8": 5e-3,  # weights to 1/127 of their channel's largest, and no activation
    "weight_int4": 0.05,  # weights to 1/7 of their channel's largest, of which each sum has many
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
    (scheme, backend) for scheme in SCHEMES for backend in BACKENDS.get(("tflite", scheme), ONLY)
]
BYTES_OUT = ("full_int8", "tensorflow")
REFUSED = {
    ("texts", "int16x8", "tensorflow"): "Max and min for dynamic tensors should be recorded during",
    ("styles", "int16x8", "tensorflow"): "Quantization to 16x8-bit not yet supported for op: 'NEG'",
}
CASES = [
    (kind, *by_backend)
    for kind in KINDS
    for by_backend in BY_BACKEND
    if (kind, *by_backend) not in REFUSED
]
PAINTED = [
    (kind, *by_backend)
    for kind in ("faces", "styles")
    for by_backend in BY_BACKEND
    if by_backend[0] in LEVELS_OFF and (kind, *by_backend) not in REFUSED
]


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


def rms(found, expected):
    """Return the root of the mean square of the difference, in levels of a pixel."""
    return float(np.sqrt(np.square(found.astype(float) - expected).mean()))


def test_every_scheme_has_a_tolerance_here():
    several = {scheme for format_, scheme in BACKENDS if format_ == "tflite"}
    assert TOLERANCES.keys() == set(SCHEMES)
    assert LEVELS_OFF.keys() == several | (set(SCHEMES) - set(USUAL))


@pytest.mark.parametrize(("kind", "scheme", "backend"), CASES)
def test_the_model_says_what_keras_says(kind, scheme, backend, tinies, tflite):
    tiny, model = tinies[kind], tflite(kind, scheme, backend)
    specs = read_tensor_specs(model)
    found = probabilities(model, "litert", specs, tiny.folder.card, tiny.inputs)
    np.testing.assert_allclose(found, tiny.expected, rtol=0, atol=TOLERANCES[scheme])
    # A model that says the same of everything would not be near.
    assert np.ptp(tiny.expected, axis=0).min() > 0.5


@pytest.mark.parametrize(("kind", "scheme", "backend"), PAINTED)
def test_the_model_paints_what_keras_paints(kind, scheme, backend, tinies, tflite):
    tiny, model = tinies[kind], tflite(kind, scheme, backend)
    specs = read_tensor_specs(model)
    found = predictions(model, "tflite", specs, tiny.folder.card, tiny.inputs)
    assert rms(found, tiny.expected) < LEVELS_OFF[scheme]
    # Grey on grey would be near, too.
    assert tiny.expected.std() > 2 * LEVELS_OFF[scheme]


def test_int16_activations_are_nearer_than_int8_ones_by_every_route(tinies, tflite):
    tiny = tinies["faces"]
    off = {}
    for scheme, backend in BY_BACKEND:
        if scheme in ("full_int8", "int16x8"):
            model = tflite("faces", scheme, backend)
            specs = read_tensor_specs(model)
            found = predictions(model, "tflite", specs, tiny.folder.card, tiny.inputs)
            off.setdefault(scheme, []).append(rms(found, tiny.expected))
    assert max(off["int16x8"]) < 0.7 * min(off["full_int8"])


@pytest.mark.parametrize("case", REFUSED)
def test_what_tensorflow_refuses_is_why_there_is_another_route(case, tflite):
    with pytest.raises(ConversionError) as raised:
        tflite(*case)
    assert str(raised.value).startswith(REFUSED[case])
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(("kind", "scheme", "backend"), CASES)
def test_batch_and_sizes_are_fixed_to_one_input(kind, scheme, backend, tflite):
    shape, labels = {"pictures": ([1, 6, 9, 3], 3), "texts": ([1, 6], 2)}[kind]
    input_tensor, output_tensor = details(tflite(kind, scheme, backend))
    for each, expected in ((input_tensor, shape), (output_tensor, [1, labels])):
        assert each["shape"].tolist() == expected
        assert each["shape_signature"].tolist() == expected


@pytest.mark.parametrize(("scheme", "backend"), BY_BACKEND)
def test_images_enter_as_float32_pixels_or_raw_bytes(scheme, backend, tflite):
    input_tensor, output_tensor = read_tensor_specs(tflite("pictures", scheme, backend))
    # The layer that mixed_int8 leaves a float here is the first one.
    raw = scheme == "full_int8"
    assert input_tensor == (TensorSpec("uint8", 1.0, 0) if raw else TensorSpec("float32"))
    if (scheme, backend) == BYTES_OUT:
        # A softmax ends in 1/256: that is what every TFLite kernel demands.
        assert output_tensor == TensorSpec("uint8", 1 / 256, 0)
    else:
        assert output_tensor == TensorSpec("float32")


@pytest.mark.parametrize("backend", BACKENDS["tflite", "full_int8"])
def test_a_latent_stays_float32_though_all_that_reads_it_quantizes_it(backend, tflite):
    assert read_tensor_specs(tflite("faces", "full_int8", backend))[0] == TensorSpec("float32")


def test_raw_bytes_enter_mixed_int8_where_the_first_layer_is_int8(tflite):
    assert read_tensor_specs(tflite("styles", "mixed_int8"))[0] == TensorSpec("uint8", 1.0, 0)


@pytest.mark.parametrize(("kind", "scheme", "backend"), [case for case in CASES if "texts" in case])
def test_texts_enter_as_int32_ids(kind, scheme, backend, tflite):
    input_tensor, output_tensor = read_tensor_specs(tflite(kind, scheme, backend))
    assert input_tensor == TensorSpec("int32")
    assert output_tensor.dtype == ("uint8" if (scheme, backend) == BYTES_OUT else "float32")


def test_raw_bytes_enter_at_scale_1_though_no_calibration_image_is_black_or_white(
    deployable, images
):
    dull = images.calibration.clip(40, 200)
    before = dull.copy()
    model = to_tflite(deployable("pictures"), scheme="full_int8", calibration=dull)
    assert read_tensor_specs(model)[0] == TensorSpec("uint8", 1.0, 0)
    assert np.array_equal(dull, before)


@pytest.mark.parametrize(("kind", "scheme", "backend"), CASES)
def test_all_operators_are_built_in(kind, scheme, backend, tflite):
    from ai_edge_litert import schema_py_generated as schema

    found = operators(tflite(kind, scheme, backend))
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


def test_images_are_put_out_at_scale_1_whatever_range_the_samples_had(faces):
    dull = faces.calibration / 8
    deployed = to_deployable(faces.model, faces.folder.card)
    calibrated = to_tflite(deployed, scheme="full_int8", calibration=dull)
    scale = read_tensor_specs(calibrated)[1].scale
    assert scale < 0.9
    model = run_passes(calibrated, [put_out_pixels])
    assert read_tensor_specs(model) == (TensorSpec("float32"), TensorSpec("uint8", 1.0, 0))
    engine = open_engine("litert", model, threads=1)
    found = np.concatenate([engine.run(each[np.newaxis]) for each in dull])
    expected = np.concatenate([np.asarray(deployed(each[np.newaxis])) for each in dull])
    # A rounding in the last layer's input and one in its output, of a level each.
    assert np.abs(found - expected).max() < 8
    assert np.abs(found - expected).mean() < 1.5
