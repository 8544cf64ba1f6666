"""Golden vectors: their form, and the images, texts and seeds that they name."""

import json

import numpy as np
import pytest

from helpers.tiny_bundles import (
    GENERATOR_BUNDLE,
    GENERATOR_CARD,
    GENERATOR_FILES,
    IMAGE_BUNDLE,
    IMAGE_CARD,
    IMAGE_FILES,
    PAINTED,
    STYLE_BUNDLE,
    STYLE_CARD,
    STYLE_FILES,
    TEXT_BUNDLE,
    TEXT_CARD,
    TEXT_FILES,
    encode_png,
    golden_json,
    seal,
)
from satchel.bundle.archive import pack, unpack
from satchel.errors import CardError, InputError
from satchel.preprocessing.preprocessor import open_reader
from satchel.selftest.replay import MEAN, selftest
from satchel.selftest.vectors import blend, golden_vectors


def test_golden_vectors_carry_the_raw_input_and_the_probabilities(load):
    [vector] = golden_vectors(load(IMAGE_BUNDLE))
    assert vector.input.name == "golden/0.png"
    assert vector.input.raw == encode_png(np.full((4, 6, 3), 200, np.uint8))
    assert vector.prediction.dtype == np.float32
    assert vector.prediction.tolist() == [0.25, 0.5, 0.25]


@pytest.fixture
def with_golden(load):
    """Return a function that opens the image bundle with other golden vectors."""

    def open_with(content):
        return load(seal(IMAGE_CARD, {**IMAGE_FILES, "golden/outputs.json": content}))

    return open_with


def golden_refusal(bundle):
    with pytest.raises(CardError) as caught:
        golden_vectors(bundle)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    "scores",
    [
        [], [0.5, 0.5], [0.25] * 4, [0.25, 0.5, -0.1], [0.25, 0.5, 1.1], [0.25, 0.5, "0.25"],
        [0.25, 0.5, None], None, "abc", {"cat": 1}, 1, [[0.25, 0.5, 0.25]], [0, 1, 10**300],
    ],
    ids=lambda value: repr(value)[:30],
)  # fmt: skip
def test_golden_scores_that_are_not_one_probability_a_label_are_refused(with_golden, scores):
    bundle = with_golden(golden_json({"golden/0.png": scores}))
    assert "3 probabilities" in golden_refusal(bundle)


def test_golden_scores_of_true_and_false_are_refused(with_golden):
    golden_refusal(with_golden(golden_json({"golden/0.png": [True, False, False]})))


@pytest.mark.parametrize("odd", [b"NaN", b"Infinity", b"-Infinity", b"1e999", b"9" * 400])
def test_golden_scores_that_are_not_finite_are_refused(with_golden, odd):
    content = golden_json({"golden/0.png": [0.25, 0.5, "HERE"]})
    golden_refusal(with_golden(content.replace(b'"HERE"', odd)))


@pytest.mark.parametrize("name", ["golden/1.png", "../0.png", "/etc/passwd", "card.json", ""])
def test_a_golden_input_that_is_no_file_of_the_bundle_is_refused(with_golden, name):
    golden_refusal(with_golden(golden_json({name: [0.25, 0.5, 0.25]})))


@pytest.mark.parametrize(
    "content",
    [
        b"", b"[]", b"{}", b'{"vectors": []}', b'{"vectors": {}}', b'{"vectors": null}',
        b'{"vectors": [1]}', b'{"vectors": [{}]}', b'{"vectors": [[]]}',
        b'{"vectors": [{"input": 1, "scores": [0, 0, 1]}]}',
        b'{"vectors": [{"input": ["golden/0.png"], "scores": [0, 0, 1]}]}',
        b'{"vectors": [{"scores": [0, 0, 1]}]}', b'{"vectors": [{"input": "golden/0.png"}]}',
        b"[" * 100_000, b"\xff",
    ],
    ids=lambda value: repr(value)[:40],
)  # fmt: skip
def test_golden_vectors_of_another_form_are_refused(with_golden, content):
    golden_refusal(with_golden(content))


def test_a_golden_vector_that_is_a_text_is_refused_in_one_line(with_golden):
    golden_refusal(with_golden(b'{"vectors": ["a\\nb"]}'))


def test_a_bundle_without_golden_vectors_is_told_by_its_name(load):
    entries = unpack(IMAGE_BUNDLE)
    fields = json.loads(entries["card.json"])
    del fields["golden"]
    bundle = load(pack({**entries, "card.json": json.dumps(fields).encode()}))
    assert "'tiny'" in golden_refusal(bundle)


def test_a_golden_seed_carries_the_image_that_the_float_model_made(load):
    [vector] = golden_vectors(load(GENERATOR_BUNDLE))
    assert (vector.input.name, vector.input.raw) == ("seed 7", 7)
    assert vector.prediction.dtype == np.uint8
    assert np.array_equal(vector.prediction, PAINTED)


def test_a_golden_image_carries_the_image_that_came_out(load):
    [vector] = golden_vectors(load(STYLE_BUNDLE))
    assert vector.input.name == "golden/0.png"
    assert vector.input.raw == encode_png(np.full((4, 6, 3), 200, np.uint8))
    assert np.array_equal(vector.prediction, PAINTED)


def test_a_golden_text_is_a_text(load):
    [vector] = golden_vectors(load(TEXT_BUNDLE))
    assert vector.input.raw == "Good, not bad."


@pytest.mark.parametrize(
    "vector",
    [
        {}, {"seed": 7}, {"output": "golden/0-output.png"}, 7, None, [],
        {"seed": -1, "output": "golden/0-output.png"},
        {"seed": 2**53, "output": "golden/0-output.png"},
        {"seed": 7.0, "output": "golden/0-output.png"},
        {"seed": True, "output": "golden/0-output.png"},
        {"seed": "7", "output": "golden/0-output.png"},
        {"seed": 7, "output": "golden/1-output.png"}, {"seed": 7, "output": 1},
        {"seed": 7, "output": ["golden/0-output.png"]}, {"seed": 7, "scores": [0.5, 0.5]},
        {"input": "golden/0-output.png", "output": "golden/0-output.png"},
    ],
    ids=repr,
)  # fmt: skip
def test_a_golden_vector_of_a_generator_is_a_seed_and_an_image(load, vector):
    content = json.dumps({"vectors": [vector]}).encode()
    bundle = load(seal(GENERATOR_CARD, {**GENERATOR_FILES, "golden/vectors.json": content}))
    message = golden_refusal(bundle)
    assert message.startswith("Expected a seed and an output image of the bundle in each golden")


def test_a_golden_vector_of_a_style_needs_both_images(load):
    for vector in ({"input": "golden/0.png"}, {"seed": 7, "output": "golden/0-output.png"}):
        content = json.dumps({"vectors": [vector]}).encode()
        bundle = load(seal(STYLE_CARD, {**STYLE_FILES, "golden/vectors.json": content}))
        message = golden_refusal(bundle)
        assert "an input of the bundle (or two, blended by" in message
        assert "and an output image" in message


def test_a_golden_output_of_another_size_is_refused(load):
    files = {**GENERATOR_FILES, "golden/0-output.png": encode_png(np.zeros((4, 2, 3), np.uint8))}
    message = golden_refusal(load(seal(GENERATOR_CARD, files)))
    assert message == "Expected an image of 2 x 4 in 'golden/0-output.png', got 4 x 2."


def test_a_golden_output_that_is_no_image_is_refused(load):
    files = {**GENERATOR_FILES, "golden/0-output.png": b"no image"}
    with pytest.raises(InputError, match="got something else"):
        golden_vectors(load(seal(GENERATOR_CARD, files)))


@pytest.fixture
def with_vectors(load):
    """Return a function that opens the image bundle, with a dark image, and other vectors."""
    dark = encode_png(np.full((8, 12, 3), 20, np.uint8))

    def open_with(*blends, **others):
        scored = {"input": "golden/0.png", "scores": [0.25, 0.5, 0.25]}
        vectors = [{**scored, **({} if each is None else {"blend": each})} for each in blends]
        content = json.dumps({"vectors": vectors, **others}).encode()
        files = {**IMAGE_FILES, "golden/dark.png": dark, "golden/outputs.json": content}
        return load(seal(IMAGE_CARD, files))

    return open_with


DARK = {"input": "golden/dark.png", "share": 64}


def test_a_blend_is_of_both_images_at_the_models_size(with_vectors):
    bundle = with_vectors(None, DARK)
    alone, blended = golden_vectors(bundle)
    assert blended.input.name == "golden/0.png with 64/256 of golden/dark.png"
    read = open_reader(bundle.card, bundle.files)
    assert np.array_equal(alone.prepared(read), np.full((1, 4, 6, 3), 200))
    prepared = blended.prepared(read)
    assert prepared.dtype == np.uint8
    assert np.array_equal(prepared, np.full((1, 4, 6, 3), (200 * 192 + 20 * 64 + 128) >> 8))


def test_the_selftest_feeds_a_blend(with_vectors, install_engines):
    seam = install_engines(litert=np.float32([[0.25, 0.5, 0.25]]))
    [result] = selftest(with_vectors(DARK))
    assert result.passed
    assert result.vector == "golden/0.png with 64/256 of golden/dark.png"
    [tensor] = seam.engines["litert"].inputs
    assert (tensor == np.float32(155) * np.float32(1 / 255)).all()


@pytest.mark.parametrize("share", [1, 77, 128, 255])
def test_every_pair_of_levels_is_blended_as_the_page_says(share):
    first, second = np.divmod(np.arange(65_536), 256)
    expected = (first * (256 - share) + second * share + 128) >> 8
    found = blend(first.astype(np.uint8), second.astype(np.uint8), share)
    assert found.dtype == np.uint8
    assert np.array_equal(found, expected)


@pytest.mark.parametrize(
    "odd",
    [
        {}, [], "golden/dark.png", 1, {"input": "golden/dark.png"}, {"share": 64},
        {**DARK, "share": 0}, {**DARK, "share": 256}, {**DARK, "share": -1},
        {**DARK, "share": 64.0}, {**DARK, "share": True}, {**DARK, "share": "64"},
        {**DARK, "input": "golden/9.png"}, {**DARK, "input": "card.json"}, {**DARK, "input": 7},
        {**DARK, "input": ["golden/dark.png"]},
    ],
    ids=repr,
)  # fmt: skip
def test_a_blend_of_another_form_is_refused(with_vectors, odd):
    assert "blended by a share from 1 to 255" in golden_refusal(with_vectors(odd))


def test_a_blend_of_null_is_refused(load):
    vector = {"input": "golden/0.png", "scores": [0.25, 0.5, 0.25], "blend": None}
    content = json.dumps({"vectors": [vector]}).encode()
    golden_refusal(load(seal(IMAGE_CARD, {**IMAGE_FILES, "golden/outputs.json": content})))


def test_a_blend_with_what_is_no_image_is_refused_when_it_is_read(with_vectors):
    bundle = with_vectors({**DARK, "input": "float32.tflite"})
    [vector] = golden_vectors(bundle)
    with pytest.raises(InputError, match="got something else"):
        vector.prepared(open_reader(bundle.card, bundle.files))


def test_a_blend_in_a_golden_text_means_nothing(load):
    vector = {"input": "golden/0.txt", "scores": [0.25, 0.75], "blend": 7}
    content = json.dumps({"vectors": [vector]}).encode()
    [found] = golden_vectors(load(seal(TEXT_CARD, {**TEXT_FILES, "golden/outputs.json": content})))
    assert found.input.raw == "Good, not bad."


def test_a_vector_may_have_a_tolerance_of_its_own_for_a_model(with_vectors, install_engines):
    install_engines(
        litert=np.float32([[0.2578125, 0.4921875, 0.25]]), onnx=np.uint8([[68, 124, 64]])
    )
    # Which is below that of the model, or means nothing.
    bundle = with_vectors(None, DARK, None, tolerances={"float32.tflite": [0.0078125, 0.007, 1]})
    found = [(result.engine, result.tolerance, result.passed) for result in selftest(bundle)]
    assert found == [
        ("litert", 0.0078125, True),
        ("litert", 0.007, False),
        ("litert", 0.01, True),
        *[("onnx", 0.02, True)] * 3,
    ]


@pytest.mark.parametrize(
    "odd",
    [
        [], 1, None, "abc", {"float32.tflite": []}, {"float32.tflite": None},
        {"float32.tflite": [0.1, 0.1]}, {"float32.tflite": 0.1}, {"float32.tflite": ["0.1"]},
        {"float32.tflite": [True]}, {"float32.tflite": [-0.1]}, {"float32.tflite": [1.1]},
        {"float32.tflite": [0.1], "full_int8.onnx": [None]}, {"float32.tflite": {"0": 0.1}},
    ],
    ids=repr,
)  # fmt: skip
def test_tolerances_that_are_not_one_number_a_vector_and_model_are_refused(with_vectors, odd):
    message = golden_refusal(with_vectors(DARK, tolerances=odd))
    assert message.startswith(
        "Expected 1 golden tolerances from 0 to 1 for each model of the card, got"
    )


def test_tolerances_of_a_model_that_is_not_in_the_card_mean_nothing(with_vectors):
    given = {"float16.tflite": "odd", "float32.tflite": [0.125]}
    [vector] = golden_vectors(with_vectors(DARK, tolerances=given))
    assert vector.tolerances == {"float32.tflite": 0.125}


def test_an_answer_is_exact_if_it_is_as_far_off_as_one_kernel_was(with_vectors, install_engines):
    install_engines(
        litert=np.float32([[0.2578125, 0.4921875, 0.25]]), onnx=np.uint8([[68, 124, 64]])
    )
    rows = [[0.0078125, 0.0, 0.5], [0.0, 0.0085, 0.5]]
    bundle = with_vectors(None, DARK, None, differences={"float32.tflite": rows})
    found = [(result.engine, result.exact) for result in selftest(bundle)]
    assert found == [("litert", True), ("litert", True), ("litert", False), *[("onnx", None)] * 3]


@pytest.mark.parametrize(
    "odd",
    [
        [], None, {"float32.tflite": []}, {"float32.tflite": None}, {"float32.tflite": [0.1]},
        {"float32.tflite": [[]]}, {"float32.tflite": [[0.1], [0.1, 0.1]]},
        {"float32.tflite": [[1.1]]}, {"float32.tflite": [[True]]},
    ],
    ids=repr,
)  # fmt: skip
def test_differences_that_are_not_a_number_a_vector_are_refused(with_vectors, odd):
    message = golden_refusal(with_vectors(DARK, differences=odd))
    assert message.startswith("Expected lists of 1 golden differences from 0 to 1 for each model")


@pytest.mark.parametrize(("tolerance", "passed"), [(0.0078125, True), (0.0078, False)])
def test_the_mean_is_that_of_the_nearest_kernels(with_vectors, install_engines, tolerance, passed):
    # Off by 1/128 from the vector, which the first kernels were by 3/128 and the second by 2/128.
    found = np.float32([[0.2578125, 0.4921875, 0.25]])
    # An engine without a tolerance of its own has no such result.
    install_engines(litert=found, tflite_runtime=found, onnx=np.uint8([[64, 128, 64]]))
    rows = [[0.0234375] * 2, [0.015625] * 2]
    bundle = with_vectors(
        None,
        None,
        differences={"float32.tflite": rows},
        mean_tolerances={"float32.tflite": {"litert": tolerance}, "float16.tflite": "odd"},
    )
    results = selftest(bundle)
    [mean] = [result for result in results if result.vector == MEAN]
    assert (mean.file, mean.engine) == ("float32.tflite", "litert")
    assert mean.difference == 0.0078125
    assert mean.tolerance == tolerance
    assert mean.passed is passed
    assert mean.exact is False
    assert all(result.passed for result in results if result.vector != MEAN)


@pytest.mark.parametrize(
    "odd",
    [
        [], None, {"float32.tflite": [0.1]}, {"float32.tflite": 0.1}, {"float32.tflite": None},
        {"float32.tflite": {"litert": 1.1}}, {"float32.tflite": {"litert": [0.1]}},
    ],
    ids=repr,
)  # fmt: skip
def test_mean_tolerances_that_are_not_a_number_a_model_are_refused(with_vectors, odd):
    given = {"float32.tflite": [[0.1]]}
    message = golden_refusal(with_vectors(DARK, differences=given, mean_tolerances=odd))
    assert message.startswith("Expected mean golden tolerances of engines from 0 to 1 for each")


def test_a_mean_tolerance_without_differences_is_refused(with_vectors):
    message = golden_refusal(with_vectors(DARK, mean_tolerances={"float32.tflite": {}}))
    assert message == "Expected golden differences for ['float32.tflite'], got none for some."
