"""Finished models as others make them: by TensorFlow's converter alone, and by onnx.helper."""

import pytest
from PIL import Image

from helpers.finished_models import LABELS, SIDE, colours, onnx_graph, quantized, tinted


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """A folder of finished models, their labels and images."""
    import tensorflow as tf
    from onnx import TensorProto

    folder = tmp_path_factory.mktemp("finished")
    model = colours()
    (folder / "uint8.tflite").write_bytes(quantized(model, tf.uint8))
    (folder / "int8.tflite").write_bytes(quantized(model, tf.int8))
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    (folder / "float.tflite").write_bytes(converter.convert())
    (folder / "last.onnx").write_bytes(onnx_graph((1, SIDE, SIDE, 3)))
    (folder / "first.onnx").write_bytes(onnx_graph(("N", 3, SIDE, SIDE)))
    bytes_in = onnx_graph((1, SIDE, SIDE, 3), dtype=TensorProto.UINT8)
    (folder / "bytes.onnx").write_bytes(bytes_in)
    (folder / "labels.txt").write_text("".join(f"{label}\n" for label in LABELS))
    for index, pixels in enumerate(tinted(12, seed=2)):
        place = folder / "evaluation" / LABELS[index % 3]
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(place / f"{index}.png")
    return folder
