"""Samples are the same in every form, and what is none is named with its place."""

import json
import os
import unicodedata

import numpy as np
import pytest

from helpers.tiny_bundles import encode_png
from satchel.bundle import LabelOutput
from satchel_convert.errors import ModelFolderError
from satchel_convert.own_models.labels import read_labels
from satchel_convert.samples.reading import (
    check_label_counts,
    read_calibration,
    read_evaluation,
)
from satchel_convert.tasks.image_input import IMAGE_FILES
from satchel_convert.tasks.text_input import TEXT_FILES

LABELS = ("cat", "dog", "caf\xe9")
ROWS = [("cat/0.png", "cat"), ("dog/1", "dog"), ("dog/deeper/2.JPG", "dog")]
HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(40)


def write_image(path, level=0):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encode_png(np.full((3, 3, 3), level, np.uint8)))


@pytest.fixture
def place(tmp_path):
    """Three images, one without a suffix and one with a wrong suffix in a deeper folder."""
    for level, (name, _) in enumerate(ROWS):
        write_image(tmp_path / name, level)
    return tmp_path


def read(place, labels=LABELS, **more):
    return read_evaluation(place, IMAGE_FILES, labels, **more)


def pairs(samples, labels=LABELS):
    return sorted((sample.name, labels[sample.label]) for sample in samples)


def written(path, text, encoding="utf-8"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode(encoding))
    return path


def csv_of(header, separator=","):
    return "\n".join([header, *(separator.join(row) for row in ROWS)]) + "\n"


def jsonl_of(key):
    return "".join(json.dumps({key: name, "label": label}) + "\n" for name, label in ROWS)


def test_a_folder_for_each_label_is_read_to_its_depth(place):
    assert pairs(read(place)) == ROWS


@pytest.mark.parametrize("header", ["path,label", "File,Label", "filename,labels", "image,label"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_table_of_paths_is_the_same_samples(place, header, encoding):
    assert pairs(read(written(place / "t.csv", csv_of(header), encoding))) == ROWS


def test_tabs_semicolons_and_the_paths_of_windows_are_read(place):
    assert pairs(read(written(place / "a.tsv", csv_of("path\tlabel", "\t")))) == ROWS
    assert pairs(read(written(place / "b.csv", csv_of("path;label", ";")))) == ROWS
    windows = csv_of("path,label").replace("/", "\\")
    assert pairs(read(written(place / "c.csv", windows))) == ROWS


@pytest.mark.parametrize("key", ["picture", "path", "file"])
def test_lines_of_json_are_read_from_a_file_and_from_a_folder(place, key):
    assert pairs(read(written(place / "t.jsonl", jsonl_of(key)))) == ROWS
    for name, _ in ROWS:
        write_image(place / "samples" / name)
    written(place / "samples" / "evaluation.jsonl", jsonl_of(key))
    assert pairs(read(place)) == ROWS


def test_texts_are_read_from_a_table_of_paths(tmp_path):
    written(tmp_path / "texts" / "a.txt", "caf\xe9", "utf-16")
    table = written(tmp_path / "t.csv", "path,label\ntexts/a.txt,cat\n")
    [sample] = read_evaluation(table, TEXT_FILES, LABELS)
    assert (sample.value, sample.label, sample.name) == ("caf\xe9", 0, "texts/a.txt")


def test_several_labels_stand_in_a_list_or_behind_bars(place):
    table = written(place / "a.csv", "path,labels\ncat/0.png,cat|dog\ndog/1,\n")
    lines = [{"path": "cat/0.png", "labels": ["cat", "dog"]}, {"path": "dog/1", "labels": []}]
    other = written(place / "a.jsonl", "".join(json.dumps(line) + "\n" for line in lines))
    for each in (table, other):
        samples = read(each)
        assert [sample.labels for sample in samples] == [(0, 1), ()]
        check_label_counts(samples, LabelOutput(LABELS, "sigmoid", multi_label=True))
        with pytest.raises(ModelFolderError, match=r"Expected one label for 'cat/0\.png', got 2"):
            check_label_counts(samples, LabelOutput(LABELS))


def test_a_repeated_label_is_named_by_its_id(place):
    labels, ids = ("crane", "dog", "crane"), ("crane 0", "dog", "crane 2")
    table = written(place / "a.csv", "path,label\ncat/0.png,crane 2\ndog/1,dog\n")
    assert [sample.label for sample in read(table, labels, ids=ids)] == [2, 1]
    written(table, "path,label\ncat/0.png,crane\n")
    with pytest.raises(ModelFolderError, match=r"Expected an id in line 2 .*, got 'crane'"):
        read(table, labels, ids=ids)


def test_a_folder_is_its_label_however_the_system_writes_an_accent(tmp_path):
    write_image(tmp_path / unicodedata.normalize("NFD", LABELS[2]) / "0.png")
    assert [sample.label for sample in read(tmp_path)] == [2]


def test_calibration_takes_the_same_places_without_labels(place):
    for each in (place, written(place / "t.csv", csv_of("path,label"))):
        samples = read_calibration(each, IMAGE_FILES)
        assert sorted(sample.name for sample in samples if sample.label is None) == [
            name for name, _ in ROWS
        ]


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ("path,label\nhttps://a.org/0.png,cat\n", "line 2 .*, got an address, .*download the file"),
        ("path,label\n../0.png,cat\n", "inside of the table's folder in line 2 .*'../0.png'"),
        ("path,label\n/etc/hostname,cat\n", "inside of the table's folder in line 2"),
        ("path,label\nC:\\0.png,cat\n", "inside of the table's folder in line 2"),
        ("path,label\ngone.png,cat\n", "line 2 .*, got 'gone.png': unreadable, No such file"),
        ("path,label\nphone.jpg,cat\n", "got 'phone.jpg': HEIC, convert it to JPEG"),
        ("path,label\npipe.png,cat\n", "got 'pipe.png': unreadable, it is a pipe or a device"),
        ("path,label\ncat/0.png,cow\n", "one of the model's labels in line 2 .*, got 'cow'"),
        ("path,label\ncat/0.png,Cat\n", "got 'Cat' .did you mean 'cat'"),
        ("path,label\ncat/0.png,0\n", "write the label itself, not its number"),
        (
            "path,label\ncat/0.png,cat\ncat/0.png,dog\n",
            "every file once, got 'cat/0.png' in line 3",
        ),
        ("cat/0.png,cat\n", "Expected images in .*, got none"),
        ("cat/0.png,cat\ndog/1,dog\n", "Expected a column path or file in .*, got cat/0.png, cat"),
        ("path,label,path\na,b,c\n", "Expected different columns in line 1 .*, got 'path' twice"),
        ("", "Expected images in .*, got none"),
    ],
)
def test_a_row_that_is_no_sample_is_named_with_its_line(place, table, reason):
    (place / "phone.jpg").write_bytes(HEIC)
    os.mkfifo(place / "pipe.png")
    with pytest.raises(ModelFolderError, match=reason):
        read(written(place / "t.csv", table))


def test_what_a_folder_s_walk_leaves_out_is_said(place, caplog):
    (place / "cat" / "phone.jpg").write_bytes(HEIC)
    (place / "cat" / ".DS_Store").write_bytes(b"\0\0\0\1Bud1")
    (place / ".ipynb_checkpoints").mkdir()
    write_image(place / "loose.png")
    os.mkfifo(place / "dog" / "pipe.png")
    assert pairs(read(place)) == ROWS
    [record] = caplog.records
    said = record.getMessage()
    assert said.startswith(f"{place}: left out 5 files and folders: ")
    for each in (
        "1 HEIC (convert it to JPEG: cat/phone.jpg)",
        "2 hidden (.ipynb_checkpoints, cat/.DS_Store)",
        "1 in no label's folder (loose.png)",
        "1 unreadable, it is a pipe or a device and not a file (dog/pipe.png)",
    ):
        assert each in said


def test_a_folder_with_a_table_names_it(tmp_path):
    write_image(tmp_path / "0.png")
    written(tmp_path / "labels.csv", "path,label\n0.png,cat\n")
    with pytest.raises(
        ModelFolderError, match=r"got none: to read the table in it, name '.*labels"
    ):
        read(tmp_path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_labels_are_the_same_in_every_encoding_with_a_mark(tmp_path, encoding):
    place = written(tmp_path / "labels.txt", "\r\n".join(LABELS) + "\r\n", encoding)
    assert tuple(read_labels(place)) == LABELS


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"cat\ncaf\xe9\n", "got the byte 0xe9 at position 7 .line 2.: save it as UTF-8"),
        (b"cat\nd\0og\n", "got a NUL at character 5 .line 2."),
    ],
)
def test_labels_that_cannot_be_decoded_are_named_with_their_place(tmp_path, content, reason):
    (tmp_path / "labels.txt").write_bytes(content)
    with pytest.raises(ModelFolderError, match=reason):
        read_labels(tmp_path / "labels.txt")
