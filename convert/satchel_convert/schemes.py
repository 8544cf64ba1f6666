"""How numbers are stored in a converted model.

The name decodes by itself: ``float32`` and ``float16`` store weights in that type; ``dynamic_int8``
stores weights in int8 and computes activations' ranges while it runs; ``full_int8`` stores weights
and activations in int8, with ranges calibrated on samples.
"""

from typing import Literal, TypeAlias, get_args

from satchel.card import Format

Scheme: TypeAlias = Literal["float32", "float16", "dynamic_int8", "full_int8"]

SCHEMES: tuple[Scheme, ...] = get_args(Scheme)
FORMATS: tuple[Format, ...] = get_args(Format)
PREFERENCE: tuple[Scheme, ...] = ("full_int8", "dynamic_int8", "float16", "float32")
"""Of two models that pass, a runtime takes the smaller one"""
FLOAT_SCHEMES: tuple[Scheme, ...] = ("float32", "float16")
"""Compute as the float model does, but for rounding"""
CALIBRATED: tuple[Scheme, ...] = ("full_int8",)
"""Need samples"""
