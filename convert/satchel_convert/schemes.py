"""How numbers are stored in a converted model.

The name decodes by itself: ``float32`` and ``float16`` store weights in that type; ``dynamic_int8``
stores weights in int8 and computes activations' ranges while it runs; ``full_int8`` stores weights
and activations in int8, with ranges calibrated on samples; ``int16x8`` has int16 activations and
int8 weights; ``weight_int8`` and ``weight_int4`` store weights in 8 and 4 bits and compute in
floats; ``mixed_int8`` is ``full_int8``, except that the layers which lose most by it stay floats.
"""

from collections.abc import Mapping
from typing import Literal, TypeAlias, get_args

from satchel.bundle import Format

Scheme: TypeAlias = Literal[
    "float32",
    "float16",
    "dynamic_int8",
    "full_int8",
    "int16x8",
    "weight_int8",
    "weight_int4",
    "mixed_int8",
]

SCHEMES: tuple[Scheme, ...] = get_args(Scheme)
USUAL: tuple[Scheme, ...] = ("float32", "float16", "dynamic_int8", "full_int8")
"""The schemes that are made by default. The others are for a model that these do not serve."""
FORMATS: tuple[Format, ...] = get_args(Format)
PREFERENCE: tuple[Scheme, ...] = (
    "full_int8",
    "dynamic_int8",
    "mixed_int8",
    "weight_int8",
    "weight_int4",
    "float16",
    "float32",
    "int16x8",
)
"""The order in which a runtime chooses among the models that pass, where none of them is clearly
faster (``conversion.order``): roughly the smallest first. int16x8 is last because its kernels are
slow."""
FLOAT_SCHEMES: tuple[Scheme, ...] = ("float32", "float16")
"""The schemes that compute like the float model, except for rounding"""
WEIGHT_BITS: Mapping[Scheme, int] = {"weight_int8": 8, "weight_int4": 4}
"""The bits of the weights in the schemes that store only these in integers"""
CALIBRATED: tuple[Scheme, ...] = ("full_int8", "int16x8", "mixed_int8")
"""The schemes that need calibration samples"""

Backend: TypeAlias = Literal[
    "tensorflow", "ai_edge_quantizer", "min_max", "entropy", "percentile", "octav", "gptq", "only"
]
"""The tool or method that makes a model. It is ``only`` where there is one choice."""

BACKENDS: Mapping[tuple[Format, Scheme], tuple[Backend, ...]] = {
    ("tflite", "full_int8"): ("tensorflow", "ai_edge_quantizer"),
    ("tflite", "int16x8"): ("tensorflow", "ai_edge_quantizer"),
    ("tflite", "weight_int8"): ("min_max", "gptq"),
    ("tflite", "weight_int4"): ("min_max", "octav", "gptq"),
    ("onnx", "full_int8"): ("min_max", "entropy", "percentile"),
}
"""The backends of each format and scheme that has several. Conversion tries all of them and keeps
the model whose predictions for the calibration samples are best."""
COMPARED = 64
"""The number of calibration samples on which backends are compared, the first ones"""
ONLY: tuple[Backend, ...] = ("only",)
