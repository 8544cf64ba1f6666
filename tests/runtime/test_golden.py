"""Golden vectors: their form, and the pictures, texts and seeds that they name."""

import json

import numpy as np
import pytest

from satchel.archive import pack, unpack
from satchel.errors import CardError
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
        [0.25, 0.5, None], None, "abc", {"cat": 1}, 1, [[0.25, 0.5, 0.25]], [0, 1, 10**400],
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


@pytest.mark.parametrize("odd", [b"NaN", b"Infinity", b"-Infinity", b"1e999"])
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
