"""Golden vectors: their form, and the pictures, texts and seeds that they name."""

import json

import numpy as np
import pytest

from satchel.archive import pack, unpack
from satchel.errors import CardError, InputError
from satchel.golden import golden_vectors


def test_golden_vectors_carry_the_raw_input_and_the_probabilities(load, picture_bundle, png):
    [vector] = golden_vectors(load(picture_bundle))
    assert vector.name == "golden/0.png"
    assert vector.raw == png(np.full((4, 6, 3), 200, np.uint8))
    assert vector.answer.dtype == np.float32
    assert vector.answer.tolist() == [0.25, 0.5, 0.25]


@pytest.fixture
def with_golden(load, seal, picture_card, picture_files):
    """Return a function that opens the picture bundle with other golden vectors."""

    def open_with(content):
        return load(seal(picture_card, {**picture_files, "golden/outputs.json": content}))

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
def test_golden_scores_that_are_not_one_probability_a_label_are_refused(
    with_golden, golden_json, scores
):
    bundle = with_golden(golden_json({"golden/0.png": scores}))
    assert "3 probabilities" in golden_refusal(bundle)


def test_golden_scores_of_true_and_false_are_refused(with_golden, golden_json):
    golden_refusal(with_golden(golden_json({"golden/0.png": [True, False, False]})))


@pytest.mark.parametrize("odd", [b"NaN", b"Infinity", b"-Infinity", b"1e999", b"9" * 400])
def test_golden_scores_that_are_not_finite_are_refused(with_golden, golden_json, odd):
    content = golden_json({"golden/0.png": [0.25, 0.5, "HERE"]})
    golden_refusal(with_golden(content.replace(b'"HERE"', odd)))


@pytest.mark.parametrize("name", ["golden/1.png", "../0.png", "/etc/passwd", "card.json", ""])
def test_a_golden_input_that_is_no_file_of_the_bundle_is_refused(with_golden, golden_json, name):
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


def test_a_bundle_without_golden_vectors_is_told_by_its_name(load, picture_bundle):
    entries = unpack(picture_bundle)
    fields = json.loads(entries["card.json"])
    del fields["golden"]
    bundle = load(pack({**entries, "card.json": json.dumps(fields).encode()}))
    assert "'tiny'" in golden_refusal(bundle)


def test_a_golden_seed_carries_the_picture_that_the_float_model_made(
    load, generator_bundle, painted
):
    [vector] = golden_vectors(load(generator_bundle))
    assert (vector.name, vector.raw) == ("seed 7", 7)
    assert vector.answer.dtype == np.uint8
    assert np.array_equal(vector.answer, painted)


def test_a_golden_picture_carries_the_picture_that_came_out(load, style_bundle, painted, png):
    [vector] = golden_vectors(load(style_bundle))
    assert vector.name == "golden/0.png"
    assert vector.raw == png(np.full((4, 6, 3), 200, np.uint8))
    assert np.array_equal(vector.answer, painted)


def test_a_golden_text_is_a_text(load, text_bundle):
    [vector] = golden_vectors(load(text_bundle))
    assert vector.raw == "Good, not bad."


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
def test_a_golden_vector_of_a_generator_is_a_seed_and_a_picture(
    load, seal, generator_card, generator_files, vector
):
    content = json.dumps({"vectors": [vector]}).encode()
    bundle = load(seal(generator_card, {**generator_files, "golden/vectors.json": content}))
    message = golden_refusal(bundle)
    assert message.startswith("Expected a seed and an output picture of the bundle in each golden")


def test_a_golden_vector_of_a_style_needs_both_pictures(load, seal, style_card, style_files):
    for vector in ({"input": "golden/0.png"}, {"seed": 7, "output": "golden/0-output.png"}):
        content = json.dumps({"vectors": [vector]}).encode()
        bundle = load(seal(style_card, {**style_files, "golden/vectors.json": content}))
        assert "an input of the bundle and an output picture" in golden_refusal(bundle)


def test_a_golden_output_of_another_size_is_refused(
    load, seal, generator_card, generator_files, png
):
    files = {**generator_files, "golden/0-output.png": png(np.zeros((4, 2, 3), np.uint8))}
    message = golden_refusal(load(seal(generator_card, files)))
    assert message == "Expected a picture of 2 x 4 in 'golden/0-output.png', got 4 x 2."


def test_a_golden_output_that_is_no_picture_is_refused(load, seal, generator_card, generator_files):
    files = {**generator_files, "golden/0-output.png": b"no picture"}
    with pytest.raises(InputError, match="got something else"):
        golden_vectors(load(seal(generator_card, files)))
