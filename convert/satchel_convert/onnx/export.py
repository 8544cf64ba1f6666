"""Exports a Keras model to ONNX by tf2onnx, after every function that it calls is written out.

A SavedModel is a function that TensorFlow calls. Where the call is written out, control inputs
remain: the operators of the function wait for the layer in front of it. TensorFlow's optimizer,
which tf2onnx runs, may put another operator in the place of that layer and leaves the control
inputs behind, which then refer to nothing. In a graph that only computes, the values that an
operator reads are all that it has to wait for.
"""

from collections.abc import Sequence
from typing import Any

from satchel.errors import first_line
from satchel_convert.errors import ConversionError


def export_onnx(model: Any) -> Any:
    """Return the Keras model as a float32 onnx.ModelProto.

    Raises ConversionError for a model that TensorFlow or tf2onnx cannot write as one graph.
    """
    import tensorflow as tf

    specs = [tf.TensorSpec(each.shape, each.dtype, name=each.name) for each in model.inputs]
    function = tf.function(
        lambda *values: model(values if len(specs) > 1 else values[0], training=False)
    )
    traced = function.get_concrete_function(*specs)
    try:
        return _export(traced, name=model.name, input_names=[each.name for each in specs])
    except Exception as error:
        # TensorFlow's optimizer and tf2onnx raise exceptions of many classes.
        raise ConversionError(
            "cannot be written as one graph of ONNX: replace what this names, or leave .onnx out"
            f" with --formats tflite ({type(error).__name__}: {first_line(error)})"
        ) from error


def _export(traced: Any, *, name: str, input_names: Sequence[str]) -> Any:
    import tf2onnx

    values = [each.name for each in traced.inputs[: len(input_names)]]
    exported, _ = tf2onnx.convert.from_graph_def(
        _computation(traced),
        name=name,
        input_names=values,
        output_names=[each.name for each in traced.outputs],
        tensors_to_rename=dict(zip(values, input_names, strict=True)),
    )
    return exported


def _computation(traced: Any) -> Any:
    """Return what the outputs of the traced function are computed from, as a tf.GraphDef.

    Its variables are constants. Operators that only check, print or count are gone.
    """
    import tensorflow as tf
    from tf2onnx import tf_loader

    # The other function of tf2onnx that freezes a graph also imports it. TensorFlow refuses there
    # to write to a variable that became a constant, even if no output depends on it.
    frozen = tf_loader.convert_variables_to_constants_large_model(traced)
    graph = tf_loader.fix_freezing_errors_part2(frozen)
    for nodes in (graph.node, *(each.node_def for each in graph.library.function)):
        for node in nodes:
            node.input[:] = [name for name in node.input if not name.startswith("^")]
    outputs = [each.op.name for each in traced.outputs]
    return tf.compat.v1.graph_util.extract_sub_graph(graph, outputs)
