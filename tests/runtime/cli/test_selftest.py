"""``satchel selftest``: what it prints of golden vectors, and when it fails."""

import json

import numpy as np
import pytest

from helpers.tiny_bundles import IMAGE_CARD, IMAGE_FILES, golden_json, seal
from satchel.cli.command import CHECK_FAILED, OK

SCORES = np.float32([[0.25, 0.625, 0.125]])
GOLDEN_SCORES = np.float32([[0.25, 0.5, 0.25]])


def test_selftest_passes(satchel_says, install_engines, image_path):
    install_engines(litert=GOLDEN_SCORES, onnx=np.uint8([[64, 128, 64]]))
    code, out, err = satchel_says("selftest", image_path)
    assert (code, err) == (OK, [])
    assert len(out) == 3
    assert all(line.endswith("passed") for line in out[1:])
    assert out[1].split()[:3] == ["float32.tflite", "litert", "1"]


def test_selftest_fails_with_the_vectors_name_when_one_model_is_off(
    satchel_says, install_engines, image_path
):
    install_engines(litert=GOLDEN_SCORES, onnx=np.uint8([[128, 64, 64]]))
    code, out, err = satchel_says("selftest", image_path)
    assert (code, err) == (CHECK_FAILED, [])
    assert out[1].endswith("passed")
    assert out[2].endswith("FAILED: golden/0.png")


def test_selftest_names_three_of_many_vectors_that_are_off_and_shows_the_worst(
    satchel_says, install_engines, tmp_path
):
    install_engines(litert=GOLDEN_SCORES)
    off = [[0.25, 0.5, 0.25], [0.5, 0.25, 0.25], [0, 1, 0], *[[0.25, 0.25, 0.5]] * 3]
    models = [model._replace(golden_tolerance=1.0) for model in IMAGE_CARD.models]
    card = IMAGE_CARD._replace(models=tuple(models))
    vectors = [{"input": "golden/0.png", "scores": scores} for scores in off]
    content = {"vectors": vectors, "tolerances": {"float32.tflite": [0, 0, 0.5, 0, 0.125, 0]}}
    files = {**IMAGE_FILES, "golden/outputs.json": json.dumps(content).encode()}
    path = tmp_path / "off.satchel"
    path.write_bytes(seal(card, files))
    code, out, _ = satchel_says("selftest", path)
    assert code == CHECK_FAILED
    # The one that is furthest beyond what it is allowed: the third is farther off, and allowed to.
    assert out[1].split()[:5] == ["float32.tflite", "litert", "6", "0.250000", "0.000000"]
    assert out[1].endswith("FAILED: golden/0.png, golden/0.png, golden/0.png and 1 more")


def test_selftest_fails_on_a_golden_vector_that_is_wrong(satchel_says, install_engines, tmp_path):
    install_engines(litert=GOLDEN_SCORES)
    files = {**IMAGE_FILES, "golden/outputs.json": golden_json({"golden/0.png": [0, 0, 1]})}
    path = tmp_path / "wrong.satchel"
    path.write_bytes(seal(IMAGE_CARD, files))
    assert satchel_says("selftest", path)[0] == CHECK_FAILED


@pytest.fixture
def packed_path(tmp_path):
    """Return a function to a bundle that says how far off its models were where it was packed."""

    def write(**differences):
        vectors = [{"input": "golden/0.png", "scores": [0.25, 0.5, 0.25]}]
        rows = {"float32.tflite": [[0.0]], "full_int8.onnx": [[0.0], [0.00390625]]} | differences
        content = json.dumps({"vectors": vectors, "differences": rows}).encode()
        path = tmp_path / "packed.satchel"
        path.write_bytes(seal(IMAGE_CARD, {**IMAGE_FILES, "golden/outputs.json": content}))
        return path

    return write


def test_selftest_exact_passes_where_each_answer_is_one_of_the_kernels(
    satchel_says, install_engines, packed_path
):
    install_engines(litert=GOLDEN_SCORES, onnx=np.uint8([[65, 127, 64]]))
    code, out, err = satchel_says("selftest", packed_path(), "--exact")
    assert (code, err) == (OK, [])
    assert all(line.endswith("passed") for line in out[1:])


@pytest.mark.parametrize(("words", "expected"), [([], OK), (["--exact"], CHECK_FAILED)])
def test_selftest_says_which_answers_are_others_and_exact_fails_for_them(
    words, expected, satchel_says, install_engines, packed_path
):
    install_engines(litert=GOLDEN_SCORES, onnx=np.uint8([[66, 126, 64]]))
    code, out, _ = satchel_says("selftest", packed_path(), *words)
    assert code == expected
    assert out[1].endswith("passed")
    assert out[2].endswith("passed, 1 different from where it was packed")


def test_selftest_exact_refuses_a_bundle_that_does_not_say(
    install_engines, one_line_error, image_path
):
    install_engines(litert=GOLDEN_SCORES, onnx=np.uint8([[64, 128, 64]]))
    line = one_line_error("selftest", image_path, "--exact")
    assert "float32.tflite, full_int8.onnx: convert it again" in line


def test_selftest_writes_json_that_parses_line_by_line(satchel_says, install_engines, image_path):
    install_engines(litert=GOLDEN_SCORES, onnx=np.uint8([[128, 64, 64]]))
    code, out, _ = satchel_says("selftest", image_path, "--json")
    assert code == CHECK_FAILED
    found = [json.loads(line) for line in out]
    assert [(each["engine"], each["passed"], each["difference"]) for each in found] == [
        ("litert", True, 0.0),
        ("onnx", False, 0.25),
    ]
    assert found[0]["vector"] == "golden/0.png"


def test_selftest_takes_a_model_and_an_engine(satchel_says, install_engines, image_path):
    install_engines(litert=GOLDEN_SCORES, onnx=np.uint8([[128, 64, 64]]))
    assert satchel_says("selftest", image_path, "--engine", "litert")[0] == OK
    assert satchel_says("selftest", image_path, "--model", "float32.tflite")[0] == OK
    assert satchel_says("selftest", image_path, "--engine", "onnx")[0] == CHECK_FAILED


@pytest.mark.parametrize(
    ("tolerance", "code", "end"),
    [
        (0.25, OK, "1    0.125000   0.500000  passed, 1 different from where it was packed"),
        (0.1, CHECK_FAILED, "1    0.125000   0.100000  FAILED: the mean of all vectors"),
    ],
)
def test_selftest_shows_the_mean_only_if_it_fails(
    satchel_says, install_engines, tmp_path, tolerance, code, end
):
    install_engines(litert=SCORES)
    models = [
        model._replace(golden_tolerance=0.5)
        for model in IMAGE_CARD.models
        if model.file == "float32.tflite"
    ]
    golden = {
        "vectors": [{"input": "golden/0.png", "scores": GOLDEN_SCORES[0].tolist()}],
        "differences": {"float32.tflite": [[0.0]]},
        "mean_tolerances": {"float32.tflite": {"litert": tolerance}},
    }
    files = {name: content for name, content in IMAGE_FILES.items() if not name.endswith(".onnx")}
    files["golden/outputs.json"] = json.dumps(golden).encode()
    path = tmp_path / "x.satchel"
    path.write_bytes(seal(IMAGE_CARD._replace(models=tuple(models)), files))
    found, out, err = satchel_says("selftest", path)
    assert (found, err) == (code, [])
    assert out[1].split("litert")[1].strip() == end
