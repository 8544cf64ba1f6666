"""Models that take strings are taken apart: the tokenizer, and a model from ids on."""

import numpy as np
import pytest

from helpers.string_models import (
    LENGTH,
    TEXTS,
    averaged,
    changed,
    dense,
    model_of_strings,
    recurrent,
    scores_of,
    tutorial,
    vectorization,
)
from satchel_convert.errors import ConversionError
from satchel_convert.keras_models.float_model import describe_model, open_keras_model

# GlobalMaxPooling1D and others leave the mask of an embedding aside, which Keras says.
pytestmark = pytest.mark.filterwarnings("ignore:Layer .* was passed an input with a mask")


def nested(keras):
    """Return the form of Keras's end-to-end example: the trained model behind the vectorization."""
    trained = keras.Sequential([keras.Input((LENGTH,), dtype="int64"), *averaged(keras)])
    text = keras.Input((1,), dtype="string")
    return keras.Model(text, trained(vectorization()(text)))


def twice_nested(keras):
    first = keras.Sequential([keras.Input((1,), dtype="string"), vectorization()])
    return model_of_strings(first, *averaged(keras))


def lookup(keras, shape, **settings):
    layer = keras.layers.StringLookup(**settings)
    layer.adapt(TEXTS)
    text = keras.Input(shape, dtype="string")
    values = layer(text)
    if settings.get("output_mode") != "one_hot":
        values = keras.layers.Embedding(20, 4)(values)
        values = keras.layers.Flatten()(values) if shape else values
    return keras.Model(text, dense(keras)[0](values))


MODELS = {
    "ids": lambda keras: model_of_strings(vectorization(), *averaged(keras)),
    "without_input": lambda keras: model_of_strings(vectorization(), *averaged(keras), shape=()),
    "bidirectional": lambda keras: model_of_strings(vectorization(), *recurrent(keras, both=True)),
    "lower": lambda keras: model_of_strings(vectorization(standardize="lower"), *averaged(keras)),
    "strip": lambda keras: model_of_strings(
        vectorization(standardize="strip_punctuation"), *averaged(keras)
    ),
    "none": lambda keras: model_of_strings(vectorization(standardize=None), *averaged(keras)),
    "characters": lambda keras: model_of_strings(
        vectorization(split="character"), *averaged(keras)
    ),
    "whole": lambda keras: model_of_strings(vectorization(split=None), *averaged(keras)),
    "bigrams": lambda keras: model_of_strings(vectorization(ngrams=2), *averaged(keras)),
    "some_ngrams": lambda keras: model_of_strings(vectorization(ngrams=(1, 3)), *averaged(keras)),
    "multi_hot": lambda keras: model_of_strings(
        vectorization(output_mode="multi_hot", pad_to_max_tokens=True), *dense(keras)
    ),
    "count": lambda keras: model_of_strings(
        vectorization(output_mode="count", ngrams=2), *dense(keras)
    ),
    "tf_idf": lambda keras: model_of_strings(
        vectorization(output_mode="tf_idf", ngrams=2), *dense(keras)
    ),
    "nested": nested,
    "twice_nested": twice_nested,
    "lookup": lambda keras: lookup(keras, (1,)),
    "masked_lookup": lambda keras: lookup(keras, (), mask_token=""),
    "one_hot": lambda keras: lookup(keras, (1,), output_mode="one_hot"),
}


def check(path, model, texts):
    """Check that both parts of a file say together what the whole model says."""
    opened = open_keras_model(path)
    length = opened.strings.tokenizer.length
    tokenizer = opened.strings.tokenizer.open(length)
    ids = np.concatenate([tokenizer(text) for text in texts])
    np.testing.assert_array_equal(ids, opened.strings.to_ids(texts))
    expected = scores_of(model, texts)
    np.testing.assert_allclose(opened.strings.run(texts), expected, atol=1e-6)
    np.testing.assert_allclose(np.asarray(opened.model(ids)), expected, atol=1e-6)
    shape = describe_model(path)
    assert (shape.inputs, shape.dtype) == ([(None, length)], "int32")
    assert shape.tokenizer == opened.strings.tokenizer


@pytest.mark.parametrize("form", ["keras", "saved_model"])
@pytest.mark.parametrize("name", list(MODELS))
def test_a_model_of_strings_is_its_tokenizer_and_the_rest(tmp_path, name, form):
    import keras

    model = MODELS[name](keras)
    path = tmp_path / ("model.keras" if form == "keras" else "model")
    if form == "keras":
        model.save(path)
    else:
        model.export(path, verbose=False)
    check(path, model, [*changed(), *TEXTS])


def test_a_function_is_read_from_the_operators_of_a_saved_model(tmp_path):
    import keras
    import tensorflow as tf

    model = model_of_strings(vectorization(standardize=tutorial), *averaged(keras))
    tf.saved_model.save(model, tmp_path / "model")
    check(tmp_path / "model", model, changed())
    steps = open_keras_model(tmp_path / "model").strings.tokenizer.spec.standardize
    assert [step.text for step in steps] == [None, "<br />", None]


@pytest.mark.parametrize("name", ["int", "multi_hot", "tf_idf"])
@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")
def test_a_model_of_keras_2_is_taken_apart_too(tmp_path, name):
    import tf_keras

    layers = averaged(tf_keras) if name == "int" else dense(tf_keras)
    settings = {} if name == "int" else {"ngrams": 2}
    layer = vectorization(tf_keras, output_mode=name, **settings)
    model = model_of_strings(layer, *layers, keras=tf_keras)
    model.save(tmp_path / "model.keras")
    check(tmp_path / "model.keras", model, changed())


def test_any_length_of_ids_stays_any(tmp_path):
    import keras

    model = model_of_strings(vectorization(output_sequence_length=None), *averaged(keras))
    model.save(tmp_path / "model.keras")
    assert describe_model(tmp_path / "model.keras").inputs == [(None, None)]
    run = open_keras_model(tmp_path / "model.keras").strings.run
    # Each text alone: in a batch, the model would pad the shorter ones.
    expected = np.concatenate([scores_of(model, [text]) for text in TEXTS])
    np.testing.assert_allclose(run(TEXTS), expected, atol=1e-6)


def test_half_precision_is_run_in_float32(tmp_path):
    import keras

    keras.mixed_precision.set_global_policy("mixed_float16")
    try:
        model = model_of_strings(vectorization(), *averaged(keras))
    finally:
        keras.mixed_precision.set_global_policy("float32")
    model.save(tmp_path / "model.keras")
    opened = open_keras_model(tmp_path / "model.keras")
    ids = opened.strings.to_ids(TEXTS)
    np.testing.assert_array_equal(opened.strings.run(TEXTS), np.asarray(opened.model(ids)))


def html(text):
    import tensorflow as tf

    return tf.strings.regex_replace(text, "<[^>]+>", "")


def unicode_lower(text):
    import tensorflow as tf

    return tf.strings.lower(text, encoding="utf-8")


def split_at_commas(text):
    import tensorflow as tf

    return tf.strings.split(text, ",")


def refused_layers(keras):
    return {
        "ragged": (vectorization(ragged=True, output_sequence_length=None), "got ragged=True in"),
        "oov": (adapted(keras.layers.StringLookup(num_oov_indices=3)), "num_oov_indices=3"),
    }


def adapted(layer):
    layer.adapt(TEXTS)
    return layer


@pytest.mark.parametrize("name", ["ragged", "oov"])
def test_a_layer_that_no_tokenizer_repeats_is_refused(tmp_path, name):
    import keras

    from satchel_convert.keras_models.text_layers import read_layer

    layer, reason = refused_layers(keras)[name]
    with pytest.raises(ConversionError, match=reason):
        read_layer(layer, "model.keras")


def test_a_layer_without_a_vocabulary_is_refused():
    import keras

    from satchel_convert.keras_models.text_layers import read_layer

    with pytest.raises(ConversionError, match=r"Expected a vocabulary in the TextVec.*got none"):
        read_layer(keras.layers.TextVectorization(), "model.h5")


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        (
            {"standardize": html},
            "the regular expression '<\\[\\^>\\]\\+>', which is neither a text",
        ),
        ({"standardize": unicode_lower}, "StringLower of utf-8, which changes more than ASCII"),
        ({"split": split_at_commas}, "a split at b',', which is not white space"),
    ],
)
def test_operators_that_no_tokenizer_repeats_are_named(tmp_path, settings, reason):
    import keras

    model = model_of_strings(vectorization(**settings), *averaged(keras))
    model.export(tmp_path / "model", verbose=False)
    with pytest.raises(ConversionError, match=reason) as caught:
        open_keras_model(tmp_path / "model")
    assert "\n" not in str(caught.value)


def test_several_ids_for_unknown_tokens_are_refused_in_a_saved_model(tmp_path):
    import keras

    lookup(keras, (1,), num_oov_indices=3).export(tmp_path / "model", verbose=False)
    with pytest.raises(ConversionError, match="StringToHashBucketFast on one string"):
        open_keras_model(tmp_path / "model")


@pytest.mark.parametrize(
    ("build", "reason"),
    [
        (lambda keras, text: keras.layers.Hashing(9)(text), "got Hashing"),
        (
            lambda keras, text: keras.layers.Add()([vectorization()(text), vectorization()(text)]),
            "got TextVectorization, TextVectorization",
        ),
    ],
)
def test_strings_that_go_another_way_are_refused(tmp_path, build, reason):
    import keras

    text = keras.Input((1,), dtype="string")
    values = keras.layers.Embedding(120, 4)(build(keras, text))
    keras.Model(text, dense(keras)[0](keras.layers.GlobalAveragePooling1D()(values))).save(
        tmp_path / "model.keras"
    )
    with pytest.raises(ConversionError, match=reason):
        open_keras_model(tmp_path / "model.keras")


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        (
            {"standardize": tutorial},
            "Expected standardize lower, .* got 'tutorial', which",
        ),
        ({"split": split_at_commas}, "Expected split whitespace, .*got 'split_at_commas'"),
        (
            {"standardize": lambda text: text},
            "Expected standardize lower, .* got .* which is code",
        ),
    ],
)
@pytest.mark.filterwarnings("ignore:The object being serialized includes a `lambda`")
def test_python_functions_in_a_file_are_refused_by_name(tmp_path, settings, reason):
    import keras

    model_of_strings(vectorization(**settings), *averaged(keras)).save(tmp_path / "model.keras")
    with pytest.raises(ConversionError, match=reason) as caught:
        open_keras_model(tmp_path / "model.keras")
    assert "export the model with model.export" in str(caught.value)
    assert "\n" not in str(caught.value)
