"""A deployable Keras model to TFLite, with built-in operators only.

Routes: TensorFlow's converter, post-training quantization as in
https://ai.google.dev/edge/litert/models/post_training_quantization, and ``edge_quantizer``.
"""

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import TensorSpec
from satchel_convert.conversion.mixed_precision import most_sensitive
from satchel_convert.errors import ConversionError
from satchel_convert.sample_inputs import Inputs
from satchel_convert.schemes import Backend, Scheme
from satchel_convert.tflite import edge_quantizer
from satchel_convert.tflite.passes.run import run_passes
from satchel_convert.tflite.passes.unread_outputs import type_unread_outputs

COMPARED = 32
"""Calibration samples by which layers are compared"""


def to_tflite(
    model: Any, *, scheme: Scheme, calibration: Inputs, backend: Backend = "tensorflow"
) -> bytes:
    """Return ``model`` as a TFLite flatbuffer, as its conversion backend writes it.

    ``passes.plan`` says what is changed in it before it runs on every engine. ``calibration`` is
    used by calibrated schemes only. full_int8 by way of TensorFlow takes images and puts out
    everything as uint8.

    Raises ConversionError for a model that needs Select TF or custom operators, naming them.
    """
    if scheme in ("float32", "float16", "dynamic_int8"):
        return _convert(_converter(model, scheme=scheme))
    if scheme == "weight_int4":
        source = _convert(_converter(model, scheme="float32"))
        algorithm = "octav" if backend == "octav" else "min_max"
        return edge_quantizer.quantize_weights(source, algorithm=algorithm)
    if scheme == "full_int8" and backend == "tensorflow":
        return _full_int8(model, calibration)
    if scheme == "int16x8" and backend == "tensorflow":
        return _int16x8(model, calibration)
    return _by_operator(_convert(_converter(model, scheme="float32")), scheme, calibration)


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
    from tensorflow.lite.python.convert import mlir_quantize

    converter = _converter(model, scheme="full_int8")
    converter.representative_dataset = lambda: _pixels_to_their_ends(calibration)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    # In two steps, as the converter's own debugger does it: only so can it be told what to leave.
    converter._experimental_calibrate_only = True
    calibrated = _convert(converter)
    images = calibration.dtype == np.uint8
    quantized: bytes = mlir_quantize(
        calibrated,
        input_data_type=tf.uint8 if images else tf.float32,
        output_data_type=tf.uint8,
        # A divisor that rounds to 0 ends the run: the number of words of a short text did.
        denylisted_ops={"DIV"},
    )
    return quantized


def _int16x8(model: Any, calibration: Inputs) -> bytes:
    import tensorflow as tf

    converter = _converter(model, scheme="int16x8")
    converter.representative_dataset = lambda: _pixels_to_their_ends(calibration)
    converter.target_spec.supported_ops = [
        tf.lite.OpsSet.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8
    ]
    return _convert(converter)


def _by_operator(source: bytes, scheme: Scheme, calibration: Inputs) -> bytes:
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
    return quantize(floats)


def _convert(converter: Any) -> bytes:
    try:
        converted: bytes = converter.convert()
    except Exception as error:
        # The binding's ConverterError is one of several classes; the text says which operators.
        raise ConversionError(_reason(str(error))) from error
    return converted


def read_tensor_specs(model: bytes) -> tuple[TensorSpec, TensorSpec]:
    """Return the input and the output of a TFLite model."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_content=model)
    return (
        _tensor_spec(interpreter.get_input_details()[0]),
        _tensor_spec(interpreter.get_output_details()[0]),
    )


def _pixels_to_their_ends(calibration: Inputs) -> Iterator[list[NDArray[Any]]]:
    images = calibration.dtype == np.uint8
    for position, sample in enumerate(edge_quantizer.one_by_one(calibration)):
        if images and position == 0:
            # Two pixels at the ends of the range make the input's scale exactly 1 and its zero
            # point 0, so that an application may feed raw bytes.
            sample[0, 0, 0], sample[0, -1, -1] = 0.0, 255.0
        yield [sample]


def _tensor_spec(details: dict[str, Any]) -> TensorSpec:
    dtype: Any = np.dtype(details["dtype"]).name
    scale, zero_point = details["quantization"]
    if dtype in ("uint8", "int8"):
        return TensorSpec(dtype, float(scale), int(zero_point))
    return TensorSpec(dtype)


def _reason(message: str) -> str:
    """Return one line of what a converter says on many."""
    for kind in ("TF Select", "Custom"):
        if found := re.search(rf"^{kind} ops: (.+)$", message, re.MULTILINE):
            return (
                f"needs operators that no TFLite runtime has built in ({kind} ops): {found[1]};"
                " replace the layers that use them"
            )
    if "TensorListReserve" in message:
        return (
            "has a loop whose batch is free in a SavedModel: export that with a batch of 1,"
            " model.export(FOLDER, input_signature=[tf.TensorSpec((1, LENGTH), tf.int32)])"
        )
    lines = [line.strip() for line in message.split("\n") if line.strip()]
    errors = [line for line in lines if "error:" in line]
    return (errors or lines or ["the converter gave no reason"])[0][:300]
