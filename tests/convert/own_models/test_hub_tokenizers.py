"""Models with tokenizers of KerasHub, from the file to a bundle that says what KerasHub says."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from helpers.commands import run_satchel
from satchel import TextClassifier
from satchel_convert.keras_models.float_model import open_strings

pytestmark = pytest.mark.filterwarnings(
    r"ignore:Statistics for quantized inputs were expected:UserWarning:tensorflow\.lite\.python"
)
FILES = Path(__file__).parent.parent / "keras_models" / "keras_hub"
ANSWERS = json.loads((FILES / "answers.json").read_text())
LABELS = ("no", "yes")
ONE_ONNX = ("--formats", "onnx", "--schemes", "float32", "--accept-accuracy")
BOTH = ("--schemes", "float32", "--accept-accuracy")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hub")
    (folder / "labels.txt").write_text("\n".join(LABELS) + "\n")
    with open(folder / "evaluation.csv", "w", newline="", encoding="utf-8") as file:
        rows = [(text, LABELS[at % 2]) for at, text in enumerate(ANSWERS["texts"]) if text]
        csv.writer(file).writerows([("text", "label"), *rows])
    return folder


def words(folder, name):
    model = FILES / f"{name}.keras"
    return (model, "--labels", folder / "labels.txt", "--evaluation", folder / "evaluation.csv")


def of_bundle(bundle, text):
    scores = {each.label: each.score for each in TextClassifier(bundle).classify(text)}
    return [scores[label] for label in LABELS]


@pytest.mark.parametrize(
    ("name", "way"), [("lower", BOTH), ("packed", ONE_ONNX), ("pieces_packed", ONE_ONNX)]
)
def test_a_bundle_says_what_keras_hub_says(folder, tmp_path, capsys, name, way):
    out = tmp_path / "out.satchel"
    assert run_satchel("convert", *words(folder, name), *way, "--out", out) == 0
    differs = open_strings(FILES / f"{name}.keras").differs
    asked = [
        (text, scores)
        for text, scores in zip(ANSWERS["texts"], ANSWERS["models"][name]["scores"], strict=True)
        if not differs(text)
    ]
    assert len(asked) >= 8
    found = [of_bundle(out, text) for text, _ in asked]
    np.testing.assert_allclose(found, [scores for _, scores in asked], atol=1e-5)
    printed = capsys.readouterr().out
    if name == "pieces_packed":
        assert "token ids agree with the model's own on 15 texts as they are" in printed
    else:
        assert "token ids agree with the model's own on all other texts as they are" in printed
        assert "KerasHub parts words at control and format characters" in printed


@pytest.mark.parametrize("name", ["masked", "preprocessed"])
def test_a_mask_and_segments_become_inputs_of_the_model(folder, tmp_path, name):
    out = tmp_path / "out.satchel"
    assert run_satchel("convert", *words(folder, name), *BOTH, "--out", out) == 0
    asked = [0, 1, 2, 5, 14]
    found = [of_bundle(out, ANSWERS["texts"][at]) for at in asked]
    expected = [ANSWERS["models"][name]["scores"][at] for at in asked]
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_a_wrong_tokenizer_fails_although_some_texts_may_differ(folder, tmp_path, capsys):
    out, kept = tmp_path / "out.satchel", tmp_path / "kept"
    given = words(folder, "lower")
    assert run_satchel("convert", *given, *ONE_ONNX, "--out", out, "--keep", kept) == 0
    card = json.loads((kept / "card.json").read_text())
    card["input"]["tokenizer"]["lower"] = False
    (kept / "card.json").write_text(json.dumps(card))
    capsys.readouterr()
    wrong = tmp_path / "wrong.satchel"
    assert run_satchel("convert", kept, *ONE_ONNX, "--out", wrong, "--json") == 1
    report = json.loads(capsys.readouterr().out)
    by_variant = {each["variant"]: each for each in report["tokens"]["texts"]}
    assert by_variant["in capitals"]["example"] is not None
    assert by_variant["as they are"]["known"] > 0
    [reason] = [each for each in report["rows"][0]["failures"] if "the tokenizer gives" in each]
    assert "for only" in reason


def test_a_tokenizer_is_not_stated_twice(folder, tmp_path, capsys):
    (tmp_path / "vocab.txt").write_text("[PAD]\n[UNK]\n[CLS]\n[SEP]\n")
    given = (*words(folder, "lower"), "--tokenizer", tmp_path / "vocab.txt")
    assert run_satchel("convert", *given, "--out", tmp_path / "out.satchel") == 2
    [line] = capsys.readouterr().err.splitlines()
    assert "it takes strings, and its tokenizer is read from the WordPieceTokenizer" in line
