"""How numbers are stored in a converted model.

The name decodes by itself: ``float32`` and ``float16`` store weights in that type; ``dynamic_int8``
stores weights in int8 and computes activations' ranges while it runs; ``full_int8`` stores weights
and activations in int8, with ranges calibrated on samples; ``int16x8`` has int16 activations and
int8 weights; ``weight_int4`` stores weights in 4 bits and computes in floats; ``mixed_int8`` is
``full_int8`` but for the layers that lose most by it, which stay floats.
"""

from collections.abc import Mapping
from typing import Literal, TypeAlias, get_args

from satchel.bundle import Format

Scheme: TypeAlias = Literal[
    "float32", "float16", "dynamic_int8", "full_int8", "int16x8", "weight_int4", "mixed_int8"
]

SCHEMES: tuple[Scheme, ...] = get_args(Scheme)
USUAL: tuple[Scheme, ...] = ("float32", "float16", "dynamic_int8", "full_int8")
"""What is made where nothing is asked for: the others are for a model that these do not serve"""
FORMATS: tuple[Format, ...] = get_args(Format)
PREFERENCE: tuple[Scheme, ...] = (
    "full_int8",
    "dynamic_int8",
    "mixed_int8",
    "weight_int4",
    "float16",
    "float32",
    "int16x8",
)
"""Of two models that pass, a runtime takes the smaller one; int16x8 is last for its slow kernels"""
FLOAT_SCHEMES: tuple[Scheme, ...] = ("float32", "float16")
"""Compute as the float model does, but for rounding"""
CALIBRATED: tuple[Scheme, ...] = ("full_int8", "int16x8", "mixed_int8")
"""Need samples"""

Backend: TypeAlias = Literal[
    "tensorflow", "ai_edge_quantizer", "min_max", "entropy", "percentile", "octav", "only"
]
"""One of several ways to a model; ``only`` where there is one"""

BACKENDS: Mapping[tuple[Format, Scheme], tuple[Backend, ...]] = {
    ("tflite", "full_int8"): ("tensorflow", "ai_edge_quantizer"),
    ("tflite", "int16x8"): ("tensorflow", "ai_edge_quantizer"),
    ("tflite", "weight_int4"): ("min_max", "octav"),
    ("onnx", "full_int8"): ("min_max", "entropy", "percentile"),
}
"""Where there are several, the one whose answers to the calibration samples are best is taken"""
ONLY: tuple[Backend, ...] = ("only",)
