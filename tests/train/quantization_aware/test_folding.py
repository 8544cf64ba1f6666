import keras
import numpy as np
import pytest
from keras import layers

from satchel_train.errors import SettingsError
from satchel_train.quantization_aware.folding import fold_normalization


def normalized_names(model):
    return [each.name for each in model.layers if isinstance(each, layers.BatchNormalization)]


def with_statistics(model):
    """Give the normalization of ``model`` means and scales that are not 0 and 1."""
    for layer in model.layers:
        if isinstance(layer, layers.BatchNormalization):
            layer.set_weights([0.5 + np.arange(each.size) for each in layer.get_weights()])
    return model


def test_a_folded_model_answers_as_before_without_its_normalization(every_kernel, images):
    folded = fold_normalization(every_kernel)
    assert normalized_names(folded) == []
    expected = every_kernel.predict(images, verbose=0)
    # Float32 sums in another order.
    np.testing.assert_allclose(folded.predict(images, verbose=0), expected, atol=1e-5)
    assert expected.std(axis=0).min() > 1e-3


def test_folding_leaves_the_given_model_as_it_is(every_kernel, images):
    expected = every_kernel.predict(images, verbose=0)
    fold_normalization(every_kernel)
    np.testing.assert_array_equal(every_kernel.predict(images, verbose=0), expected)
    assert len(normalized_names(every_kernel)) == 3


def test_a_sequential_model_is_folded_too():
    model = keras.Sequential(
        [keras.Input((4,)), layers.Dense(3), layers.BatchNormalization(), layers.ReLU()]
    )
    with_statistics(model)
    inputs = np.eye(4, dtype=np.float32)
    folded = fold_normalization(model)
    assert normalized_names(folded) == []
    np.testing.assert_allclose(
        folded.predict(inputs, verbose=0), model.predict(inputs, verbose=0), atol=1e-5
    )


def test_normalization_stays_where_others_want_the_output_in_front_of_it():
    values = inputs = keras.Input((4,))
    values = layers.Dense(4, name="wanted_twice")(values)
    values = layers.Add()([values, layers.BatchNormalization(name="one_of_two")(values)])
    # A sum has no kernel to fold into, and an activation is in between.
    values = layers.BatchNormalization(name="behind_a_sum")(values)
    values = layers.Dense(4, activation="relu", name="activated")(values)
    values = layers.BatchNormalization(name="behind_relu")(values)
    shared = layers.Dense(4, name="shared")
    values = layers.BatchNormalization(name="behind_shared")(shared(shared(values)))
    model = with_statistics(keras.Model(inputs, values))
    folded = fold_normalization(model)
    kept = ["one_of_two", "behind_a_sum", "behind_relu", "behind_shared"]
    assert normalized_names(folded) == kept
    some = np.random.default_rng(7).uniform(-1, 1, (8, 4)).astype(np.float32)
    np.testing.assert_allclose(
        folded.predict(some, verbose=0), model.predict(some, verbose=0), rtol=1e-5
    )


def test_normalization_of_images_behind_an_activation_becomes_a_convolution_of_its_own():
    inputs = keras.Input((5, 6, 3))
    values = layers.Conv2D(4, 3, activation="relu")(inputs)
    values = layers.BatchNormalization(name="behind_relu")(values)
    model = with_statistics(keras.Model(inputs, layers.Conv2D(2, 3, padding="same")(values)))
    folded = fold_normalization(model)
    found = folded.get_layer("behind_relu")
    assert (type(found), found.kernel_size) == (layers.DepthwiseConv2D, (1, 1))
    some = np.random.default_rng(7).uniform(-1, 1, (8, 5, 6, 3)).astype(np.float32)
    np.testing.assert_allclose(
        folded.predict(some, verbose=0), model.predict(some, verbose=0), atol=1e-5
    )


def test_what_is_the_models_own_output_is_not_folded():
    inputs = keras.Input((4,))
    hidden = layers.Dense(4)(inputs)
    model = keras.Model(inputs, [hidden, layers.BatchNormalization()(hidden)])
    assert len(normalized_names(fold_normalization(model))) == 1


def test_normalization_over_another_axis_than_the_channels_is_not_folded():
    inputs = keras.Input((4, 5, 6))
    values = layers.BatchNormalization(axis=1)(layers.Conv2D(4, 1)(inputs))
    assert len(normalized_names(fold_normalization(keras.Model(inputs, values)))) == 1


def test_a_subclassed_model_is_refused_in_one_line():
    class OwnCode(keras.Model):
        def call(self, inputs):
            return inputs

    with pytest.raises(
        SettingsError, match=r"Expected a built functional or Sequential .* got OwnCode: build"
    ):
        fold_normalization(OwnCode())


def test_a_sequential_model_that_was_never_built_is_refused():
    with pytest.raises(SettingsError, match=r"Expected a built functional .* got Sequential"):
        fold_normalization(keras.Sequential([layers.Dense(3)]))
