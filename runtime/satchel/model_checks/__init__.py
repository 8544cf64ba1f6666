"""Checks a model file before an engine sees it."""

from typing import TYPE_CHECKING

from satchel.faces import lazy_names

if TYPE_CHECKING:
    from satchel.model_checks.tflite_bias import (
        goes_to_gemmlowp as goes_to_gemmlowp,
        misses_bias as misses_bias,
    )

__getattr__, __dir__, __all__ = lazy_names(
    __name__,
    {
        "tflite_bias": ["goes_to_gemmlowp", "misses_bias"],
    },
)
