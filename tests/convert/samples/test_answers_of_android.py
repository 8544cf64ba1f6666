"""The answers that the Android library writes, as `satchel compare --predictions` takes them."""

import json
from pathlib import Path

import pytest

from satchel_convert import compare_predictions
from satchel_convert.errors import ConversionError

ROOT = Path(__file__).parents[3]
ANSWERS = ROOT / "tests" / "golden" / "android" / "answers.jsonl"
"""EvaluationTest of apps/android/satchel-android writes the same file, byte for byte."""
REVIEWS = {
    "negative/one.txt": "A dull film.",
    "negative/two.txt": "Bad, bad",
    "positive/gr\u00fc\u00df.txt": "good",
}


@pytest.fixture
def reviews(tmp_path):
    """A folder of reviews, as the archive on the phone held them."""
    for place, text in REVIEWS.items():
        path = tmp_path / "reviews" / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "reviews"


def test_the_answers_of_a_phone_are_compared_with_those_of_the_bundle(reviews):
    comparison = compare_predictions(
        ROOT / "zoo" / "imdb_lasso.satchel", ANSWERS, evaluation=reviews
    )
    [row] = comparison.rows
    assert row.new_accuracy == pytest.approx(2 / 3)
    # The lines name the model, so the bundle's model of the same name is compared with.
    assert "full_int8.onnx" in comparison.title
    assert "3 samples" in comparison.title


def test_a_sample_that_the_phone_did_not_answer_is_named(reviews, tmp_path):
    lines = ANSWERS.read_text().splitlines()
    fewer = tmp_path / "fewer.jsonl"
    fewer.write_text("\n".join(lines[:2]))
    with pytest.raises(ConversionError, match="1 have none: 'good'"):
        compare_predictions(ROOT / "zoo" / "imdb_lasso.satchel", fewer, evaluation=reviews)


def test_a_line_is_plain_json_with_every_label():
    for line in ANSWERS.read_bytes().splitlines():
        answer = json.loads(line.decode("ascii"))
        assert {each["label"] for each in answer["predictions"]} == {"negative", "positive"}
        assert sum(each["score"] for each in answer["predictions"]) == pytest.approx(1)
