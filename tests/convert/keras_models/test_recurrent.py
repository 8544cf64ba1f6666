"""Recurrent networks of every kind are unrolled, quantized, and say what Keras says."""

import functools

import numpy as np
import pytest

from satchel.bundle.card import Card
from satchel.bundle.label_output import LabelOutput
from satchel.bundle.text_input import TextInput
from satchel.engines.engine import open_engine
from satchel.preprocessing import RegexSpec
from satchel.quantization import dequantize
from satchel_convert.keras_models.deployable import to_deployable
from satchel_convert.keras_models.recurrent import unroll
from satchel_convert.tflite.converter import read_tensor_specs, to_tflite
from satchel_convert.tflite.flatbuffer import read_tree
from satchel_convert.tflite.passes.plan import PASSES
from satchel_convert.tflite.passes.run import run_passes

pytestmark = [
    # TensorFlow says so of every model whose input is not the converter's to quantize.
    pytest.mark.filterwarnings(
        r"ignore:Statistics for quantized inputs were expected:UserWarning:tensorflow\.lite\.python"
    ),
    # LiteRT says so where ai-edge-quantizer looks at every tensor, which is what calibration is.
    pytest.mark.filterwarnings(r"ignore:Warning. Enabling .experimental_preserve_all_tensors"),
]
IDS, LENGTH, UNITS = 20, 8, 6
CARD = Card(
    "t",
    "1.0.0",
    "text-classification",
    TextInput(LENGTH, RegexSpec(r"[^\w']+", "vocabulary.txt")),
    LabelOutput(("no", "yes")),
)
KINDS = ("rnn", "lstm", "gru", "bidirectional", "masked_lstm", "backwards")
QUANTIZED = [
    *((kind, "full_int8", "tensorflow") for kind in KINDS),
    *((kind, "mixed_int8", "only") for kind in KINDS),
    ("masked_lstm", "full_int8", "ai_edge_quantizer"),
    ("masked_lstm", "int16x8", "ai_edge_quantizer"),
]


def network(kind):
    """Return a Keras model of ids whose weights are large enough to disagree."""
    import keras

    layers = keras.layers
    keras.utils.set_random_seed(5)
    recurrent = {
        "rnn": lambda: layers.SimpleRNN(UNITS),
        "lstm": lambda: layers.LSTM(UNITS),
        "gru": lambda: layers.GRU(UNITS),
        "bidirectional": lambda: layers.Bidirectional(layers.LSTM(UNITS)),
        "masked_lstm": lambda: layers.LSTM(UNITS),
        "backwards": lambda: layers.GRU(UNITS, go_backwards=True, return_sequences=True),
    }[kind]()
    stack = [
        keras.Input((LENGTH,), dtype="int32"),
        layers.Embedding(
            IDS, UNITS, mask_zero=kind == "masked_lstm", embeddings_initializer="random_normal"
        ),
        recurrent,
        *([layers.GlobalAveragePooling1D()] if kind == "backwards" else []),
        layers.Dense(2, activation="softmax"),
    ]
    model = keras.Sequential(stack)
    for layer, factor in ((model.layers[0], 15), (model.layers[-1], 3)):
        layer.set_weights([factor * weights for weights in layer.get_weights()])
    return model


def some_ids():
    """Return texts of one word to LENGTH words, int32 (n, LENGTH)."""
    ids = np.random.default_rng(6).integers(1, IDS, (3 * LENGTH, LENGTH)).astype(np.int32)
    words = 1 + np.arange(3 * LENGTH)[:, np.newaxis] % LENGTH
    ids[np.arange(LENGTH) >= words] = 0
    return ids


@pytest.fixture(scope="module")
def networks():
    return functools.cache(network)


@pytest.fixture(scope="module")
def unrolled(networks):
    return functools.cache(lambda kind: unroll(networks(kind)))


@pytest.mark.parametrize("kind", KINDS)
def test_unrolled_it_has_no_loop_and_says_the_same(kind, networks, unrolled):
    model, without_loops = networks(kind), unrolled(kind)
    assert without_loops is not model
    recurrent = without_loops.layers[1]
    inner = getattr(recurrent, "forward_layer", recurrent)
    assert inner.unroll
    expected = model.predict(some_ids(), verbose=0)
    assert np.ptp(expected[:, 0]) > 0.2
    # Float32 in another order.
    np.testing.assert_allclose(
        without_loops.predict(some_ids(), verbose=0), expected, rtol=0, atol=1e-5
    )


def test_both_directions_keep_what_they_were_told():
    import keras

    layers = keras.layers
    forward = layers.LSTM(3, return_sequences=True, recurrent_activation="hard_sigmoid")
    backward = layers.GRU(4, return_sequences=True, go_backwards=True)
    both = layers.Bidirectional(forward, backward_layer=backward, merge_mode="concat")
    model = keras.Sequential([keras.Input((LENGTH, 2)), both])
    found = unroll(model).layers[0]
    assert isinstance(found.backward_layer, layers.GRU)
    assert found.forward_layer.unroll
    assert found.backward_layer.unroll
    values = np.random.default_rng(0).normal(size=(2, LENGTH, 2)).astype(np.float32)
    np.testing.assert_allclose(
        unroll(model).predict(values, verbose=0), model.predict(values, verbose=0), atol=1e-5
    )


def test_a_model_without_recurrent_layers_is_returned_as_it_is(texts):
    assert unroll(texts.model) is texts.model


def test_a_recurrent_layer_within_a_model_within_a_model_is_unrolled(networks):
    import keras

    input_spec = keras.Input((LENGTH,), dtype="int32")
    outer = keras.Model(input_spec, networks("gru")(input_spec))
    found = unroll(outer)
    assert [each.unroll for each in found._flatten_layers() if hasattr(each, "unroll")] == [True]
    np.testing.assert_allclose(
        found.predict(some_ids(), verbose=0), outer.predict(some_ids(), verbose=0), atol=1e-5
    )


@pytest.mark.parametrize(("kind", "scheme", "backend"), QUANTIZED)
def test_quantized_it_says_what_keras_says(kind, scheme, backend, networks, unrolled):
    deployable = to_deployable(unrolled(kind), CARD)
    content = to_tflite(deployable, scheme=scheme, calibration=some_ids(), backend=backend)
    content = run_passes(content, PASSES[scheme, backend])
    expected = networks(kind).predict(some_ids(), verbose=0)
    # Int8 through eight steps, each of which rounds the state anew; int16 rounds weights alone.
    tolerance = 0.05 if scheme == "int16x8" else 0.15
    found = run(content)
    np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance)
    assert np.abs(found - expected).mean() < tolerance / 4
    assert len(read_tree(content).subgraphs) == 1


def run(content):
    """Return the probabilities that a .tflite file gives of ``some_ids``."""
    given = read_tensor_specs(content)[1]
    engine = open_engine("litert", content, threads=1)
    raws = np.stack([engine.run(row[np.newaxis])[0] for row in some_ids()])
    if given.dtype != "uint8":
        return raws
    return dequantize(raws, scale=given.scale, zero_point=given.zero_point)
