import shutil

import numpy as np
import pytest

from helpers.photographs import photograph, write_photographs_of
from satchel.bundle.image_input import ImageInput
from satchel_train.data.equal_samples import contradict, group_equals, text_key
from satchel_train.data.image_folder import read_image_folder
from satchel_train.data.text_table import read_text_table

IMAGE = ImageInput(height=16, width=16)


def pixels(samples):
    return {image.tobytes() for image in samples.contents}


def findings(data):
    return {finding.kind: finding for finding in data.findings}


def test_equal_samples_have_one_group_and_contradict_where_labels_differ():
    groups = group_equals([b"a", b"b", b"a", b"c", b"b", b"a"])
    assert groups.tolist() == [0, 1, 0, 3, 1, 0]
    labels = np.array([0, 1, 0, 0, 1, 2], np.int32)
    assert contradict(groups, labels).tolist() == [True, False, True, False, False, True]


@pytest.mark.parametrize("other", ["GREAT film!", " great\tfilm!\n", "great  ﬁlm!"])
def test_texts_that_differ_in_case_and_spaces_are_equal(other):
    assert text_key("great film!") == text_key(other)


@pytest.mark.parametrize("other", ["great film", "great 🙂", "greatfilm!"])
def test_texts_of_other_words_or_signs_are_not_equal(other):
    assert text_key("great film!") != text_key(other)


def test_images_under_other_names_and_in_other_files_are_in_one_part(tmp_path):
    write_photographs_of(tmp_path, {"bird": range(20), "cat": range(20, 40)})
    for number in range(40):
        name = "bird" if number < 20 else "cat"
        source = tmp_path / name / f"{number}.png"
        for again in range(4):
            shutil.copy(source, tmp_path / name / f"again-{again}-{number}.png")
        # The same pixels, compressed in another way.
        photograph(number).save(tmp_path / name / f"{number}.bmp")
    data = read_image_folder(tmp_path, IMAGE)
    three = [
        pixels(part) for part in (data.parts.train, data.parts.validation, data.parts.evaluation)
    ]
    assert sum(map(len, three)) == len(set.union(*three)) == 40
    assert [len(part) for part in three] == [28, 4, 8]
    assert sum(len(part.labels) for part in data.parts) - len(data.parts.calibration.labels) == 240
    assert findings(data)["copies"].samples == 200
    assert "bird/0.bmp = bird/0.png" in findings(data)["copies"].line


def test_the_first_of_equal_images_decides_so_that_a_later_copy_moves_nothing(tmp_path):
    write_photographs_of(tmp_path, {"bird": range(10), "cat": range(10, 20)})
    before = read_image_folder(tmp_path, IMAGE)
    shutil.copy(tmp_path / "cat" / "11.png", tmp_path / "cat" / "copy.png")
    after = read_image_folder(tmp_path, IMAGE)
    moved = [
        pixels(one) ^ pixels(other) for one, other in zip(before.parts, after.parts, strict=True)
    ]
    # Only the copied image may have moved, if the name of the copy comes first.
    assert len(set.union(*moved)) <= 2


def test_equal_images_with_two_labels_are_left_out_and_named(tmp_path):
    write_photographs_of(tmp_path, {"bird": range(8), "cat": range(8, 16)})
    shutil.copy(tmp_path / "bird" / "3.png", tmp_path / "cat" / "same.png")
    photograph(9).save(tmp_path / "bird" / "nine.bmp")
    data = read_image_folder(tmp_path, IMAGE)
    finding = findings(data)["contradictory"]
    assert finding.samples == 4
    assert finding.line.startswith("4 images are equal but have different labels, and are left out")
    assert "bird/3.png (bird) = cat/same.png (cat)" in finding.line
    assert "bird/nine.bmp (bird) = cat/9.png (cat)" in finding.line
    assert len(set.union(*map(pixels, data.parts))) == 14


def test_many_contradictions_are_counted_and_three_of_them_shown(tmp_path):
    write_photographs_of(tmp_path, {"bird": range(20), "cat": [*range(5), *range(20, 40)]})
    finding = findings(read_image_folder(tmp_path, IMAGE))["contradictory"]
    assert finding.samples == 10
    assert finding.line.count(" = ") == 3
    assert "; and 2 more." in finding.line


def test_data_without_doubt_has_no_findings(tmp_path):
    write_photographs_of(tmp_path, {"bird": range(20), "cat": range(20, 40)})
    assert read_image_folder(tmp_path, IMAGE).findings == []


def test_contradictory_texts_are_named_by_their_lines_and_left_out(tmp_path):
    rows = [f"text {number},{('bad', 'good')[number % 2]}" for number in range(40)]
    rows += ["Text 3 ,bad", "text 5,bad", "text 7,good", "TEXT 9,good"]
    path = tmp_path / "mine.csv"
    path.write_text("\n".join(["text,label", *rows, ""]))
    table = read_text_table(path)
    assert findings(table)["contradictory"].line == (
        "4 texts are equal but have different labels, and are left out: line 5 (good) = line 42"
        " (bad); line 7 (good) = line 43 (bad). Correct their labels to use them."
    )
    assert findings(table)["repeated"].samples == 1
    texts = [set(part.contents) for part in table.parts]
    assert len(set.union(*texts)) == 39
    assert not set.union(*texts) & {"text 3", "Text 3 ", "text 5"}
    # Another spelling of a text is in the same part.
    assert [part for part in texts if "text 9" in part] == [
        part for part in texts if "TEXT 9" in part
    ]
