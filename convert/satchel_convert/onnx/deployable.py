"""Gives a float .onnx of any framework a bundle's input and output, as nodes of its graph.

Phones and browsers feed raw pixels in three channels, channels last. What the model needs (scale,
offset, grey, another order of channels, channels first) and lacks (a softmax) becomes nodes, as
``keras_models.deployable`` makes them layers.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import Card, ImageInput, LabelOutput
from satchel_convert.errors import ConversionError
from satchel_convert.keras_models.author_shapes import fits
from satchel_convert.keras_models.pixels import pixel_kernel
from satchel_convert.onnx.graphs import fed_values, rename_values
from satchel_convert.onnx.passes.graph_name import name_graph
from satchel_convert.onnx.passes.operator_sets import drop_operator_sets
from satchel_convert.onnx.passes.order import sort_nodes
from satchel_convert.onnx.passes.plan import EXPORTED
from satchel_convert.onnx.passes.run import Pass, run_passes
from satchel_convert.task import converter_task
from satchel_convert.text_rows import FILE_NAMES, rows_of

OLDEST_OPSET, OPSET = 13, 17
"""The oldest opset with a scale for each channel, and the one to which older models are brought"""


def to_deployable(model: Any, card: Card) -> bytes:
    """Return an onnx.ModelProto with the input and output of ``card``'s bundle, for a batch of 1.

    The input is an image, float32 (1, height, width, 3) from 0 to 255, or ids, int32 (1, length),
    with a mask and segments alike if the card has them; the output is probabilities, float32
    (1, labels). Raises ConversionError for an input that is not the card's.
    """
    assert isinstance(card.output, LabelOutput), "other outputs come from a model folder"
    model = _plain(model)
    graph = model.graph
    _name_nodes(graph)
    _read_inputs(graph, card)
    _put_out_probabilities(graph, card.output)
    del graph.value_info[:]
    name = card.name.replace(".", "_").replace("-", "_")
    passes: list[Pass] = [sort_nodes, drop_operator_sets, partial(name_graph, name=name), *EXPORTED]
    return run_passes(model.SerializeToString(), passes)


def _plain(model: Any) -> Any:
    """Return the model without functions of its own, in an opset that quantization understands."""
    from onnx import inliner, version_converter

    if model.functions:
        model = inliner.inline_local_functions(model)
    version = max(each.version for each in model.opset_import if each.domain in ("", "ai.onnx"))
    if version < OLDEST_OPSET:
        model = version_converter.convert_version(model, OPSET)
    _set_ir_version(model)
    graph = model.graph
    inputs = fed_values(graph)
    del graph.input[:]
    graph.input.extend(inputs)
    return model


def _set_ir_version(model: Any) -> None:
    """Ask for no newer engine than the operators need: exporters write the newest IR version.

    Nor for one before 4, in which a weight that is no input was an error.
    """
    from onnx import helper

    needed = helper.find_min_ir_version_for(model.opset_import, ignore_unknown=True)
    model.ir_version = max(needed, 8)


def _name_nodes(graph: Any) -> None:
    """Give every node a name of its own, because quantization tells nodes apart by names.

    Exporters note in each node where it stands in their author's program. No bundle publishes that.
    """
    taken: set[str] = set()
    for at, node in enumerate(graph.node):
        node.doc_string = ""
        del node.metadata_props[:]
        if not node.name or node.name in taken:
            node.name = f"{node.op_type}_{at}"
        taken.add(node.name)


class _Chain:
    """Adds nodes one after another."""

    def __init__(self, graph: Any, value: str) -> None:
        self._graph = graph
        self._taken = {
            name for node in graph.node for name in (node.name, *node.input, *node.output)
        }
        self.value = value
        self.nodes: list[Any] = []

    def free(self, name: str) -> str:
        """Return a name that neither a value nor a node has."""
        while name in self._taken:
            name += "_"
        self._taken.add(name)
        return name

    def constant(self, name: str, values: NDArray[Any]) -> str:
        """Return the name of a new constant."""
        from onnx import numpy_helper

        name = self.free(name)
        self._graph.initializer.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def add(self, operator: str, *others: str, before: Sequence[str] = (), **options: Any) -> str:
        """Add an operator that reads the last value; return the name of its output."""
        from onnx import helper

        output = self.free(f"satchel_{operator.lower()}")
        inputs = [*before, self.value, *others]
        self.nodes.append(helper.make_node(operator, inputs, [output], name=output, **options))
        self.value = output
        return output

    def rename(self, name: str) -> None:
        """Give the last value the name ``name``."""
        self.nodes[-1].output[0] = self.value = name


def _read_inputs(graph: Any, card: Card) -> None:
    """Put the bundle's inputs, and the nodes that prepare them, in front of the model's own."""
    tensors = converter_task(card.task).input.tensors(card.input)
    names = [each.name for each in graph.input]
    rows = rows_of(names, tensors)
    if rows:
        # The author's names may be those of the bundle's inputs.
        rename_values(graph, {name: f"satchel_own_{at}" for at, name in enumerate(names)})
    for at in range(len(names)):
        _read_input(graph, at, card, FILE_NAMES[tensors[rows[at]]] if rows else "")


def _read_input(graph: Any, at: int, card: Card, name: str) -> None:
    """Put an input of the bundle, called ``name`` if it is one of several, before the model's."""
    from onnx import TensorProto, helper

    own = graph.input[at]
    sides = tuple(each.dim_value or None for each in own.type.tensor_type.shape.dim)[1:]
    known = tuple(side if side is not None and side > 0 else None for side in sides)
    expected = card.input.shape[-1:] if name else card.input.shape
    if not fits(known, expected):
        raise ConversionError(
            f"Expected the input {(None, *expected)} of its card, got {(None, *known)}."
        )
    element = own.type.tensor_type.elem_type
    chain = _Chain(graph, "")
    image = converter_task(card.task).input.image(card.input)
    if image is not None:
        dtype = TensorProto.FLOAT
        shape: tuple[int, ...] = (1, image.height, image.width, 3)
        chain.value = name = chain.free("image")
        _prepare_pixels(chain, image, known)
    else:
        dtype, shape = TensorProto.INT32, (1, *expected)
        chain.value = name = chain.free(name or "ids")
    if element != dtype:
        chain.add("Cast", to=element)
    if not chain.nodes:
        chain.add("Identity")
    chain.rename(own.name)
    own_nodes = list(graph.node)
    del graph.node[:]
    graph.node.extend([*chain.nodes, *own_nodes])
    own.CopyFrom(helper.make_tensor_value_info(name, dtype, shape))


def _prepare_pixels(chain: _Chain, image: ImageInput, sides: tuple[int | None, ...]) -> None:
    """Add the nodes from pixels, (1, height, width, 3), to the model's own input."""
    prepared = pixel_kernel(image)
    first = image.channels == 3 and sides[:1] == (3,) and len(sides) == 3 and sides[2] != 3
    if prepared is not None or first:
        chain.add("Transpose", perm=(0, 3, 1, 2))
    if prepared is not None:
        # (height, width, in, out) of Keras becomes (out, in, height, width).
        kernel = prepared.kernel.transpose(3, 2, 0, 1)
        if prepared.depthwise:
            kernel = kernel.transpose(1, 0, 2, 3)
        weights = chain.constant("satchel_kernel", kernel.astype(np.float32))
        bias = chain.constant("satchel_offset", prepared.bias.astype(np.float32))
        chain.add("Conv", weights, bias, group=3 if prepared.depthwise else 1, kernel_shape=(1, 1))
    if first:
        return
    if prepared is not None:
        chain.add("Transpose", perm=(0, 2, 3, 1))
    if len(sides) != 3 or sides[2] != image.channels:
        size = iter((image.height, image.width, image.channels))
        known = [side if side is not None else next(size) for side in sides]
        chain.add("Reshape", chain.constant("satchel_sides", np.array([1, *known], np.int64)))


def _put_out_probabilities(graph: Any, output: LabelOutput) -> None:
    """Put what the model's own output lacks behind it: an activation, the second label."""
    from onnx import TensorProto, helper

    own = graph.output[0]
    chain = _Chain(graph, own.name)
    flat = chain.constant("satchel_labels", np.array([1, output.shape[0]], np.int64))
    chain.add("Reshape", flat)
    if own.type.tensor_type.elem_type != TensorProto.FLOAT:
        chain.add("Cast", to=TensorProto.FLOAT)
    if output.activation == "logit" or (output.multi_label and output.activation == "none"):
        chain.add("Sigmoid")
    elif output.activation == "none":
        chain.add("Softmax", axis=-1)
    if not output.multi_label and output.activation in ("logit", "sigmoid"):
        second = chain.value
        one = chain.constant("satchel_one", np.ones((1, 1), np.float32))
        chain.add("Sub", before=(one,))
        chain.add("Concat", second, axis=1)
    chain.rename(chain.free("probability"))
    graph.node.extend(chain.nodes)
    del graph.output[:]
    shape = (1, len(output.labels))
    graph.output.append(helper.make_tensor_value_info(chain.value, TensorProto.FLOAT, shape))
