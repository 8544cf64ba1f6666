"""The networks for texts say the same after conversion: with padding, without, and of nothing."""

import numpy as np
import onnx
import pytest

from satchel.bundle.card import Card
from satchel.bundle.label_output import LabelOutput
from satchel.bundle.text_input import TextInput
from satchel.engines.engine import open_engine
from satchel.preprocessing import RegexSpec
from satchel_convert.keras_models.deployable import to_deployable
from satchel_convert.keras_models.float_model import load_reference
from satchel_convert.keras_models.recurrent import unroll
from satchel_convert.onnx.converter import quantize_onnx, to_onnx
from satchel_convert.onnx.passes.plan import PASSES as ONNX_PASSES
from satchel_convert.onnx.passes.run import run_passes as run_onnx_passes
from satchel_convert.onnx.static_quantization import masked_nodes
from satchel_convert.schemes import BACKENDS, CALIBRATED, ONLY
from satchel_convert.tflite.converter import to_tflite
from satchel_convert.tflite.passes.plan import PASSES
from satchel_convert.tflite.passes.run import run_passes
from satchel_train.lasso.network import PairTable, build_lasso
from satchel_train.networks.mean_embedding import build_mean_embedding
from satchel_train.networks.recurrent_network import build_recurrent_network
from satchel_train.networks.transformer import build_transformer

pytestmark = [
    # TensorFlow says so of every model whose input is not the converter's to quantize.
    pytest.mark.filterwarnings(
        r"ignore:Statistics for quantized inputs were expected:UserWarning:tensorflow\.lite\.python"
    ),
    # LiteRT says so where ai-edge-quantizer looks at every tensor, which is what calibration is.
    pytest.mark.filterwarnings(r"ignore:Warning. Enabling .experimental_preserve_all_tensors"),
]
IDS, LENGTH = 30, 12
TOLERANCES = {
    "float32": 1e-5,  # float32 sums in another order
    "dynamic_int8": 0.05,  # weights and activations to 1/255 of their range, through a few layers
    # The same, and a recurrent network rounds its state anew with each word, and a transformer's
    # masked scores, at -1e9, share a range with all others: one of 36 texts is 0.16 off.
    "full_int8": 0.2,
    "int16x8": 0.05,  # weights to 1/127 of their channel's largest
    "weight_int8": 0.05,  # weights to 1/127 of their channel's largest
    "weight_int4": 0.3,  # weights to 1/7, where dynamic_int8 has 1/127; those of this size only
    "mixed_int8": 0.15,  # as full_int8 at most
}


def lasso(*, length):
    random = np.random.default_rng(0)
    words = random.normal(0, 0.5, IDS).astype(np.float32)
    words[:3] = 0
    pairs = PairTable(random.normal(0, 0.5, (9, 7)).astype(np.float32), first_id=3, second_id=8)
    return build_lasso(words, intercept=-0.3, length=length, pairs=pairs)


def transformer(*, length):
    # By place: drawn at random, they would differ with the length.
    model = build_transformer(length=length, heads=2, hidden=8, **SIZES)
    places = np.random.default_rng(2).normal(0, 0.5, (2 * LENGTH, 8)).astype(np.float32)
    model.get_layer("places").set_weights([places[:length]])
    return model


SIZES = {"ids": IDS, "size": 8, "labels": 2, "dropout": 0.5}
NETWORKS = {
    "mlp": lambda length: build_mean_embedding(length=length, hidden=8, **SIZES),
    "rnn": lambda length: build_recurrent_network("rnn", length=length, units=8, **SIZES),
    "lstm": lambda length: build_recurrent_network("lstm", length=length, units=8, **SIZES),
    "transformer": transformer,
    "lasso_bigrams": lasso,
}


def some_ids():
    """Return texts of every number of words, int32 (n, length), the first one empty."""
    random = np.random.default_rng(1)
    ids = random.integers(2, IDS, (3 * LENGTH, LENGTH)).astype(np.int32)
    ids[:, 0] = 1
    ids[np.arange(LENGTH) > np.arange(3 * LENGTH)[:, np.newaxis] % LENGTH] = 0
    return ids


@pytest.fixture(scope="module", params=NETWORKS)
def network(request, tmp_path_factory):
    """A network with weights large enough to disagree, as it is read back from its file."""
    import keras

    keras.utils.set_random_seed(3)
    model = NETWORKS[request.param](length=LENGTH)
    if request.param != "lasso_bigrams":
        for name, factor in (("words", 20), ("scores", 4)):
            layer = model.get_layer(name)
            layer.set_weights([factor * weights for weights in layer.get_weights()])
    path = tmp_path_factory.mktemp("networks") / "model.keras"
    model.save(path)
    return load_reference(path)


@pytest.fixture(scope="module")
def card():
    text = TextInput(LENGTH, RegexSpec(r"[^\w']+", "vocabulary.txt"))
    return Card("t", "1.0.0", "text-classification", text, LabelOutput(("no", "yes")))


@pytest.fixture(scope="module")
def deployable(network, card):
    return to_deployable(network, card)


@pytest.fixture(scope="module")
def float32_onnx(deployable):
    return to_onnx(deployable)


@pytest.mark.parametrize("name", NETWORKS)
def test_padding_changes_no_answer(name):
    import keras

    ids = some_ids()
    predictions = []
    for padded in (ids, np.pad(ids, ((0, 0), (0, 5)))):
        keras.utils.set_random_seed(3)
        model = NETWORKS[name](length=padded.shape[1])
        predictions.append(model.predict(padded, verbose=0))
    # Float32 sums in another order.
    np.testing.assert_allclose(*predictions, rtol=0, atol=1e-6)


@pytest.mark.parametrize("scheme", TOLERANCES)
def test_tflite_says_what_keras_says(network, card, deployable, scheme):
    # TensorFlow's converter refuses int16x8 of ids.
    usual = BACKENDS.get(("tflite", scheme), ONLY)[0]
    backend = "ai_edge_quantizer" if scheme == "int16x8" else usual
    source = deployable
    if scheme in CALIBRATED:
        source = to_deployable(unroll(network), card)
    written = to_tflite(source, scheme=scheme, calibration=some_ids(), backend=backend)
    content = run_passes(written, PASSES[scheme, backend])
    check(network, "litert", content, TOLERANCES[scheme])


@pytest.mark.parametrize("scheme", TOLERANCES)
def test_onnx_says_what_keras_says(network, float32_onnx, scheme):
    quantized = quantize_onnx(float32_onnx, scheme=scheme, calibration=some_ids())
    content = run_onnx_passes(quantized, ONNX_PASSES[scheme])
    onnx.checker.check_model(onnx.load_from_string(content))
    check(network, "onnx", content, TOLERANCES[scheme])


def test_the_mask_of_a_transformer_is_found_and_no_other_network_has_one(request, float32_onnx):
    found = masked_nodes(onnx.load_from_string(float32_onnx).graph)
    assert bool(found) == (request.node.callspec.params["network"] == "transformer")


def check(network, engine, content, tolerance):
    ids = some_ids()
    expected = network.predict(ids, verbose=0)
    assert np.ptp(expected[:, 0]) > 0.02
    opened = open_engine(engine, content, threads=1)
    raws = np.stack([opened.run(row[np.newaxis])[0] for row in ids])
    # uint8 probabilities are always 256ths.
    found = raws / np.float32(256) if raws.dtype == np.uint8 else raws
    np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance)
