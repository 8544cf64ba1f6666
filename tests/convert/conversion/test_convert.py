import re
import time

import numpy as np
import pytest

from helpers.converted_models import probabilities
from satchel.bundle.card import TensorSpec
from satchel_convert.conversion.convert import convert, count_jobs
from satchel_convert.errors import ConversionError
from satchel_convert.model_folder import open_model_folder
from satchel_convert.schemes import (
    BACKENDS,
    CALIBRATED,
    FORMATS,
    ONLY,
    PREFERENCE,
    SCHEMES,
    USUAL,
)
from satchel_convert.tflite.converter import read_tensor_specs


@pytest.fixture
def uncalibrated(image_copy):
    (image_copy / "samples" / "calibration.jsonl").unlink()
    return open_model_folder(image_copy)


def test_every_scheme_has_a_place_in_the_order_of_preference():
    assert sorted(PREFERENCE) == sorted(SCHEMES)
    assert set(CALIBRATED) <= set(SCHEMES)


def test_every_format_comes_in_every_usual_scheme(conversions):
    cells = {(each.format, each.scheme) for each in conversions.models}
    assert cells == {(format_, scheme) for format_ in FORMATS for scheme in USUAL}
    assert [each.failure for each in conversions.models] == [None] * 8
    assert {each.file for each in conversions.models} == {
        f"{scheme}.{format_}" for format_ in FORMATS for scheme in USUAL
    }


def test_every_model_opens_and_says_what_keras_says(conversions, images):
    engines = {"tflite": "litert", "onnx": "onnx"}
    for each in conversions.models:
        content, *specs, _ = each.model
        card = images.folder.card
        found = probabilities(content, engines[each.format], specs, card, images.inputs)
        assert found.argmax(axis=1).tolist() == images.expected.argmax(axis=1).tolist(), each.file
        # The loosest of the tolerances by scheme, see test_to_tflite and test_to_onnx.
        np.testing.assert_allclose(found, images.expected, rtol=0, atol=0.05, err_msg=each.file)


def test_the_specs_beside_a_model_are_its_own(conversions):
    by_file = {each.file: each.model for each in conversions.models}
    for each in conversions.models:
        if each.format == "tflite":
            assert each.model[1:3] == read_tensor_specs(each.model.content)
    # What it puts out depends on the route that was best.
    assert by_file["full_int8.tflite"].input == TensorSpec("uint8", 1.0, 0)
    assert by_file["full_int8.onnx"][1:3] == (TensorSpec("float32"), TensorSpec("float32"))


def test_the_reference_answers_the_evaluation_samples(conversions, images):
    assert np.array_equal(conversions.inputs[:], images.inputs)
    # Two processes with other thread pools add float32 in another order.
    np.testing.assert_allclose(conversions.reference, images.expected, rtol=0, atol=1e-6)


def test_a_conversion_that_fails_is_a_row_and_the_others_are_there(needs_select_ops):
    done = []
    found = convert(open_model_folder(needs_select_ops), schemes=("float32",), on_done=done.append)
    by_file = {each.file: each for each in found.models}
    failed = by_file["float32.tflite"]
    assert failed.model is None
    assert "MatrixDeterminant" in failed.failure
    assert "\n" not in failed.failure
    assert found.reference.shape == (3, 3)
    # ONNX has the operator that TFLite lacks.
    assert by_file["float32.onnx"].failure is None
    assert by_file["float32.onnx"].model is not None
    assert sorted(done) == ["export to onnx", "float32.onnx", "float32.tflite", "reference"]


def test_without_calibration_samples_full_int8_is_refused_in_one_line(uncalibrated):
    with pytest.raises(ConversionError, match=r"^Expected calibration samples .*--schemes\.$"):
        convert(uncalibrated)


def test_without_calibration_samples_the_other_schemes_convert(uncalibrated):
    done = []
    found = convert(uncalibrated, formats=("onnx",), schemes=("dynamic_int8",), on_done=done.append)
    (only,) = found.models
    assert only.failure is None
    assert sorted(done) == ["dynamic_int8.onnx", "export to onnx", "reference"]


def test_every_route_is_a_job_and_the_best_one_is_told(images):
    done = []
    formats, schemes = ("onnx",), ("float32", "full_int8")
    found = convert(images.folder, formats=formats, schemes=schemes, on_done=done.append)
    assert sorted(done) == [
        "export to onnx",
        "float32.onnx",
        *["full_int8.onnx"] * len(BACKENDS["onnx", "full_int8"]),
        "predictions to compare with",
        "reference",
    ]
    assert len(done) == count_jobs(formats, schemes)
    by_scheme = {each.scheme: each for each in found.models}
    assert by_scheme["float32"].backend is None
    told = by_scheme["full_int8"].backend
    best = re.match(r"by (\w+), squared error \S+ \(", told)[1]
    assert all(backend in told for backend in BACKENDS["onnx", "full_int8"])
    numbers = [float(number) for number in re.findall(r"\d\S*\d", told)]
    assert best in BACKENDS["onnx", "full_int8"]
    assert numbers == sorted(numbers)


def test_jobs_are_counted_of_every_format_and_scheme():
    # The float model's answers, and a job a model.
    assert count_jobs(("tflite",), ("float32", "float16")) == 3
    # The export, and the answers that routes are compared by.
    assert count_jobs(("onnx",), ("float32",)) == 3
    assert count_jobs(("onnx",), ("full_int8",)) == 6
    assert count_jobs(FORMATS, SCHEMES) == 3 + sum(
        len(BACKENDS.get((format_, scheme), ONLY)) for format_ in FORMATS for scheme in SCHEMES
    )


def test_an_impossible_deadline_ends_the_run_at_once(images):
    started = time.monotonic()
    with pytest.raises(ConversionError, match=r"^float model: took longer than .* 0\.001 s$"):
        convert(images.folder, deadline_s=0.001)
    # Eight conversions in two formats would have taken longer than their kills.
    assert time.monotonic() - started < 30


def test_without_the_float_models_answers_nothing_new_is_started(images):
    done = []
    with pytest.raises(ConversionError):
        convert(images.folder, deadline_s=0.001, on_done=done.append)
    assert "reference" in done
    # Two cores have two jobs under way at most, and each may have let one more begin.
    assert len(done) < 8


def test_a_corrupt_reference_is_the_reason_of_the_whole_run(image_copy):
    (image_copy / "model.keras").write_bytes(b"not a zip")
    with pytest.raises(ConversionError, match=r"^float model: Expected a Keras model in"):
        convert(open_model_folder(image_copy), formats=("tflite",), schemes=("float32",))


def test_a_model_that_would_abort_its_engine_is_a_row_with_its_reason(text_copy):
    # ONNX Runtime 1.32 does so where the vectors of a quantized table enter a loop as they are.
    import keras

    layers = [
        keras.Input((6,), dtype="int32"),
        keras.layers.Embedding(10, 4),
        keras.layers.LSTM(4, return_sequences=True),
        keras.layers.GlobalAveragePooling1D(),
        keras.layers.Dense(2, activation="softmax"),
    ]
    keras.Sequential(layers).save(text_copy / "model.keras")
    found = convert(
        open_model_folder(text_copy), formats=("onnx",), schemes=("float32", "dynamic_int8")
    )
    failures = {each.scheme: each.failure for each in found.models}
    assert failures["float32"] is None
    assert failures["dynamic_int8"].startswith("the converter crashed (SIGABRT)")
