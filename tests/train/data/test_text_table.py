import json

import pytest

from helpers.trainings import run_train
from satchel.bundle.card import parse_card
from satchel_train.data.text_table import MAX_TEXT, find_text_table, read_text_table
from satchel_train.errors import DataError

ROWS = [(f'say "{number}", twice\nhere', ("bad", "good")[number % 2]) for number in range(40)]


def write_csv(path, rows=ROWS, header="text,label"):
    quoted = ('"' + text.replace('"', '""') + f'",{label}' for text, label in rows)
    path.write_text("\n".join([header, *quoted, ""]), encoding="utf-8")
    return path


def write_jsonl(path, rows=ROWS):
    lines = (json.dumps({"text": text, "label": label}) for text, label in rows)
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_csv_and_json_lines_hold_the_same_samples(tmp_path):
    from_csv = read_text_table(write_csv(tmp_path / "a.csv"))
    from_json = read_text_table(write_jsonl(tmp_path / "a.jsonl"))
    assert from_csv.labels == from_json.labels == ("bad", "good")
    for one, other in zip(from_csv.parts, from_json.parts, strict=True):
        assert one.contents.tolist() == other.contents.tolist()
        assert one.labels.tolist() == other.labels.tolist()
    assert from_csv.sha256 != from_json.sha256


def test_a_table_is_split_the_same_way_every_time_and_each_part_has_every_label(tmp_path):
    path = write_csv(tmp_path / "a.csv")
    first, second = read_text_table(path).parts, read_text_table(path).parts
    assert [part.contents.tolist() for part in first] == [part.contents.tolist() for part in second]
    assert [len(part.labels) for part in first] == [28, 4, 4, 8]
    assert all(set(part.labels.tolist()) == {0, 1} for part in first)
    assert not set(first.train.contents) & set(first.evaluation.contents)
    assert not set(first.validation.contents) & {*first.train.contents, *first.evaluation.contents}


def test_a_text_that_comes_again_is_in_one_part_only(tmp_path):
    parts = read_text_table(write_csv(tmp_path / "a.csv", ROWS + ROWS)).parts
    assert len(parts.train.labels) + len(parts.validation.labels) + len(
        parts.evaluation.labels
    ) == len(ROWS)


def test_a_byte_order_mark_as_spreadsheets_write_it_is_no_part_of_the_header(tmp_path):
    path = write_csv(tmp_path / "a.csv", header="\ufefftext,label")
    assert read_text_table(path).labels == ("bad", "good")


def test_the_table_is_the_file_itself_or_the_only_one_in_its_folder(tmp_path):
    assert find_text_table(None) is None
    assert find_text_table(tmp_path / "nowhere") is None
    assert find_text_table(tmp_path) is None
    path = write_csv(tmp_path / "mine.CSV")
    (tmp_path / "notes.md").write_text("no table")
    assert find_text_table(tmp_path) == find_text_table(path) == path
    assert find_text_table(tmp_path / "notes.md") is None
    write_jsonl(tmp_path / "more.jsonl")
    with pytest.raises(DataError, match=r"got 2: mine\.CSV, more\.jsonl; name one of them"):
        find_text_table(tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.csv", "text,label\nfine,\n", "line 2"),
        ("a.csv", "words,label\nfine,good\n", 'the columns "text" and "label"'),
        ("a.csv", f"text,label\nfine,good\n{'x' * (MAX_TEXT + 2)},good\n", "line 3"),
        ("a.jsonl", '{"text": "fine", "label": "good"}\n{"text": "fine"}\n', "line 2"),
        ("a.jsonl", '{"text": 3, "label": "good"}\n', "line 1"),
        ("a.jsonl", "[" * 100_000, "line 1"),
        ("a.jsonl", "", "Expected texts in"),
        ("a.csv", "text,label\nfine,good\nbad,bad\n", "each of at least 5 different samples"),
        ("a.csv", b"text,label\n\xff\xfe,good\n", "Expected UTF-8"),
    ],
)
def test_a_wrong_table_is_refused_with_its_line(tmp_path, name, content, reason):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(DataError, match=reason) as caught:
        read_text_table(path)
    assert str(path) in str(caught.value)


def test_a_table_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(DataError, match="Expected to read"):
        read_text_table(tmp_path / "nowhere.csv")


def test_a_table_trains_a_network_of_its_labels_and_a_lasso_of_two(tmp_path):
    rows = [(f"{word} number {number}", word) for word in "abc" for number in range(8)]
    path = write_csv(tmp_path / "mine.csv", rows)
    words = ("--data-dir", path, "--out", tmp_path / "model")
    assert run_train("imdb", *words, "--epochs", 1) == 0
    card = parse_card((tmp_path / "model" / "card.json").read_bytes())
    assert (card.name, card.output.labels) == ("texts_mlp", ("a", "b", "c"))
    with pytest.raises(DataError, match="Expected texts of 2 labels for lasso, got 3"):
        run_train("imdb", *words, "--model", "lasso", "--replace")
