"""Refuses the quantized models of a format whose float32 model failed.

All models of a format are made from one exported graph. A float32 model outside of its limit shows
that this graph computes something else than the float model. A quantized model of the same graph
may be within its own limits all the same, because they allow for rounding.
"""

from collections.abc import Sequence
from dataclasses import replace

from satchel_convert.verification.verify import Finding, Verification


def refuse_with_float32(verification: Verification) -> Verification:
    """Return the verification in which every model fails whose format's float32 model failed.

    Each such model says so beside its own reasons. A format without a float32 model is unchanged.
    """
    failed = {
        each.entry.format: each.entry.file
        for each in verification.findings
        if each.entry.scheme == "float32" and each.failures
    }
    findings: Sequence[Finding] = [
        each
        if each.entry.scheme == "float32" or each.entry.format not in failed
        else _refused(each, failed[each.entry.format])
        for each in verification.findings
    ]
    return replace(verification, findings=findings)


def _refused(finding: Finding, float32: str) -> Finding:
    reason = f"it is made from the same graph as {float32}, which failed"
    if reason in finding.failures:
        return finding
    return replace(finding, failures=(*finding.failures, reason))
