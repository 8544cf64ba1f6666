"""A quantized model is not better than the graph that it was made from."""

import pytest

from satchel.bundle import ModelEntry, TensorSpec, VerifiedLabels
from satchel_convert.verification.float_first import refuse_with_float32
from satchel_convert.verification.verify import Finding, Verification

WHY = "it is made from the same graph as float32.onnx, which failed"


def finding(file, *failures):
    scheme, format_ = file.split(".")
    entry = ModelEntry(
        file=file,
        format=format_,
        scheme=scheme,
        size_bytes=1,
        input=TensorSpec("float32"),
        output=TensorSpec("float32"),
        needs={},
        golden_tolerance=0.0,
        golden_tolerance_why="",
    )
    return Finding(entry, "litert", VerifiedLabels(1, 1.0, 0.0, 1.0, 0.0, None), 0.1, failures)


def failures_of(*findings):
    found = refuse_with_float32(Verification("image-classification", 1, 1.0, findings))
    # A second time adds no second reason.
    assert refuse_with_float32(found) == found
    return {each.entry.file: each.failures for each in found.findings}


@pytest.mark.parametrize("scheme", ["float16", "dynamic_int8", "full_int8", "weight_int4"])
def test_a_model_fails_if_the_float32_model_of_its_format_failed(scheme):
    found = failures_of(
        finding(f"{scheme}.onnx"), finding("float32.onnx", "a probability differs by 0.3")
    )
    assert found[f"{scheme}.onnx"] == (WHY,)
    assert found["float32.onnx"] == ("a probability differs by 0.3",)


def test_the_other_format_is_not_concerned():
    found = failures_of(
        finding("full_int8.tflite"), finding("float32.tflite"), finding("float32.onnx", "wrong")
    )
    assert found["full_int8.tflite"] == ()


def test_a_model_keeps_its_own_reasons_first():
    found = failures_of(finding("float32.onnx", "wrong"), finding("full_int8.onnx", "agreement"))
    assert found["full_int8.onnx"] == ("agreement", WHY)


def test_a_format_without_a_float32_model_is_judged_by_its_own_limits():
    assert failures_of(finding("full_int8.onnx"))["full_int8.onnx"] == ()
