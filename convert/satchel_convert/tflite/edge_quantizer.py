"""Quantizes a float32 TFLite model with Google's ai-edge-quantizer, operator by operator.

TensorFlow's converter quantizes a model as a whole. Here each operator can be quantized or left a
float: https://github.com/google-ai-edge/ai-edge-quantizer.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from satchel_convert.conversion.mixed_precision import Layer
from satchel_convert.sample_inputs import Inputs, as_floats
from satchel_convert.text_rows import by_name
from satchel_convert.tflite.fitted_biases import fit_biases
from satchel_convert.tflite.flatbuffer import builtin_code, input_names, read_tree

FRAGILE = ("DIV", "MEAN", "RSQRT", "SELECT", "SELECT_V2", "SOFTMAX", "SQUARED_DIFFERENCE", "SUM")
"""The operators that stay floats. A divisor must not round to 0; the statistics of a normalization,
and a softmax whose masked inputs are -1e9, need more levels than one range has."""
WEIGHTED = ("CONV_2D", "CONV_2D_TRANSPOSE", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")
"""The operators with weights; those that share weights are a layer"""
_NOWHERE = "no_quantize"


def layers_of(model: bytes) -> list[Layer]:
    """Return the layers of a float32 TFLite model, in order."""
    from ai_edge_litert import schema_py_generated as schema

    tree = read_tree(model)
    operators = {code: name for name, code in vars(schema.BuiltinOperator).items()}
    names = defaultdict(list)
    sizes = {}
    for graph in tree.subgraphs:
        for operator in graph.operators:
            if operators[builtin_code(tree, operator)] not in WEIGHTED:
                continue
            held = [(_constants(tree, graph.tensors[at]), at) for at in operator.inputs if at >= 0]
            size, largest = max(held)
            buffer = graph.tensors[largest].buffer
            names[buffer].append(graph.tensors[operator.outputs[0]].name.decode())
            sizes[buffer] = size
    return [Layer(tuple(names[buffer]), size) for buffer, size in sizes.items()]


def find_ranges(model: bytes, calibration: Inputs) -> Any:
    """Return the smallest and the largest value of each tensor over ``calibration``."""
    from ai_edge_quantizer import calibrator, recipe
    from ai_edge_quantizer.recipe_manager import RecipeManager
    from ai_edge_quantizer.utils import qsv_utils, tfl_interpreter_utils

    manager = RecipeManager()
    manager.load_quantization_recipe(recipe.static_wi8_ai8())
    # Not the default moving average, which forgets the first samples.
    found = calibrator.Calibrator(model, num_threads=1, qsv_update_func=qsv_utils.min_max_update)
    # XNNPACK gives no memory to an output that nothing reads, such as a gate of a recurrent layer's
    # first step, and the calibrator, which reads them all, would fail.
    found._tfl_interpreter = tfl_interpreter_utils.create_tfl_interpreter(
        model, use_xnnpack=False, num_threads=1
    )
    signature, names = _signature(model)
    samples = [by_name(sample, names) for sample in one_by_one(calibration)]
    found.calibrate({signature: samples}, manager)
    return found.get_model_qsvs()


def quantize_activations(
    model: bytes, ranges: Any, *, bits: int, floats: Collection[str] = ()
) -> bytes:
    """Return ``model`` with int8 weights and activations of 8 or 16 bits, floats in and out.

    It may run only after the pass ``type_unread_outputs``.

    ``floats`` names operators that stay floats, as do the FRAGILE ones.
    """
    from ai_edge_quantizer import recipe

    quantized = recipe.static_wi8_ai8() if bits == 8 else recipe.static_wi8_ai16()
    options = quantized[0]["op_config"]
    for operation in ("INPUT", "OUTPUT", *FRAGILE):
        quantized.append(_rule(".*", operation, _NOWHERE, options))
    quantized += _left_out(floats, options)
    return fit_biases(_quantize(model, quantized, ranges), model)


def quantize_weights(
    model: bytes, *, bits: int, algorithm: str = "min_max", floats: Collection[str] = ()
) -> bytes:
    """Return ``model`` with weights of 8 or 4 bits and a scale for each channel.

    ``algorithm`` is ``min_max`` or ``octav``. The source of ``octav`` is Sakr et al. 2022, Optimal
    Clipping and Magnitude-aware Differentiation for Improved Quantization-aware Training
    (https://arxiv.org/abs/2206.06501). ``floats`` names operators whose weights stay floats.
    """
    from ai_edge_quantizer import algorithm_manager, recipe

    names = algorithm_manager.AlgorithmName
    key = {"min_max": names.MIN_MAX_UNIFORM_QUANT, "octav": names.OCTAV}[algorithm]
    recipes = {8: recipe.weight_only_wi8_afp32, 4: recipe.weight_only_wi4_afp32}
    rules = recipes[bits](algorithm_key=key)
    return _quantize(model, [*rules, *_left_out(floats, rules[0]["op_config"])], None)


def quantize_dynamic(model: bytes) -> bytes:
    """Return ``model`` with int8 weights, whose activations are quantized while it runs."""
    from ai_edge_quantizer import recipe

    return _quantize(model, recipe.dynamic_wi8_afp32(), None)


def store_float16(model: bytes) -> bytes:
    """Return ``model`` with weights stored in float16; it computes in float32."""
    from ai_edge_quantizer import algorithm_manager, qtyping

    options = {
        "weight_tensor_config": {"num_bits": 16, "dtype": qtyping.TensorDataType.FLOAT},
        "compute_precision": qtyping.ComputePrecision.FLOAT,
        "explicit_dequantize": True,
    }
    algorithm = algorithm_manager.AlgorithmName.FLOAT_CASTING
    return _quantize(model, [_rule(".*", "*", algorithm, options)], None)


def run_floats(model: bytes, inputs: Inputs) -> NDArray[np.float32]:
    """Return the outputs of a TFLite model for prepared inputs; it reads and makes no levels."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_content=model, num_threads=1)
    interpreter.allocate_tensors()
    names = input_names(read_tree(model))
    places = [each["index"] for each in interpreter.get_input_details()]
    output_at = interpreter.get_output_details()[0]["index"]
    predictions = []
    for sample in one_by_one(inputs):
        for place, tensor in zip(places, by_name(sample, names).values(), strict=True):
            interpreter.set_tensor(place, tensor)
        interpreter.invoke()
        predictions.append(interpreter.get_tensor(output_at)[0])
    return np.stack(predictions)


def one_by_one(calibration: Inputs) -> Iterator[NDArray[Any]]:
    """Yield each sample with a batch of 1, as the float model reads it."""
    for position in range(len(calibration)):
        sample = calibration[position : position + 1]
        yield as_floats(sample)


def _quantize(model: bytes, rules: list[dict[str, Any]], ranges: Any) -> bytes:
    from ai_edge_quantizer.quantizer import Quantizer

    quantizer = Quantizer(model)
    quantizer.load_quantization_recipe(rules)
    result = quantizer.quantize(ranges, enable_progress_bar=False, enable_progress_report=False)
    return bytes(result.quantized_model)


def _rule(pattern: str, operation: str, algorithm: str, options: Any) -> dict[str, Any]:
    return {
        "regex": pattern,
        "operation": operation,
        "algorithm_key": algorithm,
        "op_config": options,
    }


def _left_out(names: Collection[str], options: Any) -> list[dict[str, Any]]:
    """Return the rules that leave the operators of these names floats."""
    if not names:
        return []
    pattern = "|".join(re.escape(name) for name in sorted(names))
    return [_rule(f"^({pattern});?$", each, _NOWHERE, options) for each in WEIGHTED]


def _signature(model: bytes) -> tuple[str, list[str]]:
    """Return the name of the model's signature and the names of the inputs in it."""
    from ai_edge_litert.interpreter import Interpreter

    ((name, tensors),) = Interpreter(model_content=model).get_signature_list().items()
    return name, tensors["inputs"]


def _constants(tree: Any, tensor: Any) -> int:
    """Return the number of values that the file stores for a tensor; 0 for a computed tensor."""
    held = tree.buffers[tensor.buffer].data
    return 0 if held is None else int(np.prod(tensor.shape))
