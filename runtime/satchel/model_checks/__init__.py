"""Checks a model file before an engine sees it."""

from typing import TYPE_CHECKING

from satchel.faces import lazy_names

if TYPE_CHECKING:
    from satchel.model_checks.flatbuffer import (
        UINT8 as UINT8,
        UINT32 as UINT32,
        UINT64 as UINT64,
        Flatbuffer as Flatbuffer,
    )
    from satchel.model_checks.model_file import (
        check_onnx as check_onnx,
        check_own_weights as check_own_weights,
        check_tflite as check_tflite,
    )
    from satchel.model_checks.tflite_bias import (
        goes_to_gemmlowp as goes_to_gemmlowp,
        misses_bias as misses_bias,
    )

__getattr__, __dir__, __all__ = lazy_names(
    __name__,
    {
        "flatbuffer": ["UINT8", "UINT32", "UINT64", "Flatbuffer"],
        "model_file": ["check_onnx", "check_own_weights", "check_tflite"],
        "tflite_bias": ["goes_to_gemmlowp", "misses_bias"],
    },
)
