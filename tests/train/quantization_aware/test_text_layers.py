"""Text networks round where their unrolled TFLite files do, and learn under it."""

import json

import keras
import numpy as np
import pytest
from keras import layers

from helpers.trainings import run_train
from satchel_convert.keras_models.recurrent import unroll
from satchel_convert.tflite.converter import to_tflite
from satchel_convert.tflite.flatbuffer import read_tree
from satchel_train.errors import SettingsError
from satchel_train.networks.bert import build_bert
from satchel_train.networks.mean_embedding import build_mean_embedding
from satchel_train.networks.recurrent_network import build_recurrent_network
from satchel_train.networks.transformer import build_transformer
from satchel_train.quantization_aware.fake_layers import RoundedWeights
from satchel_train.quantization_aware.fake_quantized_model import fake_quantize
from satchel_train.quantization_aware.text_layers import round_text_layer

IDS, LENGTH = 40, 8
SIZES = {"ids": IDS, "length": LENGTH, "size": 4, "dropout": 0.1, "labels": 2}
NETWORKS = {
    "mlp": lambda: build_mean_embedding(hidden=6, **SIZES),
    "rnn": lambda: build_recurrent_network("rnn", units=6, **SIZES),
    "lstm": lambda: build_recurrent_network("lstm", units=6, **SIZES),
    "transformer": lambda: build_transformer(heads=2, hidden=6, **SIZES),
    "bert": lambda: build_bert(joined=2, heads=2, hidden=6, blocks=1, **SIZES),
}


def some_texts(network, *, count=160):
    """Return the inputs of a network: ids with padding, with mask and segments for BERT's."""
    random = np.random.default_rng(7)
    ids = random.integers(2, IDS, (count, LENGTH)).astype(np.int32)
    ids[np.arange(LENGTH) >= random.integers(3, LENGTH + 1, count)[:, np.newaxis]] = 0
    ids[:, 0] = 1
    mask = (ids != 0).astype(np.int32)
    return [ids, mask, np.zeros_like(ids)] if network == "bert" else ids


def labels_of(texts):
    """Return whether a text has a word of the first quarter, int32 (texts,)."""
    ids = texts[0] if isinstance(texts, list) else texts
    return ((ids >= 2) & (ids < IDS // 4)).any(axis=1).astype(np.int32)


@pytest.fixture(scope="module", params=NETWORKS)
def trained(request):
    """A tiny network that was trained under rounding: the network before it, and its texts."""
    keras.utils.set_random_seed(7)
    model, texts = NETWORKS[request.param](), some_texts(request.param)
    fake_quantized = fake_quantize(model)
    fake_quantized.rounded.compile(keras.optimizers.Adam(1e-2), "sparse_categorical_crossentropy")
    history = fake_quantized.rounded.fit(texts, labels_of(texts), epochs=12, verbose=0)
    fake_quantized.export_weights()
    return request.param, model, fake_quantized, texts, history.history["loss"]


def test_every_layer_of_a_text_network_is_rounded(trained):
    _, _, fake_quantized, _, _ = trained
    assert fake_quantized.left_in_float == ()


def test_it_learns_and_predicts_what_the_plain_model_does(trained):
    name, _, fake_quantized, texts, losses = trained
    assert losses[-1] < losses[0]
    plain, rounded = (
        model.predict(texts, verbose=0) for model in (fake_quantized.plain, fake_quantized.rounded)
    )
    # The kernels are the same, and states and scores differ by a few of 256 levels each.
    np.testing.assert_allclose(plain, rounded, atol=0.1)
    assert (plain.argmax(axis=1) == rounded.argmax(axis=1)).mean() > 0.95, name


def test_the_plain_model_has_the_layers_and_shapes_of_the_users(trained):
    _, model, fake_quantized, _, _ = trained
    assert [layer.name for layer in fake_quantized.plain.layers] == [
        layer.name for layer in model.layers
    ]
    for one, other in zip(model.get_weights(), fake_quantized.plain.get_weights(), strict=True):
        assert one.shape == other.shape


def stored(model):
    """Return the int8 constants of a .tflite with their scales."""
    tree = read_tree(model)
    found = []
    for tensor in tree.subgraphs[0].tensors:
        data = tree.buffers[tensor.buffer].data
        if tensor.type == 9 and data is not None and len(tensor.shape) == 2:  # TensorType.INT8
            values = np.asarray(data, np.uint8).view(np.int8).reshape(tensor.shape)
            scale, zero = tensor.quantization.scale, tensor.quantization.zeroPoint
            found.append(
                (values - np.reshape(zero, (-1, 1)).astype(int)) * np.reshape(scale, (-1, 1))
            )
    return found


@pytest.mark.filterwarnings("ignore:Statistics for quantized inputs:UserWarning")
@pytest.mark.parametrize("trained", ["rnn", "lstm"], indirect=True)
def test_the_unrolled_file_holds_the_table_and_the_kernels_that_were_trained(trained):
    name, _, fake_quantized, texts, _ = trained
    ids = keras.Input(batch_shape=(1, LENGTH), dtype="int32", name="ids")
    fixed = unroll(keras.Model(ids, fake_quantized.plain(ids)))
    kept = stored(to_tflite(fixed, scheme="full_int8", calibration=texts))
    table = fake_quantized.plain.get_layer("words").get_weights()[0]
    kernel, recurrent, _ = fake_quantized.plain.get_layer(name).get_weights()
    for expected in (table, kernel.T, recurrent.T):
        same = [values for values in kept if values.shape == expected.shape]
        assert any(np.allclose(values, expected, atol=1e-6) for values in same)


def test_dropout_inside_attention_leaves_out_other_shares_in_each_step():
    keras.utils.set_random_seed(3)
    values = keras.Input((5, 8), name="values")
    attention = layers.MultiHeadAttention(2, 4, dropout=0.5, name="attention")
    rounded = fake_quantize(keras.Model(values, attention(values, values))).rounded
    some = np.random.default_rng(1).normal(size=(2, 5, 8)).astype(np.float32)
    first, second = (np.array(rounded(some, training=True)) for _ in range(2))
    assert np.abs(first - second).max() > 0.1 * np.abs(first).max()
    np.testing.assert_array_equal(rounded(some), rounded(some))


def test_a_mask_of_the_embedding_reaches_the_mean():
    ids = keras.Input((4,), dtype="int32", name="ids")
    values = layers.Embedding(10, 3, mask_zero=True, name="words")(ids)
    model = keras.Model(ids, layers.GlobalAveragePooling1D(name="mean")(values))
    rounded = fake_quantize(model).rounded
    rounded(np.array([[1, 2, 3, 4]]), training=True)
    alone, padded = (np.array(rounded(np.array([row]))) for row in ([5, 6, 5, 6], [5, 6, 0, 0]))
    np.testing.assert_allclose(alone, padded, atol=1e-6)


@pytest.mark.parametrize(
    "layer",
    [
        layers.LSTM(3, dropout=0.2, name="other"),
        layers.LSTM(3, activation="relu", name="other"),
        layers.LSTM(3, recurrent_activation="hard_sigmoid", name="other"),
        layers.LSTM(3, return_state=True, name="other"),
        layers.SimpleRNN(3, activation="relu", name="other"),
        layers.GRU(3, name="other"),
    ],
)
def test_a_recurrent_layer_of_other_settings_is_not_guessed(layer):
    assert round_text_layer(layer) is None


def test_a_layer_of_other_settings_is_left_in_float_and_named():
    ids = keras.Input((6,), dtype="int32", name="ids")
    values = layers.GRU(4, name="gated")(layers.Embedding(10, 4, name="words")(ids))
    scores = layers.Dense(2, activation="softmax", name="scores")(values)
    assert fake_quantize(keras.Model(ids, scores)).left_in_float == ("gated",)


def test_a_subclass_of_an_embedding_is_left_alone():
    class Own(layers.Embedding):
        pass

    assert round_text_layer(Own(4, 2)) is None
    assert isinstance(round_text_layer(layers.Embedding(4, 2, name="words")), RoundedWeights)


def test_the_command_trains_reviews_fine_tunes_them_and_says_so(tmp_path, capsys):
    words = ("--epochs", 4, "--quantization-aware")
    assert run_train("reviews", "--out", tmp_path / "model", *words) == 0
    assert ", test accuracy before quantization " in capsys.readouterr().out
    training = json.loads((tmp_path / "model" / "training.json").read_bytes())
    assert training["hyper"]["quantization_aware"]["epochs"] == 1
    model = keras.models.load_model(tmp_path / "model" / "model.keras", safe_mode=True)
    table = model.get_layer("words").get_weights()[0]
    levels = table * 255 / (table.max() - table.min())
    np.testing.assert_allclose(levels, levels.round(), atol=1e-3)


def test_a_lasso_is_refused_before_its_data_are_read(tmp_path):
    words = ("--model", "lasso", "--quantization-aware", "--data-dir", tmp_path)
    with pytest.raises(SettingsError, match="Expected no quantization_aware for lasso: it only"):
        run_train("imdb", "--out", tmp_path / "model", *words)
