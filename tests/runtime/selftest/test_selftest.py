"""Golden vectors: what passes, what does not, and what is refused."""

from pathlib import Path

import numpy as np
import pytest

from helpers.tiny_bundles import (
    GENERATOR_BUNDLE,
    IMAGE_BUNDLE,
    IMAGE_CARD,
    IMAGE_FILES,
    PAINTED,
    STYLE_BUNDLE,
    TEXT_BUNDLE,
    TEXT_CARD,
    TEXT_FILES,
    golden_json,
    seal,
)
from satchel.bundle.reading import open_bundle
from satchel.errors import CardError, EngineError, InputError
from satchel.preprocessing.latent import draw_latent
from satchel.selftest.replay import selftest

GOLDEN = Path(__file__).parents[2] / "golden"
# The golden vector says 0.25, 0.5, 0.25; the models allow 0.01 and 0.02.
RIGHT = np.float32([[0.25, 0.5, 0.25]])
RIGHT_LEVELS = np.uint8([[64, 128, 64]])


def test_every_vector_runs_on_every_model_and_engine_that_is_here(load, install_engines):
    install_engines(litert=RIGHT, tflite_runtime=RIGHT, onnx=RIGHT_LEVELS)
    results = selftest(load(IMAGE_BUNDLE))
    assert [(result.file, result.engine) for result in results] == [
        ("float32.tflite", "litert"),
        ("float32.tflite", "tflite_runtime"),
        ("full_int8.onnx", "onnx"),
    ]
    assert all(result.passed for result in results)
    assert {result.difference for result in results} == {0.0}
    assert {result.vector for result in results} == {"golden/0.png"}


def test_the_raw_image_goes_through_the_whole_preprocessing(load, install_engines):
    seam = install_engines(litert=RIGHT)
    selftest(load(IMAGE_BUNDLE))
    [tensor] = seam.engines["litert"].inputs
    # The golden image is 200 throughout, and the card's scale is 1/255.
    assert (tensor == np.float32(200) * np.float32(1 / 255)).all()


@pytest.mark.parametrize(("off", "passed"), [(0.0078125, True), (0.015625, False), (0.5, False)])
def test_a_difference_beyond_the_tolerance_does_not_pass(load, install_engines, off, passed):
    install_engines(litert=RIGHT + np.float32([[off, -off, 0]]))
    [result] = selftest(load(IMAGE_BUNDLE))
    assert result.difference == off
    assert result.tolerance == 0.01
    assert result.passed is passed


def test_each_model_has_its_own_tolerance(load, install_engines):
    install_engines(litert=RIGHT + np.float32([[0.015625, 0, 0]]), onnx=np.uint8([[68, 128, 64]]))
    results = selftest(load(IMAGE_BUNDLE))
    assert [(result.tolerance, result.passed) for result in results] == [
        (0.01, False),
        (0.02, True),
    ]


def test_a_model_and_an_engine_may_be_asked_for(load, install_engines):
    install_engines(litert=RIGHT, tflite_runtime=RIGHT, onnx=RIGHT_LEVELS)
    bundle = load(IMAGE_BUNDLE)
    assert {result.file for result in selftest(bundle, model="full_int8.onnx")} == {
        "full_int8.onnx"
    }
    assert [result.engine for result in selftest(bundle, engine="tflite_runtime")] == [
        "tflite_runtime"
    ]


def test_a_golden_text_is_tokenised(load, install_engines):
    seam = install_engines(litert=np.float32([[0.75]]))
    [result] = selftest(load(TEXT_BUNDLE))
    assert result.passed
    assert seam.engines["litert"].inputs[0].tolist() == [[1, 3, 2, 4, 0, 0]]


def test_a_golden_text_that_is_not_utf_8_is_refused(load, install_engines):
    install_engines(litert=np.float32([[0.75]]))
    bundle = load(seal(TEXT_CARD, {**TEXT_FILES, "golden/0.txt": b"caf\xe9"}))
    with pytest.raises(CardError, match=r"UTF-8 in the golden text 'golden/0\.txt'"):
        selftest(bundle)


def test_a_golden_image_that_is_none_is_refused(load, install_engines):
    install_engines(litert=RIGHT)
    bundle = load(seal(IMAGE_CARD, {**IMAGE_FILES, "golden/0.png": b"no image"}))
    with pytest.raises(InputError):
        selftest(bundle)


def test_no_engine_no_such_model_and_no_such_engine_are_refused(load, install_engines):
    bundle = load(IMAGE_BUNDLE)
    install_engines()
    with pytest.raises(EngineError, match="pip install"):
        selftest(bundle)
    install_engines(litert=RIGHT)
    with pytest.raises(EngineError, match="float16"):
        selftest(bundle, model="float16.tflite")
    with pytest.raises(EngineError, match="tensorrt"):
        selftest(bundle, engine="tensorrt")
    with pytest.raises(EngineError, match="onnxruntime"):
        selftest(bundle, engine="onnx")


def test_golden_vectors_that_do_not_fit_are_refused_before_an_engine_opens(
    load, no_engine_may_open
):
    wrong = golden_json({"golden/0.png": [0.5, 0.5]})
    bundle = load(seal(IMAGE_CARD, {**IMAGE_FILES, "golden/outputs.json": wrong}))
    with pytest.raises(CardError):
        selftest(bundle)


def test_golden_vectors_in_a_file_without_a_name_are_the_typed_error(load, install_engines):
    install_engines(litert=RIGHT)
    packed = seal(IMAGE_CARD._replace(golden=""), IMAGE_FILES)
    with pytest.raises(CardError):
        selftest(load(packed))


@pytest.mark.parametrize("kind", ["generator", "style"])
def test_images_pass_by_the_root_mean_square_of_their_pixels(load, install_engines, kind):
    bundle = load({"generator": GENERATOR_BUNDLE, "style": STYLE_BUNDLE}[kind])
    levels = PAINTED[np.newaxis].copy()
    # One channel in 24 that is 12 levels off is a root mean square of 2.45 levels.
    levels[0, 0, 0, 0] += 12
    install_engines(litert=PAINTED[np.newaxis].astype(np.float32), tflite_runtime=levels)
    right, off = selftest(bundle)
    assert (right.engine, right.difference, right.passed) == ("litert", 0.0, True)
    assert off.difference == pytest.approx(12 / np.sqrt(24) / 255)
    assert (off.engine, off.tolerance, off.passed) == ("tflite_runtime", 0.01, True)
    levels[0, 0, 0, 1] += 12
    install_engines(tflite_runtime=levels)
    [worse] = selftest(bundle)
    assert not worse.passed


def test_a_golden_seed_is_drawn(load, install_engines):
    seam = install_engines(litert=PAINTED[np.newaxis].astype(np.float32))
    [result] = selftest(load(GENERATOR_BUNDLE))
    assert result.vector == "seed 7"
    assert np.array_equal(seam.engines["litert"].inputs[0], draw_latent(7, 3))


BUNDLES = sorted(GOLDEN.glob("*.satchel")) if GOLDEN.is_dir() else []


@pytest.mark.skipif(not BUNDLES, reason="tests/golden holds no bundle")
@pytest.mark.parametrize("path", BUNDLES, ids=lambda path: path.name)
def test_every_golden_bundle_passes_here(path):
    try:
        results = selftest(open_bundle(path))
    except EngineError as error:
        pytest.skip(str(error))
    assert all(result.passed for result in results), results
