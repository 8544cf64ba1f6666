"""A model of several labels, from tables of images on: every figure is counted again by hand.

By hand means: Keras predicts from the pixels in memory, the .tflite runs in its interpreter, and
NumPy compares. Worth its time: one network is trained for a few seconds and quantized once.
"""

import json

import numpy as np
import pytest

from helpers.commands import run_satchel
from helpers.tags import TAGS, THRESHOLDS, tagged, train_tags, write_images, write_tables
from satchel import ImageClassifier, open_bundle
from satchel.bundle import card_to_json
from satchel_convert import ImageSettings, compare, convert, verify

COUNT = 200
PREPARED = ("--mean", "127.5", "--std", "127.5")
SAID = ("--thresholds", ",".join(map(str, THRESHOLDS)), *PREPARED)
INT8 = "full_int8.tflite"


class Own:
    """A network with its samples as somebody has them, and what was made of them."""

    def __init__(self, folder):
        self.folder = folder
        self.model = train_tags(scale=1 / 127.5, offset=-1)
        self.model.save(folder / "tags.keras")
        self.images, self.truth = tagged(COUNT, seed=2)
        photos = folder / "photos"
        self.names = write_images(photos, self.images)
        self.csv, self.jsonl = write_tables(photos, self.names, self.truth)
        write_images(folder / "more", tagged(60, seed=3)[0])
        (folder / "labels.txt").write_text("\n".join(TAGS), encoding="utf-8")
        self.bundle = folder / "tags.satchel"
        self.stated = ("--labels", folder / "labels.txt", "--evaluation", self.csv, *SAID)
        self.expected = self.model.predict(self.images / np.float32(127.5) - 1, verbose=0)

    def int8_scores(self):
        """Return what the interpreter computes of the pixels, float32 (samples, labels)."""
        from ai_edge_litert.interpreter import Interpreter

        interpreter = Interpreter(model_content=open_bundle(self.bundle).files[INT8])
        interpreter.allocate_tensors()
        [read], [written] = interpreter.get_input_details(), interpreter.get_output_details()
        assert read["dtype"] == np.uint8
        scale, zero_point = written["quantization"]
        found = []
        for image in self.images:
            interpreter.set_tensor(read["index"], image[None])
            interpreter.invoke()
            levels = interpreter.get_tensor(written["index"])[0].astype(np.float32)
            # The chosen backend may put out floats, which have no scale.
            found.append((levels - zero_point) * np.float32(scale) if scale else levels)
        return np.stack(found)


def chosen(scores):
    return scores >= np.array(THRESHOLDS)


def exact(scores, truth):
    return (chosen(scores) == truth).all(axis=1)


def by_hand(scores, truth):
    """Return precision, recall and F1 of each label, by their definitions."""
    figures = []
    for said, true in zip(chosen(scores).T, truth.T, strict=True):
        hits, misses, alarms = (said & true).sum(), (~said & true).sum(), (said & ~true).sum()
        precision, recall = hits / (hits + alarms), hits / (hits + misses)
        figures.append((precision, recall, 2 * precision * recall / (precision + recall)))
    return np.array(figures)


def in_report(row, whose):
    labels = row["evidence"]["labels"]
    assert [each["label"] for each in labels] == list(TAGS)
    return np.array(
        [[each[whose][key] for key in ("precision", "recall", "f1")] for each in labels]
    )


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    made = Own(tmp_path_factory.mktemp("tags"))
    words = (made.folder / "tags.keras", *made.stated, "--calibration", made.folder / "more")
    words += ("--keep", made.folder / "kept", "--report", made.folder / "report.json")
    words += ("--formats", "tflite", "--schemes", "float32,full_int8", "--out", made.bundle)
    assert run_satchel("convert", *words) == 0
    made.report = json.loads((made.folder / "report.json").read_bytes())
    made.int8 = made.int8_scores()
    return made


def rows(report):
    return {row["file"]: row for row in report["rows"]}


def check_figures(report, own):
    """Check every figure of a report against those of Keras, the interpreter and NumPy."""
    right = exact(own.expected, own.truth)
    assert report["reference_accuracy"] == right.mean()
    row = rows(report)[INT8]
    right_now = exact(own.int8, own.truth)
    assert row["verified"]["accuracy"] == pytest.approx(right_now.mean(), abs=1e-6)
    assert row["evidence"]["lost"] == (right & ~right_now).sum()
    assert row["evidence"]["gained"] == (~right & right_now).sum()
    same = (chosen(own.expected) == chosen(own.int8)).all(axis=1).mean()
    assert row["verified"]["agreement"] == pytest.approx(same, abs=1e-6)
    assert in_report(row, "reference") == pytest.approx(by_hand(own.expected, own.truth))
    assert in_report(row, "found") == pytest.approx(by_hand(own.int8, own.truth))
    before, now = (chosen(each) == own.truth for each in (own.expected, own.int8))
    labels = row["evidence"]["labels"]
    assert [each["samples"] for each in labels] == own.truth.sum(axis=0).tolist()
    assert [each["lost"] for each in labels] == (before & ~now).sum(axis=0).tolist()
    assert [each["gained"] for each in labels] == (~before & now).sum(axis=0).tolist()
    float32 = rows(report)["float32.tflite"]
    assert in_report(float32, "found") == pytest.approx(by_hand(own.expected, own.truth))


def test_the_network_is_worth_comparing(own):
    assert 0.85 < exact(own.expected, own.truth).mean() < 1
    assert (chosen(own.expected) != chosen(own.int8)).any()
    counts = own.truth.sum(axis=1)
    assert {0, 1, 2, 3} <= set(counts.tolist())


def test_the_report_of_convert_has_the_figures_of_keras_and_numpy(own):
    check_figures(own.report, own)
    card = open_bundle(own.bundle).card
    assert (card.output.multi_label, card.output.thresholds) == (True, THRESHOLDS)
    assert json.loads(card_to_json(card))["requires"] == ["multi-label"]
    page = open_bundle(own.bundle).files["report.html"].decode()
    assert "labels of the float model" in page
    assert f"labels of {INT8}" in page


def test_a_table_of_json_lines_gives_the_same_report(own):
    made = convert(
        own.folder / "tags.keras",
        labels=TAGS,
        evaluation=own.jsonl,
        calibration=own.folder / "more",
        thresholds=THRESHOLDS,
        images=ImageSettings(mean=(127.5,), std=(127.5,)),
        formats=["tflite"],
        schemes=["float32", "full_int8"],
    )
    assert made.bundle.files["report.json"] == open_bundle(own.bundle).files["report.json"]


@pytest.mark.parametrize("source", ["model", "kept"])
def test_verify_finds_the_same_again_and_prints_every_label(own, source, capsys, tmp_path):
    words = ("--samples", own.folder / "kept")
    if source == "model":
        words = ("--model", own.folder / "tags.keras", *own.stated)
    words = ("verify", own.bundle, *words, "--report", tmp_path / "page.html")
    assert run_satchel(*words, "--json") == 0
    check_figures(json.loads(capsys.readouterr().out), own)
    assert run_satchel(*words) == 0
    printed = capsys.readouterr().out
    _, _, table = printed.partition(f"labels of {INT8}")
    for tag, shares in zip(TAGS, by_hand(own.int8, own.truth), strict=True):
        [cells] = [line.split() for line in table.splitlines() if line.split()[:1] == [tag]]
        assert cells[3:6] == [f"{share:.2%}" for share in shares]


@pytest.fixture(scope="module")
def answered(own, tmp_path_factory):
    """Return the path of the lines that ``satchel run --json`` prints for every image."""
    place = tmp_path_factory.mktemp("answers") / "run.jsonl"
    with pytest.MonkeyPatch.context() as patch:
        lines = []
        patch.setattr("builtins.print", lambda line, **_: lines.append(line))
        photos = sorted((own.folder / "photos").glob("*.png"))
        assert run_satchel("run", own.bundle, *photos, "--json", "--model", INT8, "--top", "4") == 0
    place.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return place


def test_run_says_of_each_label_whether_it_is_chosen(own, answered):
    lines = [json.loads(line) for line in answered.read_text().splitlines()]
    assert len(lines) == COUNT
    for line, scores in zip(lines, own.int8, strict=True):
        said = {each["label"]: each for each in line["predictions"]}
        assert [said[tag]["chosen"] for tag in TAGS] == chosen(scores).tolist()
        assert [said[tag]["score"] for tag in TAGS] == pytest.approx(scores, abs=1e-4)
    [first] = ImageClassifier(own.bundle, model=INT8).classify(own.images[0])[:1]
    assert first.score == pytest.approx(own.int8[0].max())


def test_answers_of_a_device_are_compared_label_by_label(own, answered, capsys, tmp_path):
    words = ("compare", own.bundle, "--evaluation", own.jsonl, "--json", "--predictions")
    assert run_satchel(*words, answered) == 0
    [row] = json.loads(capsys.readouterr().out)["models"]
    right = exact(own.int8, own.truth)
    assert (row["old_accuracy"], row["new_accuracy"]) == (right.mean(), right.mean())
    assert in_report(row, "found") == pytest.approx(by_hand(own.int8, own.truth))
    # A device that has lost "blue": 0.7 is its threshold, and the scores do not say why.
    lines = []
    for name, said in zip(own.names, chosen(own.int8), strict=True):
        labels = [tag for tag, has in zip(TAGS, said, strict=True) if has and tag != "blue"]
        lines.append(json.dumps({"sample": name, "labels": labels}))
    (tmp_path / "worse.jsonl").write_text("\n".join(lines), encoding="utf-8")
    assert run_satchel(*words, tmp_path / "worse.jsonl", "--file", INT8) == 1
    [row] = json.loads(capsys.readouterr().out)["models"]
    blind = chosen(own.int8) & (np.array(TAGS) != "blue")
    assert row["new_accuracy"] == (blind == own.truth).all(axis=1).mean()
    assert [each["label"] for each in row["evidence"]["class_drops"]] == ["blue"]
    blue = row["evidence"]["labels"][2]
    assert (blue["found"]["recall"], blue["found"]["precision"]) == (0, None)


def test_two_bundles_are_compared_by_exact_matches(own):
    import keras

    blind = keras.models.clone_model(own.model)
    blind.set_weights(own.model.get_weights())
    kernel, bias = blind.layers[-1].get_weights()
    blind.layers[-1].set_weights([kernel, bias - np.float32([0, 0, 1e4, 0])])
    stated = {"labels": TAGS, "evaluation": own.csv, "thresholds": THRESHOLDS}
    stated["images"] = ImageSettings(mean=(127.5,), std=(127.5,))
    new = convert(blind, **stated, formats=["tflite"], schemes=["float32"], accept_accuracy=True)
    found = compare(own.bundle, new.bundle, evaluation=own.csv)
    row = next(each for each in found.rows if each.file == "float32.tflite")
    without = chosen(own.expected)
    without[:, 2] = False
    assert row.result == "failed"
    assert row.old_accuracy == exact(own.expected, own.truth).mean()
    assert row.new_accuracy == (without == own.truth).all(axis=1).mean()
    assert [drop.label for drop in row.paired_test.class_drops] == ["blue"]


def test_explain_counts_exact_matches(own, capsys):
    assert run_satchel("explain", own.bundle, "--samples", own.folder / "kept", "--json") == 0
    outcome = json.loads(capsys.readouterr().out)
    right, right_now = exact(own.expected, own.truth), exact(own.int8, own.truth)
    assert outcome["samples"] == COUNT
    assert outcome["float_accuracy"] == pytest.approx(right.mean())
    assert outcome["accuracy"] == pytest.approx(right_now.mean())
    assert outcome["agreement"] == pytest.approx(
        (chosen(own.expected) == chosen(own.int8)).all(axis=1).mean()
    )


def test_a_finished_model_is_packed_and_explained_by_exact_matches(own, capsys, tmp_path):
    (tmp_path / "tags.tflite").write_bytes(open_bundle(own.bundle).files["float32.tflite"])
    words = ("--labels", own.folder / "labels.txt", "--evaluation", own.csv, "--multi-label")
    words += ("--thresholds", ",".join(map(str, THRESHOLDS)), "--mean", "0", "--std", "1")
    assert run_satchel("explain", tmp_path / "tags.tflite", *words, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    right = exact(own.expected, own.truth).mean()
    assert (found["samples"], found["accuracy"], found["findings"]) == (COUNT, right, [])
    out = tmp_path / "tags.satchel"
    assert run_satchel("pack", tmp_path / "tags.tflite", *words, "--out", out, "--json") == 0
    assert json.loads(capsys.readouterr().out)["evaluation"]["accuracy"] == right


def test_verify_in_python_needs_no_option_for_several_sigmoids(own):
    report = verify(
        own.bundle,
        model=own.model,
        labels=TAGS,
        evaluation=own.csv,
        thresholds=THRESHOLDS,
        images=ImageSettings(mean=(127.5,), std=(127.5,)),
    )
    assert report.passed
