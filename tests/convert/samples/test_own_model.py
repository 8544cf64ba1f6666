"""An own model's bundle can be verified, explained and compared later, and a device tested."""

import csv
import io
import json
import os
import shutil

import pytest

from helpers.commands import run_satchel
from satchel import ImageClassifier
from satchel.bundle.reading import open_bundle
from satchel.errors import OutputError
from satchel_convert import ImageSettings, compare, compare_predictions, verify
from satchel_convert.errors import ConversionError, ModelFolderError
from satchel_convert.model_folder import open_model_folder
from satchel_convert.samples.keeping import keep_model_folder

LABELS = ("left", "middle", "right")


@pytest.fixture(scope="module")
def own(images, tmp_path_factory):
    """A model and its samples as somebody has them, its bundle, and the folder that was kept."""
    folder = tmp_path_factory.mktemp("own")
    shutil.copy(images.path / "model.keras", folder / "bands.keras")
    (folder / "labels.txt").write_text("\n".join(LABELS), encoding="utf-16")
    rows = []
    for at, sample in enumerate(images.folder.evaluation):
        file = folder / "photos" / f"{at % 2}" / f"{at}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(sample.value, file)
        rows.append((file.relative_to(folder).as_posix(), LABELS[sample.label]))
    (folder / "more").mkdir()
    for sample in images.folder.calibration:
        shutil.copy(sample.value, folder / "more" / f"c{sample.value.name}")
    with open(folder / "test.csv", "w", newline="", encoding="utf-8-sig") as file:
        csv.writer(file).writerows([("path", "label"), *rows])
    words = [
        *("--labels", folder / "labels.txt", "--evaluation", folder / "test.csv"),
        *("--calibration", folder / "more", "--std", "255", "--keep", folder / "kept"),
        *("--formats", "tflite", "--schemes", "float32,full_int8"),
    ]
    out = folder / "bands.satchel"
    assert run_satchel("convert", folder / "bands.keras", *words, "--out", out) == 0
    return folder


def answers(own, *, wrong=0, **renamed):
    """Return the lines that ``satchel run --json`` prints, with wrong ones if asked for."""
    classifier = ImageClassifier(own / "bands.satchel")
    lines = []
    for at, sample in enumerate(open_model_folder(own / "kept").evaluation):
        first, *others = classifier.classify(sample.value)
        said = [first, *others] if at >= wrong else [*others, first]
        predictions = [each._asdict() for each in said[:2]]
        name = f"/home/pi/{sample.name}"
        line = {"input": name, "predictions": predictions, "model": "full_int8.tflite"}
        lines.append(json.dumps({**line, **renamed}))
    return lines


def written(path, lines):
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_the_kept_folder_is_a_model_folder_of_the_same_samples(own):
    kept = open_model_folder(own / "kept")
    assert (kept.card.name, len(kept.evaluation), len(kept.calibration)) == ("bands", 24, 12)
    assert kept.evaluation[3].name == "photos/1/3.png"
    assert kept.evaluation[3].value.read_bytes() == (own / "photos/1/3.png").read_bytes()
    assert not [path for path in own.iterdir() if path.name.startswith(".")]


def test_a_bundle_is_verified_by_the_kept_folder_and_by_the_model_itself(own):
    by_folder = verify(own / "bands.satchel", samples=own / "kept")
    stated = {"labels": own / "labels.txt", "evaluation": own / "test.csv"}
    by_model = verify(
        own / "bands.satchel",
        model=own / "bands.keras",
        images=ImageSettings(std=(255.0,)),
        **stated,
    )
    assert by_folder.passed
    assert [row.verified for row in by_folder.rows] == [row.verified for row in by_model.rows]
    with pytest.raises(ModelFolderError, match=r"Expected either samples, .* got neither"):
        verify(own / "bands.satchel")
    with pytest.raises(ModelFolderError, match="its input differs"):
        verify(
            own / "bands.satchel",
            model=own / "bands.keras",
            images=ImageSettings(fit="crop"),
            **stated,
        )


def test_the_commands_take_the_same_samples(own, tmp_path, capsys):
    bundle = own / "bands.satchel"
    page = tmp_path / "page.html"
    model = ("--model", own / "bands.keras", "--labels", own / "labels.txt", "--std", "255")
    for words in (
        ("verify", bundle, *model, "--evaluation", own / "test.csv", "--report", page),
        ("verify", bundle, "--samples", own / "kept", "--report", page),
        ("explain", bundle, "--samples", own / "kept"),
        ("compare", bundle, bundle, "--evaluation", own / "test.csv"),
        ("compare", bundle, bundle, "--samples", own / "kept"),
    ):
        assert run_satchel(*words) == 0, capsys.readouterr().err


def test_other_samples_take_the_place_of_the_kept_ones(own, tmp_path):
    few = own / "few.csv"
    few.write_text("path,label\nphotos/0/0.png,left\nphotos/1/1.png,middle\n")
    report = verify(own / "bands.satchel", samples=own / "kept", evaluation=few)
    assert report.rows[0].verified.samples == 2
    comparison = compare(own / "bands.satchel", own / "bands.satchel", evaluation=few)
    assert comparison.title.endswith(": 2 samples")


def test_a_folder_that_is_there_is_never_overwritten(own, tmp_path, capsys):
    place = tmp_path / "mine"
    place.mkdir()
    (place / "notes.txt").write_text("mine")
    words = ("--labels", own / "labels.txt", "--evaluation", own / "test.csv", "--keep", place)
    out = tmp_path / "x.satchel"
    assert run_satchel("convert", own / "bands.keras", *words, "--out", out) == 2
    assert "Expected a new or an empty folder to keep the model in" in capsys.readouterr().err
    assert [path.name for path in place.iterdir()] == ["notes.txt"]
    assert not out.exists()


def test_half_a_folder_is_never_left(own, tmp_path, monkeypatch):
    def full(source, target):
        if os.fspath(target).endswith("5.png"):
            raise OSError(28, "No space left on device")
        return copyfile(source, target)

    copyfile = shutil.copyfile
    monkeypatch.setattr("shutil.copyfile", full)
    folder = open_model_folder(own / "kept")
    with pytest.raises(OutputError, match="got: No space left on device"):
        keep_model_folder(folder, tmp_path / "deep" / "kept")
    assert list((tmp_path / "deep").iterdir()) == []


def test_answers_of_a_device_are_tested_against_the_bundle(own, tmp_path, capsys):
    bundle, table = own / "bands.satchel", own / "test.csv"
    same = compare_predictions(
        bundle, written(tmp_path / "pi.jsonl", answers(own)), evaluation=table
    )
    [row] = same.rows
    assert (row.file, row.result) == ("pi.jsonl", "undecided")
    assert (row.old_accuracy, row.new_accuracy) == (22 / 24, 22 / 24)
    assert same.title == "pi.jsonl against bands 1.0.0 full_int8.tflite: 24 samples"
    assert row.paired_test.calibration_error is None
    json.loads(same.to_json(), parse_constant=lambda word: pytest.fail(word))
    worse = written(tmp_path / "worse.json", answers(own, wrong=16))
    words = ("compare", bundle, "--predictions", worse, "--samples", own / "kept")
    assert run_satchel(*words) == 1
    assert "failed" in capsys.readouterr().out


def test_answers_are_tested_against_other_answers(own, tmp_path):
    first = written(tmp_path / "phone.jsonl", answers(own))
    rows = []
    for line in answers(own, wrong=16):
        fields = json.loads(line)
        rows.append((fields["input"].split("/")[-1], fields["predictions"][0]["label"]))
    with open(tmp_path / "pi.csv", "w", newline="") as file:
        csv.writer(file).writerows([("sample", "label"), *rows])
    found = compare_predictions(first, tmp_path / "pi.csv", evaluation=own / "test.csv")
    assert not found.passed
    assert found.title == "pi.csv against phone.jsonl: 24 samples"
    back = compare_predictions(tmp_path / "pi.csv", first, evaluation=own / "test.csv")
    assert back.passed


def test_samples_without_an_answer_with_two_or_of_others_are_named(own, tmp_path):
    bundle, place = own / "bands.satchel", {"evaluation": own / "test.csv"}
    lines = answers(own)
    with pytest.raises(ConversionError, match=r"for each of 24 samples .*, 1 have none: .*/0\.png"):
        compare_predictions(bundle, written(tmp_path / "a.jsonl", lines[1:]), **place)
    with pytest.raises(ModelFolderError, match=r"one answer for each sample .*two for .*3\.png"):
        compare_predictions(bundle, written(tmp_path / "a.jsonl", [*lines, lines[3]]), **place)
    other = answers(own, input="elsewhere.png")[:1]
    with pytest.raises(ModelFolderError, match=r"got 1 for others, such as 'elsewhere\.png'"):
        compare_predictions(bundle, written(tmp_path / "a.jsonl", [*lines, *other]), **place)


def test_what_contradicts_itself_is_refused(own, tmp_path, capsys):
    bundle, table = own / "bands.satchel", own / "test.csv"
    file = written(tmp_path / "a.jsonl", answers(own))
    for words, reason in (
        (("--evaluation", table), "one of the arguments NEW --predictions is required"),
        (
            (bundle, "--predictions", file, "--evaluation", table),
            "--predictions: not allowed with argument NEW",
        ),
        ((bundle, "--file", "x", "--evaluation", table), "only with --predictions"),
        (("--predictions", file, "--file", "x", "--evaluation", table), "got 'x'."),
        ((bundle, "--samples", tmp_path), "Expected samples to compare on in samples/evaluation"),
    ):
        assert run_satchel("compare", bundle, *words) == 2
        assert reason in capsys.readouterr().err


def test_the_lines_of_satchel_run_are_answers(own, tmp_path, capsys, monkeypatch):
    files = "".join(f"{sample}\n" for sample in (own / "photos").rglob("*.png"))
    monkeypatch.setattr("sys.stdin", io.StringIO(files))
    assert run_satchel("run", own / "bands.satchel", "-", "--json", "--top", "1") == 0
    (tmp_path / "run.jsonl").write_text(capsys.readouterr().out)
    words = ("compare", own / "bands.satchel", "--predictions", tmp_path / "run.jsonl")
    assert run_satchel(*words, "--evaluation", own / "test.csv") == 0
    assert open_bundle(own / "bands.satchel").card.models[0].file in capsys.readouterr().out
