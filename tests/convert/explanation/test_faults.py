"""What is planted is named first, and what is well is left alone."""

import json
import re

import numpy as np
import pytest

from helpers.commands import run_satchel
from helpers.squares import damage


@pytest.fixture
def explain(capsys):
    """Return a function that runs the command and returns what it says for programs."""

    def run(*words):
        assert run_satchel("explain", *words, "--json") == 0
        return json.loads(capsys.readouterr().out)

    return run


def test_a_healthy_model_gives_no_alarm(explain, healthy):
    said = explain(healthy)
    assert said["findings"] == []
    assert said["within_limits"] is True
    assert said["float_accuracy"] > 0.8


def test_a_bias_whose_int8_steps_are_finer_than_float32_is_no_alarm(
    explain, changed, write_squares
):
    faint = np.arange(16) < 8
    said = explain(
        write_squares(
            changed(
                second=lambda kernel, bias: [
                    np.where(faint, 1e-6 * kernel, kernel),
                    np.where(faint, np.linspace(0.3, 1.1, 16), bias),
                ]
            )
        )
    )
    assert "broken layer" not in [each["kind"] for each in said["findings"]]


def test_a_wrong_mean_is_named_first(explain, faults):
    first, *_ = explain(faults.wrong_mean)["findings"]
    assert first["kind"] == "preprocessing"
    assert "With images scaled to -1 to 1, the model is right" in first["sentence"]
    assert '"scale": [0.0078431373], "offset": [-1.0]' in first["remedy"]
    (cost,) = first["costs"]
    assert cost["unit"] == "pp of accuracy"
    assert cost["ci95"][0] > 0


def test_findings_about_the_rounding_of_wrong_images_are_held_back(explain, faults, capsys):
    said = explain(faults.wrong_mean)
    assert {each["kind"] for each in said["findings"]} <= {"preprocessing", "label order"}
    assert said["held_back"] is True
    assert said["untold"] == []
    assert run_satchel("explain", faults.wrong_mean) == 0
    assert "What int8 costs is judged when this is put right" in capsys.readouterr().out


def test_blue_for_red_is_named_first(explain, faults):
    said = explain(faults.blue_first)
    first, *_ = said["findings"]
    assert first["kind"] == "preprocessing"
    assert "With images of which blue comes first, the model is right" in first["sentence"]
    assert '"channel_order": "bgr" in card.json' in first["remedy"]


def test_five_calibration_samples_are_named_first(explain, faults):
    first, *_ = explain(faults.five_samples)["findings"]
    assert first["kind"] == "calibration"
    assert first["sentence"].startswith("5 calibration samples do not cover")
    assert first["remedy"].startswith("Calibrate on 100 to 500 samples")


def test_one_outlier_channel_is_named_first(explain, faults):
    first, *_ = explain(faults.outlier)["findings"]
    assert (first["kind"], first["layer"]) == ("outlier", "first")
    assert first["sentence"].startswith("Channel 3 of first (CONV_2D) is ")


def test_a_layer_with_the_weights_of_another_training_is_named_first(
    explain, write_bundle, models, healthy
):
    def shuffle(tree, kernel, output):
        data = tree.buffers[kernel.buffer].data
        tree.buffers[kernel.buffer].data = np.random.default_rng(0).permutation(data)

    said = explain(write_bundle(damage(models["full_int8"], shuffle)), "--samples", healthy)
    first, *_ = said["findings"]
    assert (first["kind"], first["layer"]) == ("broken layer", "second")
    assert "are not the float model's" in first["sentence"]
    assert first["costs"][0]["ci95"][0] > 20
    assert said["within_limits"] is False


def test_a_layer_with_the_range_of_another_is_named_first(explain, write_bundle, models, healthy):
    def narrow(tree, kernel, output):
        output.quantization.scale = [output.quantization.scale[0] / 8]

    said = explain(write_bundle(damage(models["full_int8"], narrow)), "--samples", healthy)
    first, *_ = said["findings"]
    assert (first["kind"], first["layer"]) == ("broken layer", "second")
    assert "is not that of the calibration samples" in first["sentence"]


def test_a_bundle_is_explained_with_its_model_folder(write_bundle, models, healthy, capsys):
    bundle = write_bundle(models["full_int8"])
    assert run_satchel("explain", bundle, "--samples", healthy) == 0
    said = capsys.readouterr().out
    assert re.match(r"squares, full_int8.tflite: 240 samples, float32 8\d\.\d\d% accurate", said)
    assert "Nothing is wrong: no finding." in said
    assert re.search(r"scores +FULLY_CONNECTED +\d\d\.\d +\d+\.\d%", said)


def test_a_bundle_without_a_float_model_has_it_converted(explain, write_bundle, models, healthy):
    bundle = write_bundle(models["full_int8"], keep=("full_int8",))
    assert explain(bundle, "--samples", healthy)["findings"] == []


def test_texts_and_images_that_are_made_are_explained_too(explain, texts, faces):
    assert explain(texts.path, "--file", "dynamic_int8.tflite")["agreement"] == 1
    made = explain(faces.path)
    assert made["worst_psnr_db"] > 20
    assert made["float_accuracy"] is None


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        (("--file", "full_int8.onnx"), "Expected a file NAME.tflite, got 'full_int8.onnx'"),
        (
            ("--file", "float32.tflite"),
            "Expected one of the files full_int8.tflite, dynamic_int8.tflite,",
        ),
        (("--samples", "elsewhere"), "Expected no samples for"),
        (("--labels", "labels.txt"), "Expected no labels for"),
    ],
)
def test_what_does_not_fit_a_model_folder_is_one_line(healthy, capsys, more, reason):
    assert run_satchel("explain", healthy, *more) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert reason in line


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ((), "the following arguments are required: --samples"),
        (
            ("--samples", "{healthy}", "--labels", "labels.txt"),
            "Expected no labels for a bundle",
        ),
        (
            ("--samples", "{healthy}", "--file", "float32.tflite"),
            "Expected an int8 .tflite of the bundle (full_int8.tflite), got 'float32.tflite'",
        ),
    ],
)
def test_what_does_not_fit_a_bundle_is_one_line(
    write_bundle, models, healthy, capsys, more, reason
):
    words = [word.format(healthy=healthy) for word in more]
    assert run_satchel("explain", write_bundle(models["full_int8"]), *words) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert reason in line


def test_a_model_without_calibration_samples_is_refused(image_copy, capsys):
    (image_copy / "samples" / "calibration.jsonl").unlink()
    assert run_satchel("explain", image_copy) == 2
    assert "Expected calibration samples, got none" in capsys.readouterr().err


def test_a_model_that_does_not_convert_says_why(needs_select_ops, capsys):
    words = ("--file", "dynamic_int8.tflite")
    assert run_satchel("explain", needs_select_ops, *words) == 2
    assert "float32.tflite: needs operators that no TFLite" in capsys.readouterr().err
