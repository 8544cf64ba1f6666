"""What a converted model says, in the engines that ship."""

import numpy as np

from satchel.bundle.image_input import ImageInput
from satchel.engines.engine import open_engine
from satchel.inference.model import Model
from satchel.preprocessing.images import to_tensor
from satchel.quantization import dequantize
from satchel_convert.conversion.jobs import Converted
from satchel_convert.model_folder import deployed_card


def probabilities(content, engine, specs, card, inputs):
    """Return what a converted model says of prepared inputs, through the engines that ship."""
    input_tensor, output_tensor = specs
    opened = open_engine(engine, content, threads=1)
    scores = []
    for position in range(len(inputs)):
        tensor = inputs[position : position + 1]
        if isinstance(card.input, ImageInput):
            tensor = to_tensor(tensor, deployed_card(card).input, input_tensor)
        raw = opened.run(tensor)[0]
        if output_tensor.dtype == "uint8":
            raw = dequantize(raw, scale=output_tensor.scale, zero_point=output_tensor.zero_point)
        scores.append(raw)
    return np.stack(scores)


def predictions(content, format_, specs, card, inputs):
    """Return probabilities, or pixels, that a converted model gives, as the runtime reads them."""
    engine = {"tflite": "litert", "onnx": "onnx"}[format_]
    entry = Converted(content, *specs, {}).entry(format_, "float32")
    opened = open_engine(engine, content, threads=1)
    return Model(entry, deployed_card(card), opened, engine).predict_batch(inputs)
