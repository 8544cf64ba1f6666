"""The networks for texts say the same after conversion: with padding, without, and of nothing."""

import numpy as np
import onnx
import pytest

from satchel.card import Card, LabelOutput, TextInput
from satchel.engines import open_engine
from satchel_convert.deployable import to_deployable
from satchel_convert.float_model import load_reference
from satchel_convert.to_onnx import quantize_onnx, to_onnx
from satchel_convert.to_tflite import to_tflite
from satchel_train.lasso.network import PairTable, build_lasso
from satchel_train.networks.mean_embedding import build_mean_embedding
from satchel_train.networks.recurrent_network import build_recurrent_network
from satchel_train.networks.transformer import build_transformer

pytestmark = pytest.mark.filterwarnings(
    # Keras's patch of tf2onnx for NumPy 2 asks for a name that NumPy reserves.
    r"ignore:In the future `np.object` will:FutureWarning:keras\.src\.export\.tf2onnx_lib"
)
IDS, LENGTH = 30, 12
TOLERANCES = {
    "float32": 1e-5,  # float32 sums in another order
    "dynamic_int8": 0.05,  # weights and activations to 1/255 of their range, through a few layers
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
    text = TextInput(length=LENGTH, delimiter=r"[^\w']+", vocabulary="vocabulary.txt")
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
    answers = []
    for padded in (ids, np.pad(ids, ((0, 0), (0, 5)))):
        keras.utils.set_random_seed(3)
        model = NETWORKS[name](length=padded.shape[1])
        answers.append(model.predict(padded, verbose=0))
    # Float32 sums in another order.
    np.testing.assert_allclose(*answers, rtol=0, atol=1e-6)


@pytest.mark.parametrize("scheme", TOLERANCES)
def test_tflite_says_what_keras_says(network, deployable, scheme):
    content = to_tflite(deployable, scheme=scheme, calibration=some_ids())
    check(network, "litert", content, TOLERANCES[scheme])


@pytest.mark.parametrize("scheme", TOLERANCES)
def test_onnx_says_what_keras_says(network, float32_onnx, scheme):
    content = quantize_onnx(float32_onnx, scheme=scheme, calibration=some_ids())
    onnx.checker.check_model(onnx.load_from_string(content))
    check(network, "onnx", content, TOLERANCES[scheme])


def check(network, engine, content, tolerance):
    ids = some_ids()
    expected = network.predict(ids, verbose=0)
    assert np.ptp(expected[:, 0]) > 0.02
    opened = open_engine(engine, content, threads=1)
    found = np.stack([opened.run(row[np.newaxis])[0] for row in ids])
    np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance)
