"""Tokenizers of every kind, made from texts."""

import sys

import numpy as np
import pytest

from satchel.bundle import TextInput
from satchel.preprocessing import open_tokenizer
from satchel_train.data.tokenizer_kinds import KINDS
from satchel_train.data.tokenizers import make_tokenizer
from satchel_train.errors import SettingsError
from satchel_train.networks.mean_embedding import build_mean_embedding
from satchel_train.networks.recurrent_network import build_recurrent_network
from satchel_train.networks.transformer import build_transformer

TEXTS = [
    text
    for number in range(60)
    for text in (
        f"A great film, don't miss it: great actors! Number {number}.",
        f"An awful plot<br />and bad actors; the film is awful. Number {number}.",
    )
]
LENGTH = 24


@pytest.fixture(scope="module", params=KINDS)
def made(request):
    return make_tokenizer(request.param, TEXTS, words=60, seed=7)


def opened(made):
    return open_tokenizer(TextInput(LENGTH, made.spec), {made.spec.files[0]: made.vocabulary})


def test_the_same_texts_and_seed_give_the_same_tokenizer(made):
    assert make_tokenizer(made.spec.kind, TEXTS, words=60, seed=7) == made


def test_every_id_is_below_the_number_of_ids_and_padding_is_0(made):
    tokenizer = opened(made)
    assert tokenizer.highest < made.ids
    assert tokenizer.pad == 0
    ids = tokenizer("great film")[0]
    assert ids[0] > 0
    # The padding stands behind.
    assert ids[-1] == 0


def test_texts_of_the_training_have_different_ids(made):
    tokenizer = opened(made)
    first, second = (tokenizer(text)[0] for text in TEXTS[:2])
    assert len({*first.tolist()}) >= 8
    assert not np.array_equal(first, second)


def test_a_text_without_words_has_a_token_if_the_kind_has_a_start(made):
    assert (opened(made)("")[0].max() > 0) == made.has_start


SIZES = {"length": LENGTH, "size": 8, "dropout": 0.1, "labels": 2}
NETWORKS = {
    "mlp": lambda **more: build_mean_embedding(hidden=4, **SIZES, **more),
    "lstm": lambda **more: build_recurrent_network("lstm", units=4, **SIZES, **more),
    "transformer": lambda **more: build_transformer(heads=2, hidden=4, **SIZES, **more),
}


@pytest.mark.parametrize("network", NETWORKS)
def test_every_network_says_numbers_of_a_text_without_words(made, network):
    model = NETWORKS[network](ids=made.ids, has_start=made.has_start)
    tokenizer = opened(made)
    inputs = np.concatenate([tokenizer(text) for text in ("", "great film")])
    scores = model.predict(inputs, verbose=0)
    assert np.isfinite(scores).all()
    np.testing.assert_allclose(scores.sum(axis=1), 1, atol=1e-6)


@pytest.mark.parametrize("network", NETWORKS)
def test_padding_is_no_word_without_a_start_either(network):
    import keras

    scores = []
    for has_start in (True, False):
        keras.utils.set_random_seed(3)
        model = NETWORKS[network](ids=30, has_start=has_start)
        inputs = np.int32([[5, 6, 7] + [0] * (LENGTH - 3)])
        scores.append(model.predict(inputs, verbose=0))
    np.testing.assert_allclose(*scores, atol=1e-6)


def test_sentencepiece_that_is_not_installed_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "sentencepiece", None)
    with pytest.raises(SettingsError, match=r"got none: pip install sentencepiece"):
        make_tokenizer("sentencepiece", TEXTS, words=60, seed=7)
