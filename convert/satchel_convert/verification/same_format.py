"""Fails every model of a format whose float32 model failed.

A quantized model is judged by how often it agrees with the float model. A conversion that is wrong
a little, such as one with a random layer left in it, may agree often enough in int8, while the
float32 model of the same format shows that the format's graph is not the float model's.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from satchel_convert.verification.verify import Finding


def fail_with_float32(findings: "Sequence[Finding]") -> "list[Finding]":
    """Return the findings; those of a format whose float32 model failed have failed, too."""
    wrong = {
        finding.entry.format: finding
        for finding in findings
        if finding.entry.scheme == "float32" and finding.failures
    }
    return [
        replace(each, failures=(*each.failures, _why(wrong[each.entry.format])))
        if each.entry.format in wrong and each.entry.scheme != "float32"
        else each
        for each in findings
    ]


def _why(float32: "Finding") -> str:
    return f"is made from {float32.entry.file}, which failed: {float32.failures[0]}"
