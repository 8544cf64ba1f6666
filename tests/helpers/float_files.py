"""Tiny float classifiers as .onnx and .tflite files, written with other tools than ours."""

from pathlib import Path

import numpy as np
from PIL import Image

LABELS = ("blue", "green", "red")
HEIGHT, WIDTH = 12, 10
MEAN = np.float32([120.0, 110.0, 100.0])
STD = np.float32([60.0, 50.0, 40.0])
KERNEL = np.float32([[1, 0, 0], [0, 1, 0], [0, 0, 1], [0.5, 0.5, 0.5]])
"""(4 channels out, 3 in): a 1 x 1 convolution"""
WEIGHTS = np.float32([[0, 0, 4, 0.1], [0, 4, 0, 0.2], [4, 0, 0, 0.1]])
"""(3 labels, 4 channels)"""
BIAS = np.float32([0.1, 0.0, 0.2])


def write_pictures(folder: Path, *, each: int, seed: int) -> Path:
    """Write ``each`` pictures of the model's size for each label, in folders; return ``folder``."""
    random = np.random.default_rng(seed)
    for at, label in enumerate(LABELS):
        (folder / label).mkdir(parents=True)
        for number in range(each):
            pixels = random.integers(40, 200, (HEIGHT, WIDTH, 3))
            pixels[..., 2 - at] = random.integers(140, 256, (HEIGHT, WIDTH))
            Image.fromarray(pixels.astype(np.uint8)).save(folder / label / f"{number}.png")
    return folder


def prepared(path: Path):
    """Return a picture as the author's program prepares it, float32 (1, height, width, 3)."""
    pixels = np.asarray(Image.open(path).convert("RGB"), np.float32)
    return ((pixels - MEAN) / STD)[np.newaxis]


def softmax(logits):
    """Return the probabilities of one sample's logits."""
    powers = np.exp(logits - logits.max())
    return powers / powers.sum()


def onnx_classifier(*, weights=WEIGHTS, bias=BIAS, batch: "str | int" = "batch", opset=17) -> bytes:
    """Return an .onnx as PyTorch exports one: channels first, logits out, float32."""
    from onnx import TensorProto, helper, numpy_helper

    make = helper.make_node
    nodes = [
        make("Conv", ["input", "kernel"], ["c"], kernel_shape=(1, 1)),
        make("Relu", ["c"], ["r"]),
        make("GlobalAveragePool", ["r"], ["p"]),
        make("Flatten", ["p"], ["f"], axis=1),
        make("Gemm", ["f", "weights", "bias"], ["logits"], transB=1),
    ]
    constants = {"kernel": KERNEL.reshape(4, 3, 1, 1), "weights": weights, "bias": bias}
    graph = helper.make_graph(
        nodes,
        "main_graph",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, [batch, 3, HEIGHT, WIDTH])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [batch, len(bias)])],
        [numpy_helper.from_array(values, name) for name, values in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    model.ir_version = 10
    return model.SerializeToString()


def of_ir_version_3(content: bytes) -> bytes:
    """Return the model as files of IR version 3 were written: each weight is an input as well."""
    import onnx
    from onnx import helper

    model = onnx.load_from_string(content)
    model.ir_version = 3
    model.graph.input.extend(
        helper.make_tensor_value_info(each.name, each.data_type, each.dims)
        for each in model.graph.initializer
    )
    return model.SerializeToString()


def tflite_classifier() -> bytes:
    """Return a .tflite that TensorFlow's converter makes of a Keras model without any option."""
    import keras
    import tensorflow as tf

    image = keras.Input((HEIGHT, WIDTH, 3))
    values = keras.layers.Conv2D(4, 1, activation="relu", use_bias=False)(image)
    values = keras.layers.GlobalAveragePooling2D()(values)
    model = keras.Model(image, keras.layers.Dense(3, activation="softmax")(values))
    model.set_weights([KERNEL.T.reshape(1, 1, 3, 4), WEIGHTS.T, BIAS])
    return tf.lite.TFLiteConverter.from_keras_model(model).convert()


def onnx_scores(content: bytes, path: Path):
    """Return what the author's program says of a picture, with ONNX Runtime and NumPy."""
    import onnxruntime

    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    (logits,) = session.run(None, {"input": prepared(path).transpose(0, 3, 1, 2)})
    return softmax(logits[0])


def tflite_scores(content: bytes, path: Path):
    """Return what the author's program says of a picture, with LiteRT and NumPy."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_content=content)
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], prepared(path))
    interpreter.invoke()
    return interpreter.get_tensor(interpreter.get_output_details()[0]["index"])[0]
