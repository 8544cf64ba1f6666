"""Clients that we did not write take every file: format checkers, loaders and interpreters.

The flatbuffer verifier is the one that LiteRT and TensorFlow run over a model before they build an
interpreter of it; of what is installed nothing is stricter. Their analyzer verifies nothing.
MediaPipe is in ``test_mediapipe``.
"""

import functools

import numpy as np
import onnx
import onnxruntime
import pytest
from onnxruntime.quantization.quant_utils import load_model_with_shape_infer

from satchel.inference.model import open_model
from satchel.preprocessing.preprocessor import model_tensor
from satchel_convert.model_folder import open_model_folder, prepare
from satchel_convert.schemes import SCHEMES

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    # TensorFlow asks for ai-edge-litert in its interpreter's place, which is what we ship with.
    pytest.mark.filterwarnings(r"ignore:\s*Warning. tf.lite.Interpreter is deprecated:UserWarning"),
]
RECIPES = ("digits", "reviews")
INPUTS = 20


@pytest.fixture(scope="module")
def inputs(carry):
    """Return a function from a recipe to some of its evaluation samples, prepared."""

    @functools.cache
    def inputs(recipe):
        folder = open_model_folder(carry(recipe).folder)
        return prepare(folder, [sample.value for sample in folder.evaluation[:INPUTS]])

    return inputs


CASES = [(recipe, scheme) for recipe in RECIPES for scheme in SCHEMES]


@pytest.fixture(params=CASES, ids="-".join)
def case(request):
    return request.param


@pytest.fixture
def opened(case, bundle_with, inputs):
    """Return a function from a format to the file, its entry, its tensors and our answers."""
    recipe, scheme = case
    bundle = bundle_with(recipe, scheme)

    def opened(format_):
        model = open_model(bundle, file=f"{scheme}.{format_}")
        tensors = model_tensor(inputs(recipe), bundle.card, model.entry.input)
        return bundle.files[model.entry.file], model.entry, tensors, model.run(tensors)

    return opened


def test_onnx_s_checker_and_onnx_runtime_s_loader_accept_the_file(opened, tmp_path):
    content, *_ = opened("onnx")
    onnx.checker.check_model(onnx.load_from_string(content), full_check=True)
    path = tmp_path / "model.onnx"
    path.write_bytes(content)
    inferred = load_model_with_shape_infer(path)
    assert len(inferred.graph.value_info) > 0


def test_onnx_runtime_says_the_same_without_its_optimizations(opened):
    content, _, tensors, ours = opened("onnx")
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    (taken,) = session.get_inputs()
    theirs = [session.run(None, {taken.name: each[np.newaxis]})[0][0] for each in tensors]
    # Fused, int8 kernels round once where the single operators round twice.
    np.testing.assert_allclose(theirs, ours, rtol=0, atol=0.02)


def test_tensorflow_s_interpreter_verifies_the_file_and_says_the_same(opened):
    import tensorflow as tf

    content, entry, tensors, ours = opened("tflite")
    # The default resolver hands the graph to XNNPACK, as the runtime's engine does.
    interpreter = tf.lite.Interpreter(model_content=content, num_threads=1)
    theirs = run(interpreter, tensors, entry.output)
    # Five uint8 steps: TensorFlow may bring a LiteRT with other kernels.
    np.testing.assert_allclose(theirs, ours, rtol=0, atol=0.02)
    assert np.ptp(ours) > 0.5


def test_the_reference_kernels_of_litert_say_the_same(opened):
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    content, entry, tensors, ours = opened("tflite")
    resolver = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    interpreter = Interpreter(model_content=content, experimental_op_resolver_type=resolver)
    theirs = run(interpreter, tensors, entry.output)
    # Without XNNPACK, dynamic_int8 quantizes activations, which is what most of it is.
    np.testing.assert_allclose(theirs, ours, rtol=0, atol=0.05)


def run(interpreter, tensors, output):
    """Return the real numbers that an interpreter of TFLite models puts out, float32 (n, ...)."""
    interpreter.allocate_tensors()
    (taken,), (given,) = interpreter.get_input_details(), interpreter.get_output_details()
    predictions = []
    for each in tensors:
        interpreter.set_tensor(taken["index"], each[np.newaxis])
        interpreter.invoke()
        raw = interpreter.get_tensor(given["index"])[0].astype(np.float32)
        predictions.append((raw - output.zero_point) * np.float32(output.scale))
    return np.stack(predictions)


def test_the_verifier_refuses_a_file_that_is_cut(bundle_with):
    import tensorflow as tf

    content = bundle_with("digits", "float32").files["float32.tflite"]
    # What follows the flatbuffer are the labels, which are no part of it.
    with pytest.raises(ValueError, match="not a valid Flatbuffer buffer"):
        tf.lite.Interpreter(model_content=content[: len(content) // 2])
