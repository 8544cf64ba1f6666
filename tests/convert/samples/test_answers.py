"""Answers that were made elsewhere, of models with one label and with several."""

import json

import numpy as np
import pytest

from helpers.tiny_bundles import encode_png
from satchel_convert import compare_predictions
from satchel_convert.errors import ConversionError, ModelFolderError

TRUTH = [["cat"], ["dog"], ["cat", "dog"], []]


def run_lines(answers, *, multi_label):
    """Return what ``satchel run --json`` prints for these answers, one label or a set each."""
    lines = []
    for at, said in enumerate(answers):
        fields = [
            {"label": label, "score": 0.75 if label in said else 0.25} for label in ("cat", "dog")
        ]
        if multi_label:
            fields = [{**each, "chosen": each["label"] in said} for each in fields]
        fields.sort(key=lambda each: -each["score"])
        lines.append(json.dumps({"input": f"/home/pi/{at}.png", "predictions": fields}))
    return "\n".join(lines)


@pytest.fixture
def several(tmp_path):
    """A table of images with several labels or none."""
    rows = ["path,labels"]
    for at, labels in enumerate(TRUTH):
        (tmp_path / f"{at}.png").write_bytes(encode_png(np.zeros((3, 3, 3), np.uint8)))
        rows.append(f"{at}.png,{'|'.join(labels)}")
    table = tmp_path / "test.csv"
    table.write_text("\n".join(rows))
    return table


def test_sets_of_labels_are_right_only_as_a_whole(several, tmp_path):
    old, new = tmp_path / "old.jsonl", tmp_path / "new.jsonl"
    old.write_text(run_lines(TRUTH, multi_label=True))
    new.write_text(run_lines([["cat"], ["dog"], ["cat"], []], multi_label=True))
    [row] = compare_predictions(old, new, evaluation=several).rows
    assert (row.old_accuracy, row.new_accuracy) == (1, 0.75)


def test_texts_are_matched_by_themselves(tmp_path):
    table = tmp_path / "test.jsonl"
    texts = ["good film", "bad, bad\nplot"]
    table.write_text(
        "".join(
            json.dumps({"text": text, "label": label}) + "\n"
            for text, label in zip(texts, ("yes", "no"), strict=True)
        )
    )
    answers = tmp_path / "a.csv"
    answers.write_text('text,label\ngood film,yes\n"bad, bad\nplot",yes\n')
    [row] = compare_predictions(answers, answers, evaluation=table).rows
    assert (row.old_accuracy, row.new_accuracy) == (0.5, 0.5)


def test_an_answer_in_another_encoding_is_named(several, tmp_path):
    answers = tmp_path / "a.csv"
    answers.write_bytes(b"sample,label\n0.png,caf\xe9\n")
    with pytest.raises(ModelFolderError, match="got the byte 0xe9 at position 22"):
        compare_predictions(answers, answers, evaluation=several)


def test_a_file_of_answers_has_no_models_and_no_keys(several, tmp_path):
    with pytest.raises(ConversionError, match="Expected no file and no trust for the answers"):
        compare_predictions("a.csv", "b.csv", evaluation=several, file="float32.tflite")
    with pytest.raises(ConversionError, match="got neither"):
        compare_predictions("a.csv", "b.csv")
