"""Opens the layers of a .tflite or an .onnx as arrays that can be changed, and writes the file."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from satchel_convert.tflite.flatbuffer import add_buffer, builtin_code, read_tree, write_tree

NO_PADDING = (0, 0)


class Steps(NamedTuple):
    """The steps of an int8 layer, in real units a level."""

    input: float
    output: float
    output_zero: int
    """The level of real 0 in the output"""


@dataclass
class Layer:
    """A convolution or a dense layer, whose arrays may be replaced."""

    kernel: NDArray[Any]
    """(channels, height, width, inputs) or (channels, inputs), int8 or float32; a depthwise layer
    has a single input for each channel"""
    bias: NDArray[Any]
    """(channels,), int32 or float32"""
    kernel_steps: NDArray[np.float64] | None
    """(channels,) or (1,), real units a level; None for a float layer"""
    steps: Steps | None
    """None for a layer that reads and returns floats"""
    activation: str
    """``relu``, ``relu6`` or an empty text"""
    is_padded: bool
    """Whether the layer pads its input so that the sides stay the same for a stride of 1"""
    shift: int = 0
    """How many pixels too far up and left the kernel reads; changes the padding"""
    lowest: NDArray[np.float64] | None = None
    """The lowest real numbers of the output, (channels,), if it is to be clipped"""
    highest: NDArray[np.float64] | None = None


class LayerFile(Protocol):
    """An open model file."""

    layers: list[Layer]
    """The layers with weights and a bias, in the order of the graph"""

    def write(self) -> bytes:
        """Return the file with the layers as they are now."""
        ...


class TfliteLayers:
    """The layers of a .tflite."""

    def __init__(self, content: bytes) -> None:
        from ai_edge_litert import schema_py_generated as schema

        self._schema = schema
        self._tree = read_tree(content)
        self._graph = self._tree.subgraphs[0]
        self.layers: list[Layer] = []
        self._operators: list[Any] = []
        kinds = schema.BuiltinOperator
        for operator in self._graph.operators:
            code = builtin_code(self._tree, operator)
            if code in (kinds.CONV_2D, kinds.DEPTHWISE_CONV_2D, kinds.FULLY_CONNECTED):
                self.layers.append(self._open(operator, is_dense=code == kinds.FULLY_CONNECTED))
                self._operators.append(operator)

    def write(self) -> bytes:
        """Return the file with the layers as they are now."""
        for layer, operator in zip(self.layers, self._operators, strict=True):
            self._store(layer, operator)
        return write_tree(self._tree)

    def _open(self, operator: Any, *, is_dense: bool) -> Layer:
        values, kernel, bias = (self._graph.tensors[int(at)] for at in operator.inputs)
        output = self._graph.tensors[int(operator.outputs[0])]
        types = {self._schema.TensorType.INT8: np.int8, self._schema.TensorType.FLOAT32: np.float32}
        dtype = types[kernel.type]
        levels = self._stored(kernel, dtype)
        # A depthwise kernel is (1, height, width, channels).
        if levels.ndim == 4 and levels.shape[0] == 1 and levels.shape[3] == len(self._stored(bias)):
            levels = levels.transpose(3, 1, 2, 0)
        steps = kernel_steps = None
        if dtype == np.int8 and values.type == self._schema.TensorType.INT8:
            steps = Steps(
                float(values.quantization.scale[0]),
                float(output.quantization.scale[0]),
                int(output.quantization.zeroPoint[0]),
            )
        if dtype == np.int8:
            kernel_steps = np.asarray(kernel.quantization.scale, np.float64)
        options = operator.builtinOptions
        kinds = self._schema.ActivationFunctionType
        return Layer(
            levels.copy(),
            self._stored(bias, np.int32 if steps else np.float32).copy(),
            kernel_steps,
            steps,
            {kinds.NONE: "", kinds.RELU: "relu", kinds.RELU6: "relu6"}[
                options.fusedActivationFunction
            ],
            not is_dense and options.padding == self._schema.Padding.SAME,
        )

    def _store(self, layer: Layer, operator: Any) -> None:
        _, kernel, bias = (self._graph.tensors[int(at)] for at in operator.inputs)
        levels = layer.kernel
        if levels.ndim == 4 and tuple(kernel.shape) != levels.shape:
            levels = levels.transpose(3, 1, 2, 0)
        for tensor, array in ((kernel, levels), (bias, layer.bias)):
            tensor.buffer = add_buffer(self._tree, _bytes(array))
        if layer.kernel_steps is not None:
            kernel.quantization.scale = layer.kernel_steps.astype(np.float32)
        if layer.steps and layer.kernel_steps is not None:
            bias.quantization.scale = (layer.kernel_steps * layer.steps.input).astype(np.float32)
        kinds = self._schema.ActivationFunctionType
        operator.builtinOptions.fusedActivationFunction = {
            "": kinds.NONE,
            "relu": kinds.RELU,
            "relu6": kinds.RELU6,
        }[layer.activation]
        if layer.shift:
            self._shift(layer, operator)
        for limits, name in ((layer.highest, "MINIMUM"), (layer.lowest, "MAXIMUM")):
            if limits is not None:
                self._limit(layer, operator, limits, name)

    def _shift(self, layer: Layer, operator: Any) -> None:
        """Pad by an operator of its own, with too much above and left and too little below."""
        values = self._graph.tensors[int(operator.inputs[0])]
        options = operator.builtinOptions
        pads = [NO_PADDING]
        for axis, stride in ((1, options.strideH), (2, options.strideW)):
            side, size = int(values.shape[axis]), layer.kernel.shape[axis]
            total = max(0, (-(-side // stride) - 1) * stride + size - side)
            before = min(total, total // 2 + layer.shift)
            pads.append((before, total - before))
        pads.append(NO_PADDING)
        padded = self._like(values)
        padded.shape = [int(side) + sum(pad) for side, pad in zip(values.shape, pads, strict=True)]
        options.padding = self._schema.Padding.VALID
        table = self._constant(np.array(pads, np.int32), self._schema.TensorType.INT32)
        at = self._add_tensor(padded)
        self._insert(operator, "PAD", [int(operator.inputs[0]), table], at, before=True)
        operator.inputs = [at, *operator.inputs[1:]]

    def _limit(self, layer: Layer, operator: Any, limits: NDArray[np.float64], name: str) -> None:
        output = int(operator.outputs[0])
        tensor = self._graph.tensors[output]
        if layer.steps:
            levels = limits / layer.steps.output + layer.steps.output_zero
            held = levels.round().clip(-128, 127).astype(np.int8)
        else:
            held = limits.astype(np.float32)
        constant = self._constant(held, tensor.type, quantization=tensor.quantization)
        unlimited = self._add_tensor(self._like(tensor))
        operator.outputs = [unlimited]
        self._insert(operator, name, [unlimited, constant], output, before=False)

    def _insert(
        self, operator: Any, name: str, inputs: list[int], output: int, *, before: bool
    ) -> None:
        code = self._schema.OperatorCodeT()
        code.builtinCode = getattr(self._schema.BuiltinOperator, name)
        code.deprecatedBuiltinCode = min(code.builtinCode, 127)
        code.version = 2
        self._tree.operatorCodes.append(code)
        added = self._schema.OperatorT()
        added.opcodeIndex = len(self._tree.operatorCodes) - 1
        added.inputs, added.outputs = inputs, [output]
        operators = self._graph.operators
        at = next(at for at, each in enumerate(operators) if each is operator)
        operators.insert(at if before else at + 1, added)

    def _like(self, tensor: Any) -> Any:
        made = self._schema.TensorT()
        made.shape, made.type = list(tensor.shape), tensor.type
        made.quantization = tensor.quantization
        return made

    def _constant(self, values: NDArray[Any], type_: int, *, quantization: Any = None) -> int:
        made = self._schema.TensorT()
        made.shape, made.type, made.quantization = list(values.shape), type_, quantization
        made.buffer = add_buffer(self._tree, _bytes(values))
        return self._add_tensor(made)

    def _add_tensor(self, tensor: Any) -> int:
        tensor.name = f"added_{len(self._graph.tensors)}".encode()
        self._graph.tensors.append(tensor)
        return len(self._graph.tensors) - 1

    def _stored(self, tensor: Any, dtype: Any = np.int32) -> NDArray[Any]:
        data = np.asarray(self._tree.buffers[tensor.buffer].data, np.uint8)
        return np.frombuffer(data.tobytes(), dtype).reshape(tensor.shape)


class OnnxLayers:
    """The layers of an .onnx, floats or with quantized tensors between (QDQ)."""

    def __init__(self, content: bytes) -> None:
        import onnx
        from onnx import numpy_helper

        self._onnx = onnx
        self._model = onnx.load_from_string(content)
        self._graph = self._model.graph
        self._held = {each.name: numpy_helper.to_array(each) for each in self._graph.initializer}
        self._makers = {name: node for node in self._graph.node for name in node.output}
        self.layers: list[Layer] = []
        self._nodes: list[Any] = []
        for node in self._graph.node:
            if node.op_type in ("Conv", "Gemm") and len(node.input) == 3:
                self.layers.append(self._open(node))
                self._nodes.append(node)

    def write(self) -> bytes:
        """Return the file with the layers as they are now."""
        for layer, node in zip(self.layers, self._nodes, strict=True):
            self._store(layer, node)
        content: bytes = self._model.SerializeToString()
        return content

    def _open(self, node: Any) -> Layer:
        kernel = self._constant(node.input[1])
        quantizer = self._quantizer(node)
        steps = kernel_steps = None
        if quantizer is not None:
            entry = self._makers[node.input[0]]
            steps = Steps(
                float(self._held[entry.input[1]]),
                float(self._held[quantizer.input[1]]),
                int(self._held[quantizer.input[2]]),
            )
            maker = self._makers[node.input[1]]
            kernel_steps = np.atleast_1d(self._held[maker.input[1]]).astype(np.float64)
        after = self._reader(node.output[0])
        activation = {"Relu": "relu", "Clip": "relu6"}.get(after.op_type if after else "", "")
        options = self._options(node)
        return Layer(
            self._turned(node, kernel).copy(),
            self._constant(node.input[2]).copy(),
            kernel_steps,
            steps,
            activation,
            any(options.get("pads", ())) or b"SAME" in options.get("auto_pad", b""),
        )

    def _store(self, layer: Layer, node: Any) -> None:
        self._replace(node, 1, self._turned_back(node, layer.kernel), layer.kernel_steps)
        bias_steps = None
        if layer.steps and layer.kernel_steps is not None:
            bias_steps = layer.kernel_steps * layer.steps.input
        self._replace(node, 2, layer.bias, bias_steps)
        after = self._reader(node.output[0])
        if after is not None and after.op_type == "Clip" and layer.activation == "relu":
            after.op_type = "Relu"
            del after.input[1:]
        if after is not None and after.op_type == "Relu" and layer.activation == "relu6":
            after.op_type = "Clip"
            after.input.extend([self._add(np.float32(0)), self._add(np.float32(6))])
        if layer.shift:
            self._shift(layer, node)
        if layer.highest is not None and layer.lowest is not None:
            self._limit(node, layer.lowest, layer.highest)

    def _shift(self, layer: Layer, node: Any) -> None:
        options = self._options(node)
        size = layer.kernel.shape[1]
        pads = list(options.get("pads", (0, 0, 0, 0)))
        if b"SAME" in options.get("auto_pad", b""):
            # Sides are even here, so a stride of 2 pads one pixel less.
            total = size - options.get("strides", (1, 1))[0]
            pads = [total // 2] * 2 + [total - total // 2] * 2
        moved = min(layer.shift, pads[2])
        pads = [pads[0] + moved, pads[1] + moved, pads[2] - moved, pads[3] - moved]
        kept = [each for each in node.attribute if each.name not in ("pads", "auto_pad")]
        del node.attribute[:]
        node.attribute.extend([*kept, self._onnx.helper.make_attribute("pads", pads)])

    def _limit(self, node: Any, lowest: NDArray[np.float64], highest: NDArray[np.float64]) -> None:
        """Clip what the output's readers read, after it was quantized, to keep kernels fused."""
        name = node.output[0]
        quantizer = self._quantizer(node)
        if quantizer is not None:
            reader = self._reader(quantizer.output[0])
            assert reader is not None, "a quantized value that is read"
            name = reader.output[0]
        sides = (1, -1, 1, 1) if node.op_type == "Conv" else (1, -1)
        limits = [self._add(each.astype(np.float32).reshape(sides)) for each in (highest, lowest)]
        made = [f"{name}_below", f"{name}_within"]
        if quantizer is not None:
            made += [f"{name}_levels", f"{name}_limited"]
        for reader in self._graph.node:
            reader.input[:] = [made[-1] if each == name else each for each in reader.input]
        make = self._onnx.helper.make_node
        added = [
            make("Min", [name, limits[0]], made[:1]),
            make("Max", [made[0], limits[1]], made[1:2]),
        ]
        if quantizer is not None:
            added.append(make("QuantizeLinear", [made[1], *quantizer.input[1:]], made[2:3]))
            added.append(make("DequantizeLinear", [made[2], *quantizer.input[1:]], made[3:]))
        at = next(at for at, each in enumerate(self._graph.node) if name in each.output)
        for number, each in enumerate(added):
            self._graph.node.insert(at + 1 + number, each)

    def _replace(
        self, node: Any, place: int, values: NDArray[Any], steps: NDArray[np.float64] | None
    ) -> None:
        """Give a node constants of its own, since equal ones are shared."""
        maker = self._makers.get(node.input[place])
        if maker is None:
            node.input[place] = self._add(values)
            return
        inputs = [self._add(values), *maker.input[1:]]
        if steps is not None:
            held = self._held[maker.input[1]]
            inputs[1] = self._add(steps.astype(np.float32).reshape(held.shape))
        made = f"{inputs[0]}_real"
        own = self._onnx.helper.make_node("DequantizeLinear", inputs, [made])
        own.attribute.extend(maker.attribute)
        self._graph.node.insert(0, own)
        node.input[place] = made

    def _add(self, values: Any) -> str:
        from onnx import numpy_helper

        name = f"added_{len(self._graph.initializer)}"
        self._graph.initializer.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def _constant(self, name: str) -> NDArray[Any]:
        maker = self._makers.get(name)
        return self._held[name if maker is None else maker.input[0]]

    def _quantizer(self, node: Any) -> Any:
        """Return the QuantizeLinear behind a node and its activation; None for a float layer."""
        after = self._reader(node.output[0])
        if after is not None and after.op_type in ("Relu", "Clip"):
            after = self._reader(after.output[0])
        return after if after is not None and after.op_type == "QuantizeLinear" else None

    def _reader(self, name: str) -> Any:
        return next((each for each in self._graph.node if name in each.input), None)

    def _options(self, node: Any) -> Mapping[str, Any]:
        return {each.name: self._onnx.helper.get_attribute_value(each) for each in node.attribute}

    def _turned(self, node: Any, kernel: NDArray[Any]) -> NDArray[Any]:
        if node.op_type == "Conv":
            return kernel.transpose(0, 2, 3, 1)
        return kernel if self._options(node).get("transB", 0) else kernel.T

    def _turned_back(self, node: Any, kernel: NDArray[Any]) -> NDArray[Any]:
        if node.op_type == "Conv":
            return kernel.transpose(0, 3, 1, 2)
        return kernel if self._options(node).get("transB", 0) else kernel.T


OPEN: Mapping[str, Callable[[bytes], LayerFile]] = {"tflite": TfliteLayers, "onnx": OnnxLayers}
"""Opens a model file by the card's name of its format"""


def _bytes(values: NDArray[Any]) -> NDArray[np.uint8]:
    return np.frombuffer(np.ascontiguousarray(values).tobytes(), np.uint8)
