"""Finished models as others make them: by TensorFlow's converter alone, and by onnx.helper."""

import warnings

import numpy as np

LABELS = ("red", "green", "blue")
SIDE = 8


def colours():
    """Return a Keras model of the colour that an image from -1 to 1 has most of."""
    import keras

    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((SIDE, SIDE, 3)),
            layers.Conv2D(3, 3, padding="same"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(3, activation="softmax"),
        ]
    )
    blur = np.zeros((3, 3, 3, 3), np.float32)
    blur[:, :, range(3), range(3)] = 1 / 9
    sharp = 6 * np.eye(3, dtype=np.float32)
    model.set_weights([blur, np.zeros(3, np.float32), sharp, np.float32([0.1, 0, -0.1])])
    return model


def tinted(count, *, seed):
    """Return images, uint8 (count, side, side, 3), the tint of each at ``index % 3``."""
    pixels = np.random.default_rng(seed).integers(0, 140, (count, SIDE, SIDE, 3), np.uint8)
    for index in range(count):
        pixels[index, ..., index % 3] += 100
    # The whole range, or the input's scale would be that of these images.
    pixels[:, 0, 0], pixels[:, -1, -1] = 0, 255
    return pixels


def quantized(model, dtype):
    """Return ``model`` with an 8-bit input and output, as a tutorial has it."""
    import tensorflow as tf

    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: (
        [(image[np.newaxis] / 127.5 - 1).astype(np.float32)] for image in tinted(12, seed=1)
    )
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = converter.inference_output_type = dtype
    with warnings.catch_warnings():
        # TensorFlow says so of every model whose input is not the converter's to quantize.
        warnings.filterwarnings("ignore", "Statistics for quantized inputs", UserWarning)
        return converter.convert()


def onnx_graph(shape, *, nodes=(), taken="pixels", outputs=("scores",), opset=13, **more):
    """Return an .onnx whose logits are six times the means of red, green and blue."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    channels_first = shape[1] == 3
    dtype = more.get("dtype", TensorProto.FLOAT)
    mean = helper.make_node(
        "ReduceMean", ["real"], ["means"], axes=[2, 3] if channels_first else [1, 2], keepdims=0
    )
    head = [
        helper.make_node("Cast", [taken], ["real"], to=TensorProto.FLOAT),
        mean,
        helper.make_node("MatMul", ["means", "sharp"], ["logits"]),
        *(nodes or [helper.make_node("Softmax", ["logits"], ["scores"], axis=1)]),
    ]
    sharp = numpy_helper.from_array((6 / 127.5) * np.eye(3, dtype=np.float32), "sharp")
    values = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [shape[0], 3]) for name in outputs
    ]
    inputs = [helper.make_tensor_value_info(taken, dtype, shape)]
    graph = helper.make_graph(head, "colours", inputs, values, [sharp])
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=more.get("ir", 8)
    )
    onnx.checker.check_model(model)
    return model.SerializeToString()
