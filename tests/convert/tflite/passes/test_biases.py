"""Dense layers without a bias get one of zeros, so that tflite-runtime on Arm runs them."""

import numpy as np
import pytest

from hostile import tflite_files as tflite
from satchel.engines.engine import open_engine
from satchel.model_checks.tflite_bias import misses_bias
from satchel_convert.conversion.jobs import tflite_model
from satchel_convert.conversion.needs import tflite_needs
from satchel_convert.tflite.flatbuffer import read_tree, write_tree
from satchel_convert.tflite.passes.biases import add_biases
from satchel_convert.tflite.passes.run import run_passes

INT8 = tflite.schema.TensorType.INT8
FULLY_CONNECTED = tflite.schema.BuiltinOperator.FULLY_CONNECTED
ROWS, SIDE = 3, 4
SCALES = np.linspace(0.01, 0.02, SIDE, dtype=np.float32)
"""Of the weights, a channel each"""


def quantized(tensor, *scales):
    tensor.quantization = tflite.schema.QuantizationParametersT()
    tensor.quantization.scale = np.float32(scales)
    tensor.quantization.zeroPoint = np.zeros(len(scales), np.int64)
    return tensor


def two_layers(bias=(-1,), scales=SCALES, kind=INT8):
    """Return a file of two dense layers, one behind the other, that share their weights."""
    weights = np.random.default_rng(1).integers(-127, 128, (SIDE, SIDE), np.int8)
    tensors = [
        quantized(tflite.tensor((ROWS, SIDE), kind=kind), 0.1),
        quantized(tflite.tensor((SIDE, SIDE), kind=INT8, buffer=1), *scales),
        quantized(tflite.tensor((ROWS, SIDE), kind=kind), 0.2),
        quantized(tflite.tensor((ROWS, SIDE), kind=kind), 0.3),
    ]
    options = tflite.schema.FullyConnectedOptionsT
    layers = [
        tflite.operator([0, 1, *bias], [2], options=options()),
        tflite.operator([2, 1, *bias], [3], options=options()),
    ]
    code = tflite.code(FULLY_CONNECTED)
    code.version = 4
    graph = tflite.graph(tensors, layers, outputs=[3])
    return tflite.model(graph, codes=[code], constants=[weights.tobytes()])


def predictions(model):
    values = np.random.default_rng(2).integers(-128, 128, (ROWS, SIDE), np.int8)
    return open_engine("litert", model, threads=1).run(values)


@pytest.mark.parametrize("bias", [(-1,), ()], ids=["none", "left out"])
def test_a_bias_of_zeros_changes_no_answer(bias):
    model = two_layers(bias)
    assert misses_bias(model)
    given = run_passes(model, [add_biases])
    assert not misses_bias(given)
    assert np.array_equal(predictions(given), predictions(model))
    assert len(np.unique(predictions(given))) > ROWS
    tree = read_tree(given)
    added = [tree.subgraphs[0].tensors[each.inputs[2]] for each in tree.subgraphs[0].operators]
    for tensor, scale in zip(added, (0.1, 0.2), strict=True):
        assert tensor.quantization.scale == pytest.approx(SCALES * scale)
        assert not np.any(tree.buffers[tensor.buffer].data)


def test_a_model_that_runs_everywhere_stays_as_it_is():
    by_tensor = two_layers(scales=SCALES[:1])
    given = run_passes(two_layers(), [add_biases])
    for model in (by_tensor, given):
        assert run_passes(model, [add_biases]) == run_passes(model, [])


@pytest.fixture(scope="module")
def unbiased(images, tmp_path_factory):
    """Return a Keras model of images whose last layer has no bias, as a path."""
    import keras

    card = images.folder.card
    model = keras.Sequential(
        [
            keras.Input((card.input.height, card.input.width, card.input.channels)),
            keras.layers.GlobalMaxPooling2D(),
            keras.layers.Dense(len(card.output.labels), use_bias=False),
            keras.layers.Softmax(),
        ]
    )
    path = tmp_path_factory.mktemp("unbiased") / "model.keras"
    model.save(path)
    return path


@pytest.mark.filterwarnings(
    r"ignore:Statistics for quantized inputs were expected:UserWarning:tensorflow\.lite\.python"
)
def test_a_conversion_promises_tflite_runtime_and_keeps_it(unbiased, images):
    converted = tflite_model(
        unbiased, images.folder.card, {}, "full_int8", "tensorflow", images.inputs
    )
    assert "tflite_runtime" in converted.needs
    assert not misses_bias(converted.content)
    tree = read_tree(converted.content)
    for layer in tree.subgraphs[0].operators:
        if tree.operatorCodes[layer.opcodeIndex].builtinCode == FULLY_CONNECTED:
            # What other people's converters leave.
            layer.inputs[2] = -1
    assert tflite_needs(write_tree(tree)) == {"litert": converted.needs["litert"]}
