"""Gives a float .tflite of any origin a bundle's input and output, as operators of its graph.

What the model needs (scale, offset, grey, another order of channels or shape) and lacks (a softmax)
becomes operators, as ``keras_models.deployable`` makes them layers.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from satchel.bundle import Card, LabelOutput
from satchel_convert.errors import ConversionError
from satchel_convert.keras_models.author_shapes import fits
from satchel_convert.keras_models.pixels import PixelKernel, pixel_kernel
from satchel_convert.task import converter_task
from satchel_convert.text_rows import FILE_NAMES, rows_of
from satchel_convert.tflite.flatbuffer import input_names, read_tree, write_tree
from satchel_convert.tflite.graph_builder import GraphBuilder


def to_deployable(content: bytes, card: Card) -> bytes:
    """Return a float32 .tflite with the input and output of ``card``'s bundle, for a batch of 1.

    The input is an image, float32 (1, height, width, 3) from 0 to 255, or ids, int32 (1, length),
    with a mask and segments alike if the card has them; the output is probabilities, float32
    (1, labels). Raises ConversionError for an input that is not the card's.
    """
    assert isinstance(card.output, LabelOutput), "other outputs come from a model folder"
    tree = read_tree(content)
    graph = tree.subgraphs[0]
    for tensor in graph.tensors:
        # Only the batch was free, and its size in the file is 1.
        tensor.shapeSignature = None
    names = _read_inputs(tree, card)
    _put_out_probabilities(tree, card.output)
    _sign(tree, names)
    # Labels and normalization of the author's: the bundle's own metadata replaces them.
    tree.metadata = [each for each in tree.metadata or [] if each.name != b"TFLITE_METADATA"]
    return write_tree(tree)


def _read_inputs(tree: Any, card: Card) -> list[str]:
    """Put the bundle's inputs, and what prepares them, before the model's own.

    Return the names of the inputs, in the order of the graph.
    """
    from ai_edge_litert import schema_py_generated as schema

    made = GraphBuilder(tree, tree.subgraphs[0])
    task = converter_task(card.task).input
    tensors = task.tensors(card.input)
    rows = rows_of(input_names(tree), tensors)
    expected = card.input.shape[-1:] if rows else card.input.shape
    for number in made.graph.inputs:
        each = tuple(map(int, made.graph.tensors[number].shape))[1:]
        if not fits(each, expected):
            raise ConversionError(
                f"Expected the input {(None, *expected)} of its card, got {(None, *each)}."
            )
    image = task.image(card.input)
    if image is None:
        names = [FILE_NAMES[tensors[row]] for row in rows or (0,)]
        _read_ids(made, names)
        return names
    own = int(made.graph.inputs[0])
    tensor = made.graph.tensors[own]
    sides = tuple(map(int, tensor.shape))[1:]
    assert tensor.type == schema.TensorType.FLOAT32, "describe says so"
    pixels = made.tensor("image", (1, image.height, image.width, 3), "FLOAT32")
    kernel, whole = pixel_kernel(image), (image.height, image.width, image.channels)
    if kernel is None and sides == whole:
        # The model reads the pixels as they are, so nothing stands before it.
        made.graph.tensors.pop()
        tensor.name = b"image"
        return ["image"]
    value = pixels
    if kernel is not None:
        shape = (1, *whole)
        prepared = own if sides == whole else made.tensor("satchel/prepared", shape, "FLOAT32")
        _convolve(made, value, kernel, prepared)
        value = prepared
    if sides != whole:
        first = len(sides) == 3 and sides == (whole[2], *whole[:2])
        order = np.array([0, 3, 1, 2] if first else [1, *sides], np.int32)
        operator, options = (
            ("TRANSPOSE", "TransposeOptions") if first else ("RESHAPE", "ReshapeOptions")
        )
        found = made.add(operator, [value, made.constant("satchel/order", order)], own, options)
        if not first:
            found.newShape = order
    made.graph.operators = [*made.operators, *made.graph.operators]
    made.graph.inputs = np.array([pixels], np.int32)
    return ["image"]


def _read_ids(made: GraphBuilder, names: Sequence[str]) -> None:
    """Give each input its name and int32, with a cast behind it if the model reads others."""
    from ai_edge_litert import schema_py_generated as schema

    fed = []
    for name, own in zip(names, map(int, made.graph.inputs), strict=True):
        tensor = made.graph.tensors[own]
        if tensor.type == schema.TensorType.INT32:
            tensor.name = name.encode()
            fed.append(own)
            continue
        fed.append(made.tensor(name, tuple(map(int, tensor.shape)), "INT32"))
        options = made.add("CAST", [fed[-1]], own, "CastOptions")
        options.inDataType, options.outDataType = schema.TensorType.INT32, tensor.type
    made.graph.operators = [*made.operators, *made.graph.operators]
    made.graph.inputs = np.array(fed, np.int32)


def _convolve(made: GraphBuilder, pixels: int, prepared: PixelKernel, output: int) -> None:
    from ai_edge_litert import schema_py_generated as schema

    name = f"satchel/{prepared.name}"
    # (height, width, in, out) of Keras becomes (out, height, width, in), or (1, 1, 1, channels).
    kernel = prepared.kernel.transpose(3, 0, 1, 2).astype(np.float32)
    bias = made.constant(f"{name}/bias", prepared.bias.astype(np.float32))
    inputs = [pixels, made.constant(f"{name}/kernel", kernel), bias]
    operator = "DEPTHWISE_CONV_2D" if prepared.depthwise else "CONV_2D"
    options_type = "DepthwiseConv2DOptions" if prepared.depthwise else "Conv2DOptions"
    options = made.add(operator, inputs, output, options_type)
    options.padding = schema.Padding.VALID
    options.strideW = options.strideH = 1
    options.dilationWFactor = options.dilationHFactor = 1
    if prepared.depthwise:
        options.depthMultiplier = 1


def _put_out_probabilities(tree: Any, output: LabelOutput) -> None:
    """Put what the model's own output lacks behind it: an activation, the second label."""
    made = GraphBuilder(tree, tree.subgraphs[0])
    value = int(made.graph.outputs[0])
    shape = (1, *output.shape)
    if tuple(made.graph.tensors[value].shape) != shape:
        flat = made.tensor("satchel/flat", shape, "FLOAT32")
        sides = np.array(shape, np.int32)
        options = made.add(
            "RESHAPE", [value, made.constant("satchel/shape", sides)], flat, "ReshapeOptions"
        )
        options.newShape, value = sides, flat
    if output.activation == "logit" or (output.multi_label and output.activation == "none"):
        value = _then(made, "LOGISTIC", value, shape)
    elif output.activation == "none":
        before, value = value, made.tensor("satchel/softmax", shape, "FLOAT32")
        made.add("SOFTMAX", [before], value, "SoftmaxOptions").beta = 1.0
    if not output.multi_label and output.activation in ("logit", "sigmoid"):
        one = made.constant("satchel/one", np.ones((1, 1), np.float32))
        first = made.tensor("satchel/first", shape, "FLOAT32")
        made.add("SUB", [one, value], first, "SubOptions")
        both = made.tensor("satchel/both", (1, 2), "FLOAT32")
        made.add("CONCATENATION", [first, value], both, "ConcatenationOptions").axis = 1
        value = both
    made.graph.tensors[value].name = b"probability"
    made.graph.operators = [*made.graph.operators, *made.operators]
    made.graph.outputs = np.array([value], np.int32)


def _then(made: GraphBuilder, operator: str, value: int, shape: Sequence[int]) -> int:
    output = made.tensor(f"satchel/{operator.lower()}", shape, "FLOAT32")
    made.add(operator, [value], output)
    return output


def _sign(tree: Any, names: Sequence[str]) -> None:
    """Give the graph one signature: files from before TensorFlow 2 have none."""
    from ai_edge_litert import schema_py_generated as schema

    graph = tree.subgraphs[0]
    signature = schema.SignatureDefT()
    signature.signatureKey = b"serving_default"
    signature.subgraphIndex = 0
    signature.inputs = [
        _named(schema, name, number) for name, number in zip(names, graph.inputs, strict=True)
    ]
    signature.outputs = [_named(schema, "probability", graph.outputs[0])]
    tree.signatureDefs = [signature]


def _named(schema: Any, name: str, tensor: int) -> Any:
    found = schema.TensorMapT()
    found.name, found.tensorIndex = name.encode(), int(tensor)
    return found
