"""Train, convert, verify and run, by the commands; then the same on the real data."""

import json
import os

import pytest

from helpers.installed import run_installed
from satchel.bundle.reading import open_bundle

MODELS = {
    f"{scheme}.{format_}"
    for scheme in ("float32", "float16", "dynamic_int8", "full_int8")
    for format_ in ("tflite", "onnx")
}
INT8 = {name for name in MODELS if "int8" in name}

real_data = [
    pytest.mark.real_data,
    pytest.mark.skipif(not os.environ.get("SATCHEL_DATA"), reason="SATCHEL_DATA is not set"),
]


@pytest.mark.parametrize("recipe", ["digits", "reviews"])
def test_a_recipe_becomes_eight_models_that_pass(carry, recipe):
    carried = carry(recipe)
    assert carried.report["passed"]
    assert {row["file"] for row in carried.report["rows"]} == MODELS
    assert {model.file for model in open_bundle(carried.bundle).card.models} == MODELS


@pytest.mark.parametrize("recipe", ["digits", "reviews"])
def test_converting_again_gives_the_same_bytes(carry, tmp_path, recipe):
    carried = carry(recipe)
    again = tmp_path / carried.bundle.name
    assert run_installed("convert", carried.folder, "--out", again).returncode == 0
    assert again.read_bytes() == carried.bundle.read_bytes()


@pytest.mark.parametrize("recipe", ["digits", "reviews"])
def test_verify_finds_what_convert_found(carry, tmp_path, recipe):
    carried = carry(recipe)
    page = tmp_path / "report.html"
    words = ("--samples", carried.folder, "--report", page, "--json")
    verified = run_installed("verify", carried.bundle, *words)
    assert verified.returncode == 0, verified.stderr
    found = {row["file"]: row["verified"] for row in json.loads(verified.stdout)["rows"]}
    assert found == {row["file"]: row["verified"] for row in carried.report["rows"]}
    assert page.read_text().startswith("<!DOCTYPE html>")


@pytest.mark.parametrize(
    ("recipe", "least_accuracy", "most_int8_drop"),
    [
        pytest.param("mnist", 0.983, 0.2, marks=real_data),
        pytest.param("imdb --model lasso", 0.88, 0.3, marks=real_data),
    ],
)
def test_real_data_reach_their_numbers(carry, recipe, least_accuracy, most_int8_drop):
    carried = carry(recipe)
    assert carried.report["reference_accuracy"] >= least_accuracy
    drops = {row["file"]: row["verified"]["drop_points"] for row in carried.report["rows"]}
    assert drops.keys() == MODELS
    assert {name: drops[name] for name in INT8 if abs(drops[name]) > most_int8_drop} == {}
