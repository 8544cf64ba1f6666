"""The twin rounds where TFLite does: its kernels are compared with those in a converted file."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from satchel_convert.tflite.converter import to_tflite
from satchel_convert.tflite.flatbuffer import read_tree
from satchel_train.quantization_aware.fake_layers import RoundedKernel, RoundedValues
from satchel_train.quantization_aware.fake_quantized_model import fake_quantize
from satchel_train.quantization_aware.kernels import CHANNEL_AXES, channel_axes, rounded


def gradient(values, loss):
    """Return the gradient of ``loss`` in the variable ``values``."""
    import tensorflow

    with tensorflow.GradientTape() as tape:
        found = loss()
    return tape.gradient(found, values)


def levels(kernel, axes):
    """Return ``kernel`` from -127 to 127, int8, each channel by its own largest number."""
    others = tuple(axis for axis in range(kernel.ndim) if axis not in axes)
    return np.round(kernel * 127 / np.abs(kernel).max(axis=others, keepdims=True)).astype(np.int8)


def as_in_tflite(layer):
    """Return the levels of the kernel of ``layer`` in the order of TFLite's axes."""
    kernel = levels(layer.get_weights()[0], channel_axes(layer))
    match layer:
        case layers.Dense():
            return kernel.T
        case layers.Conv1D():
            return kernel.transpose(2, 0, 1)[:, np.newaxis]
        case layers.DepthwiseConv2D():
            return kernel.reshape(1, *kernel.shape[:2], -1)
        case layers.Conv2DTranspose():
            return kernel.transpose(2, 0, 1, 3)
    return kernel.transpose(3, 0, 1, 2)


def stored_kernels(model):
    """Return all int8 constants of a TFLite model of more than one axis."""
    tree = read_tree(model)
    return [
        np.asarray(data, np.uint8).view(np.int8).reshape(tensor.shape)
        for tensor in tree.subgraphs[0].tensors
        if tensor.type == 9  # TensorType.INT8
        and (data := tree.buffers[tensor.buffer].data) is not None
        and len(tensor.shape) > 1
    ]


def to_full_int8(model, inputs):
    tensor = keras.Input(batch_shape=(1, *model.input_shape[1:]))
    fixed = keras.Model(tensor, model(tensor))
    return to_tflite(fixed, scheme="full_int8", calibration=inputs)


@pytest.mark.filterwarnings("ignore:Statistics for quantized inputs:UserWarning")
def test_the_tflite_file_holds_the_kernels_that_were_trained(every_kernel, images):
    fake_quantized = fake_quantize(every_kernel)
    fake_quantized.rounded.compile("adam", "sparse_categorical_crossentropy")
    fake_quantized.rounded.fit(images, np.arange(64) % 3, epochs=2, verbose=0)
    fake_quantized.export_weights()
    learned = [layer for layer in fake_quantized.plain.layers if channel_axes(layer)]
    assert {type(layer) for layer in learned} == CHANNEL_AXES.keys()
    stored = stored_kernels(to_full_int8(fake_quantized.plain, images))
    for layer in learned:
        expected = as_in_tflite(layer)
        same = [kernel for kernel in stored if kernel.shape == expected.shape]
        assert any((kernel == expected).all() for kernel in same), layer.name
        unrounded = fake_quantized.rounded.get_layer(layer.name).get_weights()[0]
        assert (unrounded != layer.get_weights()[0]).any()


def test_rounding_what_is_rounded_changes_nothing():
    kernel = np.random.default_rng(7).normal(size=(3, 3, 4, 8)).astype(np.float32)
    once = rounded(kernel, (3,))
    assert len(np.unique(ops.convert_to_numpy(once)[..., 0])) <= 255
    np.testing.assert_allclose(rounded(once, (3,)), once, rtol=1e-5)
    np.testing.assert_array_equal(levels(np.array(once), (3,)), levels(kernel, (3,)))


def test_a_channel_of_zeros_stays_zero():
    kernel = np.zeros((4, 2), np.float32)
    kernel[:, 1] = 1
    np.testing.assert_allclose(rounded(kernel, (1,)), kernel, rtol=1e-6)


def test_the_gradient_passes_straight_through_a_rounded_kernel():
    inner = layers.Dense(3, use_bias=False)
    layer = RoundedKernel(inner, channel_axes=(1,), name="layer")
    inputs = np.array([[1.0, 2.0]], np.float32)
    layer(inputs)
    inner.set_weights([np.array([[0.1, 0.5, -3.0], [0.7, 0.2, 0.04]], np.float32)])
    assert (np.array(layer(inputs)) != np.array(inner(inputs))).any()
    found = gradient(inner.kernel.value, lambda: ops.sum(layer(inputs)))
    np.testing.assert_allclose(found, [[1, 1, 1], [2, 2, 2]])


def test_the_gradient_passes_through_rounded_values_within_their_range_only():
    import tensorflow

    layer = RoundedValues(name="layer")
    layer(np.array([0.0, 2.0], np.float32), training=True)
    values = tensorflow.Variable([-0.5, 0.303, 1.9, 2.5])
    prediction = np.array(layer(values))
    np.testing.assert_allclose(prediction, np.array([0, 39, 242, 255]) * 2 / 255, rtol=1e-6)
    np.testing.assert_array_equal(gradient(values, lambda: ops.sum(layer(values))), [0, 1, 1, 0])


def test_the_range_widens_at_once_and_narrows_slowly():
    layer = RoundedValues(name="layer")
    for lowest, highest in ((1.0, 2.0), (-3.0, 4.0), (0.0, 2.0)):
        layer(np.array([lowest, highest], np.float32), training=True)
    np.testing.assert_allclose([layer.low, layer.high], [-3 * 0.99, 4 * 0.99 + 2 * 0.01])
    layer(np.array([-100.0, 100.0], np.float32), training=False)
    np.testing.assert_allclose([layer.low, layer.high], [-3 * 0.99, 4 * 0.99 + 2 * 0.01])


def test_a_tensor_of_zeros_is_rounded_to_zeros():
    layer = RoundedValues(name="layer")
    np.testing.assert_array_equal(layer(np.zeros(3, np.float32), training=True), np.zeros(3))


def names(model):
    return [layer.name for layer in model.layers]


def test_what_is_between_a_kernel_and_its_relu_is_never_rounded(every_kernel):
    found = names(fake_quantize(every_kernel).rounded)
    assert "conv_rounded" not in found
    assert "conv_relu_rounded" in found
    assert "depthwise_rounded" not in found
    assert "depthwise_relu6_rounded" in found


def test_other_activations_are_rounded_before_and_behind(every_kernel):
    fake_quantized = fake_quantize(every_kernel)
    found = names(fake_quantized.rounded)
    assert {"transposed_rounded", "transposed_silu_rounded", "scores_linear_rounded"} <= {*found}
    assert fake_quantized.rounded.get_layer("scores_rounded").limits == (0, 255 / 256)
    # The scale of what is only moved is the same before and behind.
    assert not {"row_rounded", "flat_rounded"} & {*found}
    assert fake_quantized.left_in_float == ()


def test_a_relu_with_a_slope_or_another_limit_is_no_part_of_the_layer_in_front():
    values = inputs = keras.Input((4,), name="inputs")
    for number, relu in enumerate([layers.ReLU(max_value=2), layers.ReLU(negative_slope=0.1)]):
        values = relu(layers.Dense(4, name=f"dense_{number}")(values))
    found = names(fake_quantize(keras.Model(inputs, values)).rounded)
    assert {"inputs_rounded", "dense_0_rounded", "dense_1_rounded"} <= {*found}


def test_sums_are_rounded_behind_their_relu():
    inputs = keras.Input((4,), name="inputs")
    hidden = layers.Dense(4, name="hidden")(inputs)
    values = layers.ReLU(name="relu")(layers.Add(name="sum")([inputs, hidden]))
    found = names(fake_quantize(keras.Model(inputs, values)).rounded)
    assert "hidden_rounded" in found
    assert "sum_rounded" not in found
    assert "relu_rounded" in found


def test_layers_that_it_does_not_know_are_left_in_float_and_named():
    ids = keras.Input((6,), dtype="int32", name="ids")
    values = layers.Embedding(10, 4, name="words")(ids)
    values = layers.GRU(4, name="gated")(values)
    scores = layers.Dense(2, activation="softmax", name="scores")(values)
    fake_quantized = fake_quantize(keras.Model(ids, scores))
    assert fake_quantized.left_in_float == ("gated",)
    assert "ids_rounded" not in names(fake_quantized.rounded)
    some = np.arange(12).reshape(2, 6) % 10
    before, after = (
        model.predict(some, verbose=0) for model in (fake_quantized.plain, fake_quantized.rounded)
    )
    np.testing.assert_allclose(before, after, atol=0.01)  # two levels of the last layer's 256


def test_normalization_that_could_not_be_folded_moves_no_more():
    inputs = keras.Input((4,), name="inputs")
    normalized = layers.BatchNormalization(name="first")(inputs)
    fake_quantized = fake_quantize(
        keras.Model(inputs, layers.Dense(2, activation="softmax")(normalized))
    )
    before = fake_quantized.rounded.get_layer("first").get_weights()
    fake_quantized.rounded.compile("adam", "sparse_categorical_crossentropy")
    fake_quantized.rounded.fit(np.full((8, 4), 3.0), np.arange(8) % 2, verbose=0)
    for one, other in zip(
        before, fake_quantized.rounded.get_layer("first").get_weights(), strict=True
    ):
        np.testing.assert_array_equal(one, other)
    assert "first_rounded" in names(fake_quantized.rounded)


def test_a_frozen_layer_is_rounded_and_does_not_learn():
    inputs = keras.Input((4,), name="inputs")
    frozen = layers.Dense(3, name="frozen", trainable=False)
    fake_quantized = fake_quantize(
        keras.Model(inputs, layers.Dense(2, name="last")(frozen(inputs)))
    )
    rounded = fake_quantized.rounded.get_layer("frozen")
    assert isinstance(rounded, RoundedKernel)
    assert [each.path for each in fake_quantized.rounded.trainable_variables] == [
        *("last/last/kernel", "last/last/bias")
    ]
    before = frozen.get_weights()[0]
    fake_quantized.export_weights()
    after = fake_quantized.plain.get_layer("frozen").get_weights()[0]
    np.testing.assert_array_equal(levels(after, (1,)), levels(before, (1,)))
    assert (after != before).any()


@pytest.mark.parametrize("separate", [False, True], ids=["in a layer", "a layer of its own"])
def test_silu_is_rounded_at_its_sigmoid_too(separate):
    inputs = keras.Input((1,), name="inputs")
    silu = layers.Dense(1, name="silu", activation="linear" if separate else "silu")(inputs)
    model = keras.Model(inputs, layers.Activation("silu", name="apart")(silu) if separate else silu)
    fake_quantized = fake_quantize(model).rounded
    layer = fake_quantized.get_layer("apart" if separate else "silu_activation")
    # sigmoid(4) is 251.4 steps of 1/256, and 251 of them are left.
    np.testing.assert_allclose(layer(np.array([4.0])), [4 * 251 / 256], rtol=1e-6)


def test_sums_and_products_without_a_layer_are_rounded_too():
    inputs = keras.Input((4,), name="inputs")
    hidden = layers.Dense(4, name="hidden")(inputs)
    gate = layers.ReLU(6, name="gate")(hidden + 3.0)
    model = keras.Model(inputs, layers.Dense(2, name="scores")(hidden * gate))
    fake_quantized = fake_quantize(model)
    assert fake_quantized.left_in_float == ()
    found = names(fake_quantized.rounded)
    assert "hidden_rounded" in found
    assert "gate_rounded" in found
    assert [name for name in found if name.startswith("multiply")]
    assert not [name for name in found if name.startswith("add") and name.endswith("_rounded")]
    some = np.random.default_rng(7).uniform(-1, 1, (8, 4)).astype(np.float32)
    expected = model.predict(some, verbose=0)
    np.testing.assert_allclose(fake_quantized.plain.predict(some, verbose=0), expected, atol=1e-6)


def test_whole_numbers_are_no_tensors_to_round():
    ids = keras.Input((6,), dtype="int32", name="ids")
    values = layers.Embedding(10, 4, name="words")(ids + 1)
    fake_quantized = fake_quantize(keras.Model(ids, layers.Dense(2)(layers.Flatten()(values))))
    assert fake_quantized.left_in_float == ()
    assert not [name for name in names(fake_quantized.rounded) if name.startswith("add")][1:]
