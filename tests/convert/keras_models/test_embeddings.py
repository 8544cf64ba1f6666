"""The number of ids that a model knows is that of the embedding which reads its ids."""

import keras
import pytest

from satchel_convert.keras_models.embeddings import embedded_ids

IDS, SEGMENTS, LENGTH = 30, 2, 4


def inputs(*names):
    return [keras.Input((LENGTH,), dtype="int32", name=name) for name in names]


def test_positions_are_not_ids():
    (ids,) = inputs("words")
    places = keras.layers.Embedding(LENGTH, 3)(keras.ops.arange(LENGTH))
    model = keras.Model(ids, keras.layers.Embedding(IDS, 3)(ids) + places)
    assert embedded_ids(model) == IDS


@pytest.mark.parametrize("mapping", [False, True])
def test_segments_are_not_ids(mapping):
    segments, ids = inputs("token_type_ids", "input_ids")
    made = keras.layers.Embedding(SEGMENTS, 3)(segments) + keras.layers.Embedding(IDS, 3)(ids)
    given = {"token_type_ids": segments, "input_ids": ids} if mapping else [segments, ids]
    assert embedded_ids(keras.Model(given, made)) == IDS


def test_an_embedding_inside_of_a_model_is_found():
    inner = keras.Sequential([keras.Input((LENGTH,)), keras.layers.Embedding(IDS, 3)])
    (ids,) = inputs("words")
    assert embedded_ids(keras.Model(ids, inner(ids))) == IDS


def test_names_that_say_nothing_and_no_embedding_give_no_number():
    first, second = inputs("one", "two")
    made = keras.layers.Embedding(IDS, 3)(first) + keras.layers.Embedding(IDS, 3)(second)
    assert embedded_ids(keras.Model([first, second], made)) is None
    (values,) = inputs("values")
    assert embedded_ids(keras.Model(values, keras.layers.Dense(3)(values))) is None
