"""A Keras file of texts, its vocabulary and a table of texts, without a model folder."""

import csv
import json
import shutil

import numpy as np
import pytest

from helpers.commands import run_satchel
from satchel import TextClassifier
from satchel.bundle.reading import open_bundle
from satchel_convert.errors import ModelFolderError
from satchel_convert.samples.reading import read_calibration, read_evaluation
from satchel_convert.samples.tables import MAX_TEXT
from satchel_convert.tasks.text_input import TEXT_FILES

LABELS = ("negative", "positive")
ONE_ONNX = ("--formats", "onnx", "--schemes", "float32")
EVALUATION = [
    ("A great, good film.", "positive"),
    ('good "plot", the film\nis great', "positive"),
    ("the film is awful", "negative"),
    ("bad plot", "negative"),
]
CALIBRATION = [("a good plot", "positive"), ("a bad film", "negative")]


def write_csv(path, rows, delimiter=","):
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerows([("text", "label"), *rows])


def write_jsonl(path, rows):
    lines = [json.dumps({"text": text, "label": label}) + "\n" for text, label in rows]
    path.write_text("".join(lines), encoding="utf-8")


def write_folders(path, rows):
    for number, (text, label) in enumerate(rows):
        (path / label).mkdir(parents=True, exist_ok=True)
        (path / label / f"{number}.txt").write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def files(texts, tmp_path_factory):
    """Lay the text model and its samples out as somebody has them who never saw Satchel."""
    import keras

    folder = tmp_path_factory.mktemp("own")
    shutil.copy(texts.path / "model.keras", folder / "opinions.keras")
    shutil.copy(texts.path / "vocabulary.txt", folder / "words.txt")
    fixed = keras.models.load_model(folder / "opinions.keras")
    for name, taken in (
        ("any.keras", keras.Input((None,), dtype="int32")),
        # What Keras makes of an Input without a dtype.
        ("floats.keras", keras.Input((6,))),
    ):
        values = taken
        for layer in fixed.layers:
            values = layer(values)
        keras.Model(taken, values).save(folder / name)
    (folder / "labels.txt").write_text("negative\npositive\n")
    write_csv(folder / "evaluation.csv", EVALUATION)
    write_csv(folder / "evaluation.tsv", EVALUATION, "\t")
    write_jsonl(folder / "evaluation.jsonl", EVALUATION)
    write_folders(folder / "evaluation", EVALUATION)
    write_jsonl(folder / "calibration.jsonl", CALIBRATION)
    return folder


def words(files, *more, model="opinions.keras", evaluation="evaluation.csv"):
    return [
        *(files / model, "--labels", files / "labels.txt", "--vocabulary", files / "words.txt"),
        *("--evaluation", files / evaluation, *more),
    ]


def check_scores(bundle, texts):
    """Check that a bundle's model says of raw texts what Keras says of their ids."""
    classifier = TextClassifier(bundle, model="float32.onnx")
    ids = {"good": 3, "great": 4, "bad": 5, "awful": 6, "film": 7, "the": 8, "plot": 9}
    for text, tokens in (
        ("A great, good film.", ("A", "great", "good", "film")),
        ("bad plot", ("bad", "plot")),
    ):
        row = ([1] + [ids.get(token, 2) for token in tokens] + [0] * 6)[:6]
        expected = np.asarray(texts.model(np.int32([row])))[0]
        np.testing.assert_allclose(classifier.scores(text), expected, atol=1e-5)


def test_a_file_of_texts_becomes_a_bundle_that_says_what_keras_says(files, texts, tmp_path, capsys):
    out = tmp_path / "opinions.satchel"
    more = ("--calibration", files / "calibration.jsonl", "--formats", "onnx")
    schemes = ("--schemes", "float32,full_int8")
    assert run_satchel("convert", *words(files, *more, *schemes), "--out", out) == 0
    captured = capsys.readouterr()
    assert "opinions: 4 samples, float model 100.00% accurate" in captured.out
    assert "pinned (None, 6) to (1, 6)" in captured.err
    card = open_bundle(out).card
    assert (card.task, card.output.labels) == ("text-classification", LABELS)
    assert card.provenance["pinned"] == "(None, 6) to (1, 6)"
    check_scores(out, texts)


def test_any_number_of_ids_is_pinned_and_said_so(files, texts, tmp_path, capsys):
    out = tmp_path / "any.satchel"
    more = ("--length", "6", *ONE_ONNX, "--out", out)
    assert run_satchel("convert", *words(files, *more, model="any.keras")) == 0
    first, _ = capsys.readouterr().err.splitlines()
    assert first == f"{files / 'any.keras'}: pinned (None, None) to (1, 6)"
    assert open_bundle(out).card.input.length == 6
    check_scores(out, texts)


def test_a_vocabulary_says_that_a_model_of_floats_reads_ids(files, texts, tmp_path):
    out = tmp_path / "floats.satchel"
    floats = words(files, *ONE_ONNX, "--out", out, model="floats.keras")
    assert run_satchel("convert", *floats) == 0
    check_scores(out, texts)


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"model": "any.keras"}, "Expected --length N: 'any.keras' accepts any number of ids."),
        (
            {"more": ("--length", "7")},
            "Expected no --length, or 6: 'opinions.keras' accepts no othe",
        ),
        ({"more": ("--length", "0")}, "expected a whole number of at least 1, got '0'"),
        ({"more": ("--length", "70000"), "model": "any.keras"}, "a length from 1 to 65,536, got 7"),
        (
            {"more": ("--size", "6,9")},
            "Expected no size for text-classification, which is the task",
        ),
        ({"more": ("--delimiter", "a|b")}, "Expected one repeated character class"),
        ({"more": ("--task", "image-classification")}, "Expected no vocabulary for image-classif"),
        ({"evaluation": "words.txt"}, "words.txt': it is neither."),
        (
            {"evaluation": "nowhere"},
            "Expected a folder of texts (.txt), or a .csv, .tsv, .jsonl file, at",
        ),
    ],
)
def test_what_does_not_fit_is_one_line_and_writes_nothing(files, tmp_path, more, reason, capsys):
    out = tmp_path / "x.satchel"
    given = words(files, *more.pop("more", ()), **more)
    assert run_satchel("convert", *given, *ONE_ONNX, "--out", out) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert reason in line
    assert not out.exists()


@pytest.fixture
def own(files, tmp_path):
    return shutil.copytree(files, tmp_path / "own")


def refusal(satchel, capsys, own, *more, **which):
    """Return the one line in which a conversion is refused."""
    given = words(own, *more, **which)
    assert satchel("convert", *given, *ONE_ONNX, "--out", own / "x.satchel") == 2
    (line,) = capsys.readouterr().err.splitlines()
    return line


def test_a_vocabulary_with_ids_that_the_model_lacks_is_refused(own, capsys):
    with open(own / "words.txt", "a") as file:
        file.write("superb 10\n")
    line = refusal(run_satchel, capsys, own)
    assert (
        "Expected ids below 10, the input_dim of the embedding in 'opinions.keras', got 10" in line
    )


def test_a_vocabulary_without_the_special_tokens_is_refused(own, capsys):
    (own / "words.txt").write_text("good 3\nbad 5\n")
    assert "Expected <PAD>, <START> and <UNKNOWN>" in refusal(run_satchel, capsys, own)


def test_a_vocabulary_that_is_not_there_is_refused(own, capsys):
    (own / "words.txt").unlink()
    assert refusal(run_satchel, capsys, own).endswith("words.txt': No such file or directory.")


def test_a_model_of_texts_without_a_vocabulary_is_refused(files, tmp_path, capsys):
    given = [
        *(files / "opinions.keras", "--labels", files / "labels.txt"),
        *("--evaluation", files / "evaluation.csv", "--out", tmp_path / "x.satchel"),
    ]
    assert run_satchel("convert", *given) == 2
    assert (
        "Expected --tokenizer FILE for 'opinions.keras', which reads ids" in capsys.readouterr().err
    )


def test_a_text_in_both_parts_is_refused(own, capsys):
    write_jsonl(own / "calibration.jsonl", [EVALUATION[0]])
    line = refusal(run_satchel, capsys, own, "--calibration", own / "calibration.jsonl")
    assert "Expected calibration and evaluation texts to be different, 'A great, good" in line


def test_a_label_that_the_model_lacks_is_refused_with_its_line(own, capsys):
    write_csv(own / "evaluation.csv", [*EVALUATION, ("so so", "mixed")])
    line = refusal(run_satchel, capsys, own)
    # The second text is of two lines.
    assert "Expected one of the model's labels in line 7 of" in line
    assert line.endswith("got 'mixed'.")


@pytest.mark.parametrize("place", ["evaluation.csv", "evaluation.tsv", "evaluation.jsonl"])
def test_every_table_is_the_same_samples(files, place):
    samples = read_evaluation(files / place, TEXT_FILES, LABELS)
    assert [(sample.value, LABELS[sample.label]) for sample in samples] == EVALUATION


def test_folders_of_texts_are_the_same_samples_as_a_table(files):
    samples = read_evaluation(files / "evaluation", TEXT_FILES, LABELS)
    assert sorted((sample.value, LABELS[sample.label]) for sample in samples) == sorted(EVALUATION)


def test_calibration_texts_need_no_labels(tmp_path):
    (tmp_path / "more.jsonl").write_text('{"text": "one"}\n\n{"text": "two"}\n')
    (tmp_path / "folder" / "inner").mkdir(parents=True)
    (tmp_path / "folder" / "1.txt").write_text("one")
    (tmp_path / "folder" / "inner" / "2.txt").write_text("two")
    for place in ("more.jsonl", "folder"):
        samples = read_calibration(tmp_path / place, TEXT_FILES)
        assert {sample.value for sample in samples} == {"one", "two"}
        assert {sample.label for sample in samples} == {None}


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.csv", "words,label\nx,positive\n", "Expected a column text or path in .*, got words,"),
        ("a.csv", "text\nx\n", "Expected a column label or labels in .*, got text"),
        ("a.csv", f"text,label\n{'x' * (MAX_TEXT + 2)},positive\n", "got: field larger than"),
        ("a.csv", 'text,label\n"x,positive\ny,negative\n', "Expected a row of CSV in line 3"),
        ("a.csv", "text,label\nwell, good,positive\n", "Expected 2 cells .* in line 2 .*, got 3"),
        ("a.csv", "text,label\nx,1\n", "got '1' .write the label itself, not its number"),
        ("a.csv", b"text,label\ncaf\xe9,positive\n", "got the byte 0xe9 at position 14 .line 2"),
        ("a.csv", b"text,label\nx\0,positive\n", "got a NUL at character 12 .line 2"),
        (
            "a.jsonl",
            '\n{"text": 5, "label": "positive"}\n',
            "Expected a text and its label in line 2",
        ),
        ("a.jsonl", "[]\n", "Expected a JSON object in line 1"),
        ("a.jsonl", "{\n", "Expected a JSON object in line 1"),
        ("a.jsonl", "\n", r"Expected texts \(.txt\) in .*, got none"),
        ("a.jsonl", b"\xff\n", "Expected UTF-8 in"),
    ],
)
def test_a_table_that_is_none_is_refused_with_its_line(tmp_path, name, content, reason):
    place = tmp_path / name
    place.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ModelFolderError, match=reason):
        read_evaluation(place, TEXT_FILES, LABELS)


def test_a_text_file_that_cannot_be_read_is_named(tmp_path, caplog):
    (tmp_path / "positive").mkdir()
    (tmp_path / "positive" / "gone.txt").symlink_to(tmp_path / "nowhere")
    (tmp_path / "positive" / "1.txt").write_text("good")
    assert len(read_evaluation(tmp_path, TEXT_FILES, LABELS)) == 1
    [record] = caplog.records
    assert "1 unreadable, No such file or directory (positive/gone.txt)" in record.getMessage()
