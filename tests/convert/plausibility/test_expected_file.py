"""The author's own predictions are read in every form, and matched with the samples."""

import json
from pathlib import Path

import numpy as np
import pytest

from satchel.bundle import LabelOutput
from satchel_convert.errors import ModelFolderError
from satchel_convert.model_folder import Sample
from satchel_convert.plausibility.agreement import agreement_of
from satchel_convert.plausibility.expected_file import Expected, read_expected

OUTPUT = LabelOutput(("a", "b", "c"))
TAGS = LabelOutput(("a", "b", "c"), "sigmoid", multi_label=True, thresholds=(0.5, 0.3, 0.5))
PATHS = [Path(f"/data/evaluation/{label}/{name}") for label in "ab" for name in ("0.png", "1.png")]
SAMPLES = [Sample(path, 0) for path in PATHS]
TEXTS = [Sample("good film", 0), Sample("bad film", 1)]


@pytest.fixture
def read(tmp_path):
    """Return a function that writes a file and reads it beside samples."""

    def run(name, content, samples=SAMPLES, output=OUTPUT):
        path = tmp_path / name
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return read_expected(path, samples, output)

    return run


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("e.json", {"evaluation/a/1.png": [0.1, 0.7, 0.2], "b/0.png": [0.8, 0.1, 0.1]}),
        ("e.json", [{"sample": "a/1.png", "scores": [0.1, 0.7, 0.2]},
                    {"file": "b/0.png", "scores": {"a": 0.8, "b": 0.1, "c": 0.1}}]),
        ("e.jsonl", '{"sample": "a/1.png", "scores": [0.1, 0.7, 0.2]}\n\n'
                    '{"sample": "b/0.png", "label": "a", "scores": [0.8, 0.1, 0.1]}\n'),
        ("e.csv", "sample,label,a,b,c\na/1.png,b,0.1,0.7,0.2\nb/0.png,a,0.8,0.1,0.1\n"),
        ("e.csv", "Filename;Label;a;b;c\na/1.png;b;0,1;0,7;0,2\n\nb/0.png;a;0,8;0,1;0,1\n"),
        ("e.csv", "image,label,c,b,a\nC:\\x\\a\\1.png,b,0.2,0.7,0.1\nb\\0.png,a,.1,.1,.8\n"),
        ("e.tsv", "\ufefffile\ta\tb\tc\na/1.png\t0.1\t0.7\t0.2\nb/0.png\t0.8\t0.1\t0.1\n"),
    ],
)  # fmt: skip
def test_scores_are_read_in_every_form(read, name, content):
    found = read(name, content)
    assert found.positions == (1, 2)
    assert [answer.labels for answer in found.answers] == [(1,), (0,)]
    assert [answer.scores for answer in found.answers] == [(0.1, 0.7, 0.2), (0.8, 0.1, 0.1)]
    assert found.missing == ("'/data/evaluation/a/0.png'", "'/data/evaluation/b/1.png'")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("e.json", {"bad film": "b"}),
        ("e.jsonl", '{"text": "bad film", "label": "b"}'),
        ("e.csv", "text,label\nbad film,b\n"),
    ],
)
def test_labels_of_texts_are_enough(read, name, content):
    found = read(name, content, TEXTS)
    assert (found.positions, *found.answers[0]) == ((1,), (1,), None)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ({"a/9.png": "a", "c/8.png": "a"}, "got 2 for others, such as 'a/9.png'"),
        ({"0.png": "a"}, "only one sample has in 'e.json', got '0.png', which 2 have: write more"),
        ({"a/0.png": "a", "evaluation/a/0.png": "a"}, "got two for '/data/evaluation/a/0.png'"),
        ({"a/0.png": "d"}, "Expected one of the model's labels, or a score for each"),
        ({"a/0.png": [0.5, 0.5]}, "Expected one of the model's labels, or a score for each"),
        ({}, "Expected answers for evaluation samples in 'e.json', got none: name a sample by"),
        ("{", "got no JSON in 'e.json'"),
        ([{"label": "a"}], 'Expected {"SAMPLE": LABEL or [SCORES]} in a .json'),
    ],
)
def test_what_does_not_fit_is_one_line(read, content, reason):
    with pytest.raises(ModelFolderError) as caught:
        read("e.json", content)
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_cell_that_is_too_long_is_one_line(read):
    with pytest.raises(ModelFolderError, match=r"in line 2 of 'e\.csv', got: field larger than"):
        read("e.csv", f"sample,label\n{'a' * (1 << 21)},b\n")


def expected(read, rows):
    names = ("a/0.png", "a/1.png", "b/0.png", "b/1.png")
    return read("e.json", dict(zip(names, rows, strict=False)))


def test_agreement_has_an_exact_interval_and_the_largest_difference(read):
    rows = [[0.9, 0.1, 0.0], [0.1, 0.8, 0.1], [0.0, 0.1, 0.9], [0.6, 0.4, 0.0]]
    given = expected(read, rows)
    assert isinstance(given, Expected)
    found = agreement_of("m", np.float32(rows), given, output=OUTPUT, allowed=1e-3)
    assert (found.share, found.failure(1e-3)) == (1, None)
    assert found.interval.lower == pytest.approx(0.3976, abs=1e-4)  # (0.05 / 2) ** (1 / 4)
    moved = np.float32(rows)
    moved[3] = [0.4, 0.6, 0.0]
    found = agreement_of("m", moved, given, output=OUTPUT, allowed=1e-3)
    assert found.agreeing == 3
    assert found.failure(1e-3) == "a score differs by 0.2, more than 0.001"


def test_another_top_label_is_allowed_only_in_a_near_tie(read):
    given = expected(read, ["a", "a", "a", "a"])
    tie = np.float32([[0.5, 0.5, 0]] * 3 + [[0.4999, 0.5001, 0]])
    assert agreement_of("m", tie, given, output=OUTPUT, allowed=1e-3).failure(1e-3) is None
    far = np.float32([[0.5, 0.5, 0]] * 3 + [[0.4, 0.6, 0]])
    failure = agreement_of("m", far, given, output=OUTPUT, allowed=1e-3).failure(1e-3)
    assert failure == "1 of 4 samples have another top label"


def test_several_labels_agree_as_a_set(read):
    rows = [{"scores": [0.9, 0.4, 0.1]}, {"labels": ["b", "c"]}, {"labels": "a|c"}, {"labels": []}]
    names = ("a/0.png", "a/1.png", "b/0.png", "b/1.png")
    content = [{"sample": name, **row} for name, row in zip(names, rows, strict=True)]
    given = read("e.json", content, output=TAGS)
    assert [answer.labels for answer in given.answers] == [(0, 1), (1, 2), (0, 2), ()]
    said = np.float32([[0.9, 0.4, 0.1], [0.2, 0.3, 0.8], [0.9, 0.1, 0.4999], [0.1, 0.1, 0.9]])
    found = agreement_of("m", said, given, output=TAGS, allowed=1e-3)
    assert (found.agreeing, found.far) == (2, 1)


def test_labels_that_repeat_are_named_by_their_ids(read):
    cranes = LabelOutput(("crane", "crane", "fish"), ids=("crane 1", "crane 2", "fish"))
    assert read("e.json", {"a/0.png": "crane 2"}, output=cranes).answers[0].labels == (1,)
    with pytest.raises(ModelFolderError, match="got 'crane'"):
        read("e.json", {"a/0.png": "crane"}, output=cranes)
