"""Converts a deployable Keras model to TFLite, with built-in operators only.

The conversion backends are TensorFlow's converter with post-training quantization, as in
https://ai.google.dev/edge/litert/models/post_training_quantization, and ``edge_quantizer``.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import TensorSpec
from satchel_convert.conversion.mixed_precision import most_sensitive
from satchel_convert.errors import ConversionError
from satchel_convert.sample_inputs import Inputs
from satchel_convert.schemes import WEIGHT_BITS, Backend, Scheme
from satchel_convert.text_rows import by_name
from satchel_convert.tflite import edge_quantizer
from satchel_convert.tflite.bias_correction import correct_biases
from satchel_convert.tflite.passes.run import run_passes
from satchel_convert.tflite.passes.unread_outputs import type_unread_outputs
from satchel_convert.tflite.rounded_weights import round_weights_of

COMPARED = 32
"""The number of calibration samples for the comparison of layers"""


def to_tflite(
    model: Any, *, scheme: Scheme, calibration: Inputs, backend: Backend = "tensorflow"
) -> bytes:
    """Return the Keras model as a TFLite flatbuffer, as its conversion backend writes it.

    The passes in ``passes.plan`` change it, so that it runs on every engine. Only calibrated
    schemes and gptq use ``calibration``. In full_int8 by TensorFlow, images in and all outputs are
    uint8.

    Raises ConversionError for a model that needs Select TF or custom operators, with their names.
    """
    if scheme in ("float32", "float16", "dynamic_int8"):
        return _convert(_converter(model, scheme=scheme))
    if scheme in WEIGHT_BITS:
        source = _convert(_converter(model, scheme="float32"))
        return quantize_weights(source, calibration, bits=WEIGHT_BITS[scheme], backend=backend)
    if scheme == "full_int8" and backend == "tensorflow":
        return _full_int8(model, calibration)
    if scheme == "int16x8" and backend == "tensorflow":
        return _int16x8(model, calibration)
    return by_operator(_convert(_converter(model, scheme="float32")), scheme, calibration)


def quantize_weights(source: bytes, calibration: Inputs, *, bits: int, backend: Backend) -> bytes:
    """Return a float .tflite with weights of 4 or 8 bits, by min_max, octav or gptq.

    Raises ConversionError for gptq if there are fewer than 8 samples in ``calibration``.
    """
    if backend == "gptq":
        return round_weights_of(source, calibration, bits=bits)
    algorithm = "octav" if backend == "octav" else "min_max"
    return edge_quantizer.quantize_weights(source, bits=bits, algorithm=algorithm)


def _converter(model: Any, *, scheme: Scheme) -> Any:
    import tensorflow as tf

    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
    if scheme != "float32":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if scheme == "float16":
        converter.target_spec.supported_types = [tf.float16]
    return converter


def _full_int8(model: Any, calibration: Inputs) -> bytes:
    import tensorflow as tf

    converter = _converter(model, scheme="full_int8")
    converter.representative_dataset = lambda: _representative(model, calibration)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    # In two steps, as the converter's own debugger does it: only then can operators be left out.
    converter._experimental_calibrate_only = True
    calibrated = _convert(converter)
    return quantize_calibrated(calibrated, images=calibration.dtype == np.uint8)


def quantize_calibrated(calibrated: bytes, *, images: bool) -> bytes:
    """Return a float .tflite with calibrated ranges in full_int8; images enter it as bytes."""
    import tensorflow as tf
    from tensorflow.lite.python.convert import mlir_quantize

    quantized: bytes = mlir_quantize(
        calibrated,
        input_data_type=tf.uint8 if images else tf.float32,
        output_data_type=tf.uint8,
        # A divisor that rounds to 0 crashes the run, such as the number of words of a short text.
        denylisted_ops={"DIV"},
    )
    return quantized


def _int16x8(model: Any, calibration: Inputs) -> bytes:
    import tensorflow as tf

    converter = _converter(model, scheme="int16x8")
    converter.representative_dataset = lambda: _representative(model, calibration)
    converter.target_spec.supported_ops = [
        tf.lite.OpsSet.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8
    ]
    return _convert(converter)


def by_operator(source: bytes, scheme: Scheme, calibration: Inputs) -> bytes:
    """Return a float .tflite in a calibrated ``scheme``, quantized by ``edge_quantizer``."""
    ranges = edge_quantizer.find_ranges(source, calibration)
    if scheme == "int16x8":
        return edge_quantizer.quantize_activations(source, ranges, bits=16)

    def quantize(floats: frozenset[str]) -> bytes:
        return edge_quantizer.quantize_activations(source, ranges, bits=8, floats=floats)

    floats = frozenset[str]()
    if scheme == "mixed_int8":
        samples = calibration[:COMPARED]
        expected = edge_quantizer.run_floats(source, samples)

        def noise(floats: frozenset[str]) -> float:
            candidate = run_passes(quantize(floats), [type_unread_outputs])
            predictions = edge_quantizer.run_floats(candidate, samples)
            return float(np.square(predictions - expected).mean())

        floats = most_sensitive(edge_quantizer.layers_of(source), noise)
    # Or the recurrent layers of some networks do not run.
    typed = run_passes(quantize(floats), [type_unread_outputs])
    return correct_biases(typed, source, calibration)


def _convert(converter: Any) -> bytes:
    try:
        converted: bytes = converter.convert()
    except Exception as error:
        # The converter raises exceptions of several classes; the message names the operators.
        raise ConversionError(_reason(str(error))) from error
    return converted


def read_tensor_specs(model: bytes) -> tuple[TensorSpec, TensorSpec]:
    """Return the specification of the inputs and the output tensor of a TFLite model.

    The rows of several inputs are left out. Raises ConversionError for inputs of several dtypes.
    """
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_content=model)
    inputs = [_tensor_spec(each) for each in interpreter.get_input_details()]
    if len({*inputs}) != 1:
        dtypes = ", ".join(each.dtype for each in inputs)
        raise ConversionError(f"Expected inputs of one dtype in a TFLite model, got {dtypes}.")
    return inputs[0], _tensor_spec(interpreter.get_output_details()[0])


def pixels_to_their_ends(
    calibration: Inputs, names: Sequence[str]
) -> Iterator[dict[str, NDArray[Any]]]:
    """Yield each calibration sample by the names of inputs; the first image has 0 and 255."""
    images = calibration.dtype == np.uint8
    for position, sample in enumerate(edge_quantizer.one_by_one(calibration)):
        if images and position == 0:
            # With one pixel at each end of the range, the input's scale is exactly 1 and its zero
            # point 0, so an application can feed raw bytes.
            sample[0, 0, 0], sample[0, -1, -1] = 0.0, 255.0
        yield by_name(sample, names)


def _representative(
    model: Any, calibration: Inputs
) -> Iterator[dict[str, NDArray[Any]] | list[NDArray[Any]]]:
    """Yield the calibration samples as TensorFlow's converter takes them."""
    for sample in pixels_to_their_ends(calibration, [each.name for each in model.inputs]):
        # TensorFlow may change the name of an input, but not the names of several.
        yield sample if len(sample) > 1 else [*sample.values()]


def _tensor_spec(details: dict[str, Any]) -> TensorSpec:
    dtype: Any = np.dtype(details["dtype"]).name
    scale, zero_point = details["quantization"]
    if dtype in ("uint8", "int8"):
        return TensorSpec(dtype, float(scale), int(zero_point))
    return TensorSpec(dtype)


def _reason(message: str) -> str:
    """Return the reason in a converter's message of many lines, as one line."""
    for kind in ("TF Select", "Custom"):
        if found := re.search(rf"^{kind} ops: (.+)$", message, re.MULTILINE):
            return (
                f"needs operators that no TFLite runtime has built in ({kind} ops): {found[1]};"
                " replace the layers that use them"
            )
    if "TensorListReserve" in message:
        return (
            "has a loop with a free batch in a SavedModel: export it with a batch of 1,"
            " model.export(FOLDER, input_signature=[tf.TensorSpec((1, *SHAPE), DTYPE)])"
        )
    lines = [line.strip() for line in message.split("\n") if line.strip()]
    errors = [line for line in lines if "error:" in line]
    return (errors or lines or ["the converter gave no reason"])[0][:300]
