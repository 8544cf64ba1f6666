"""The ``satchel`` command: what it prints, where, and with which exit code."""

import io
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

import satchel
from satchel.commands import OWN, SIBLINGS
from satchel.commands.command import CHECK_FAILED, OK, WRONG_USE, Command
from satchel.images import decode

SCORES = np.float32([[0.25, 0.625, 0.125]])
GOLDEN_SCORES = np.float32([[0.25, 0.5, 0.25]])
ENGINES = {"litert": SCORES, "onnx": np.uint8([[64, 160, 32]])}


@pytest.fixture(autouse=True)
def alone(monkeypatch):
    """Pretend that no sibling is installed."""
    monkeypatch.setattr("satchel.commands.entry_points", lambda group: [])


@pytest.fixture
def one_line_error(satchel_says):
    """Return a function that runs a command line, which must fail with just one line."""

    def run(*words, code=WRONG_USE):
        found, out, err = satchel_says(*words)
        assert found == code
        assert out == []
        assert len(err) == 1, err
        assert err[0].startswith(f"satchel {words[0]}: ")
        assert "Traceback" not in err[0]
        return err[0]

    return run


@pytest.fixture
def pictures(tmp_path, png):
    """Return a folder of two pictures, a damaged one and a note."""
    folder = tmp_path / "photos"
    (folder / "deeper").mkdir(parents=True)
    (folder / "b.png").write_bytes(png(np.zeros((5, 5, 3), np.uint8)))
    (folder / "deeper" / "a.PNG").write_bytes(png(np.full((9, 3), 200, np.uint8)))
    (folder / "a_damaged.jpg").write_bytes(b"\xff\xd8\xff\xe0 and no more")
    (folder / "note.md").write_text("no picture")
    return folder


def test_help_lists_every_command_and_how_to_get_the_missing_ones(satchel_says):
    code, out, _ = satchel_says("--help")
    text = "\n".join(out)
    assert code == OK
    for name, command in OWN.items():
        assert name in text
        assert command.summary.split(";")[0] in " ".join(text.split())
    for name, home in SIBLINGS.items():
        assert any(name in line and f"pip install {home}" in line for line in out)


@pytest.mark.parametrize("name", OWN)
def test_every_commands_help_has_an_example(satchel_says, name):
    code, out, _ = satchel_says(name, "--help")
    assert code == OK
    assert out[-1].strip() == OWN[name].example
    assert OWN[name].example.startswith(f"satchel {name} ")


def test_no_command_at_all_prints_the_help_and_is_wrong_use(satchel_says):
    code, out, _ = satchel_says()
    assert code == WRONG_USE
    assert out[0].startswith("usage: satchel")


def test_the_version_is_the_packages(satchel_says):
    assert satchel_says("--version")[:2] == (OK, [f"satchel {satchel.__version__}"])


@pytest.mark.parametrize("name", SIBLINGS)
def test_a_missing_sibling_is_named_with_what_to_install(satchel_says, name):
    code, _, err = satchel_says(name, "something")
    assert code == WRONG_USE
    assert f"pip install {SIBLINGS[name]}" in err[-1]


@pytest.fixture
def sibling(monkeypatch):
    """Install a sibling that adds ``verify``."""
    command = Command(
        summary="verify things",
        example="satchel verify x",
        add_arguments=lambda parser: parser.add_argument("thing"),
        run=lambda given: CHECK_FAILED if given.thing == "bad" else OK,
    )
    point = SimpleNamespace(name="verify", load=lambda: command)
    monkeypatch.setattr("satchel.commands.entry_points", lambda group: [point])


def test_an_installed_sibling_adds_its_command(satchel_says, sibling):
    assert satchel_says("verify", "good")[0] == OK
    assert satchel_says("verify", "bad")[0] == CHECK_FAILED
    _, out, _ = satchel_says("--help")
    assert any("verify things" in line for line in out)
    assert not any("verify" in line and "pip install" in line for line in out)
    assert any("train" in line and "pip install satchel-train" in line for line in out)


def test_a_sibling_that_does_not_load_leaves_the_other_commands_alone(
    satchel_says, monkeypatch, picture_path
):
    def load():
        raise ImportError("no tensorflow")

    point = SimpleNamespace(name="verify", load=load)
    monkeypatch.setattr("satchel.commands.entry_points", lambda group: [point])
    assert satchel_says("info", picture_path)[0] == OK


@pytest.mark.parametrize(
    "words",
    [
        ["walk"], ["run"], ["run", "x.satchel"], ["info"], ["info", "a", "b"], ["selftest"],
        ["run", "x.satchel", "y.png", "--top", "0"], ["run", "x.satchel", "y.png", "--top", "-1"],
        ["run", "x.satchel", "y.png", "--top", "two"], ["run", "x.satchel", "y", "--top", "²"],
        ["run", "x.satchel", "y.png", "--threads", "0"], ["run", "x.satchel", "y.png", "--walk"],
        ["run", "x.satchel", "y.jpg", "--decoding", "fast"],
    ],
)  # fmt: skip
def test_wrong_words_are_wrong_use_without_a_traceback(satchel_says, words):
    code, out, err = satchel_says(*words)
    assert code == WRONG_USE
    assert out == []
    assert len(err) == 1
    assert err[0].startswith("satchel")
    assert err[0].endswith("--help)")


def test_run_prints_a_line_a_picture_with_the_best_labels(
    satchel_says, answer, picture_path, pictures, monkeypatch
):
    answer(**ENGINES)
    monkeypatch.chdir(pictures)
    code, out, err = satchel_says("run", picture_path, "b.png", "deeper/a.PNG")
    assert (code, err) == (OK, [])
    assert out == [
        "b.png\tdog 0.625  cat 0.250  eel 0.125",
        "deeper/a.PNG\tdog 0.625  cat 0.250  eel 0.125",
    ]


def test_run_takes_a_short_name_as_it_is_and_cuts_a_long_one(
    satchel_says, answer, picture_path, pictures, monkeypatch, png
):
    answer(**ENGINES)
    monkeypatch.chdir(pictures)
    long = "x" * 80 + ".png"
    (pictures / long).write_bytes(png(np.zeros((2, 2), np.uint8)))
    _, out, _ = satchel_says("run", picture_path, "b.png", long, "--top", "1")
    assert out == ["b.png\tdog 0.625", "x" * 57 + "...\tdog 0.625"]


def test_run_walks_a_folder_in_order_and_answers_all_but_the_damaged(
    satchel_says, answer, picture_path, pictures, monkeypatch
):
    answer(**ENGINES)
    monkeypatch.chdir(pictures.parent)
    code, out, err = satchel_says("run", picture_path, "photos", "--top", "1")
    assert code == CHECK_FAILED
    assert [line.split("\t")[0] for line in out] == ["photos/b.png", "photos/deeper/a.PNG"]
    assert len(err) == 1
    assert err[0].startswith("satchel run: Expected a readable picture")
    assert "a_damaged.jpg" in err[0]


def test_run_says_that_a_folder_holds_nothing(satchel_says, answer, picture_path, tmp_path):
    answer(**ENGINES)
    (tmp_path / "empty").mkdir()
    code, out, err = satchel_says("run", picture_path, tmp_path / "empty")
    assert code == CHECK_FAILED
    assert out == []
    assert len(err) == 1
    assert "got none" in err[0]


def test_run_reads_paths_from_standard_input(
    satchel_says, answer, picture_path, pictures, monkeypatch
):
    answer(**ENGINES)
    monkeypatch.chdir(pictures)
    monkeypatch.setattr("sys.stdin", io.StringIO("b.png\r\nmissing.png\n\ndeeper/a.PNG"))
    code, out, err = satchel_says("run", picture_path, "-", "--top", "1")
    assert code == CHECK_FAILED
    assert [line.split("\t")[0] for line in out] == ["b.png", "deeper/a.PNG"]
    # The empty line is no path.
    assert len(err) == 1


def test_run_writes_json_that_parses_line_by_line(satchel_says, answer, picture_path, pictures):
    answer(**ENGINES)
    path = pictures / "b.png"
    code, out, _ = satchel_says("run", picture_path, path, path, "--json", "--top", "2")
    assert code == OK
    assert [json.loads(line) for line in out] == [
        {
            "input": str(path),
            "predictions": [{"label": "dog", "score": 0.625}, {"label": "cat", "score": 0.25}],
            "model": "float32.tflite",
            "engine": "litert",
        }
    ] * 2


def test_run_takes_a_model_an_engine_and_threads(satchel_says, answer, picture_path, pictures):
    seam = answer(**ENGINES)
    path = pictures / "b.png"
    for wanted in (["--engine", "onnx"], ["--model", "full_int8.onnx"]):
        _, out, _ = satchel_says("run", picture_path, path, "--json", "--threads", "3", *wanted)
        assert json.loads(out[0])["engine"] == "onnx"
        assert json.loads(out[0])["model"] == "full_int8.onnx"
    assert [threads for _, _, threads in seam.opened] == [3, 3]


def test_run_decodes_scaled_where_that_is_asked_for(
    satchel_says, answer, one_line_error, picture_path, text_path, tmp_path
):
    seam = answer(**ENGINES)
    photo = tmp_path / "photo.jpg"
    noise = np.random.default_rng(7).integers(0, 256, (64, 96, 3), np.uint8)
    Image.fromarray(noise).save(photo)
    for decoding in ("exact", "scaled"):
        assert satchel_says("run", picture_path, photo, "--decoding", decoding)[0] == OK
    exact, scaled = seam.engines["litert"].inputs
    assert not np.array_equal(exact, scaled)
    message = one_line_error("run", text_path, "good", "--decoding", "scaled")
    assert "Expected pictures for scaled decoding, got a model of texts." in message


def test_run_classifies_sentences_files_and_folders_of_texts(
    satchel_says, answer, text_path, tmp_path, monkeypatch
):
    seam = answer(litert=np.float32([[0.75]]))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "reviews").mkdir()
    (tmp_path / "reviews" / "1.txt").write_text("good")
    (tmp_path / "reviews" / "2.txt").write_bytes(b"bad caf\xe9")
    (tmp_path / "reviews" / "3.md").write_text("not a text file")
    (tmp_path / "single.md").write_text("bad bad")
    code, out, err = satchel_says(
        "run", text_path, "Good, good", "reviews", "single.md", "--top", "1"
    )
    assert (code, err) == (OK, [])
    assert out == [
        "Good, good\tpositive 0.750",
        "reviews/1.txt\tpositive 0.750",
        "reviews/2.txt\tpositive 0.750",
        "single.md\tpositive 0.750",
    ]
    assert [tensor[0, :4].tolist() for tensor in seam.engines["litert"].inputs] == [
        [1, 3, 3, 0],
        [1, 3, 0, 0],
        [1, 4, 2, 0],
        [1, 4, 4, 0],
    ]


def test_run_reads_texts_from_standard_input_a_line_each(
    satchel_says, answer, text_path, monkeypatch
):
    answer(litert=np.float32([[0.75]]))
    monkeypatch.setattr("sys.stdin", io.StringIO("good\n\n猫 good\r\n"))
    code, out, _ = satchel_says("run", text_path, "-", "--json")
    assert code == OK
    assert [json.loads(line)["input"] for line in out] == ["good", "", "猫 good"]


def test_run_takes_a_sentence_too_long_for_a_path(satchel_says, answer, text_path):
    answer(litert=np.float32([[0.75]]))
    assert satchel_says("run", text_path, "good " * 10_000)[0] == OK


PICTURE = np.full((1, 2, 4, 3), 100, np.float32)


def level_of(path):
    """Return the one level of a picture, whatever its size."""
    [level] = np.unique(decode(path))
    return int(level)


def test_run_writes_a_picture_a_seed(satchel_says, answer, generator_path, tmp_path, monkeypatch):
    answer(litert=PICTURE)
    monkeypatch.chdir(tmp_path)
    code, out, err = satchel_says("run", generator_path, "1", "007", "--out", "deep/faces")
    assert (code, err) == (OK, [])
    assert out == ["1\tdeep/faces/seed-1.png", "007\tdeep/faces/seed-7.png"]
    assert sorted(path.name for path in Path("deep/faces").iterdir()) == [
        "seed-1.png",
        "seed-7.png",
    ]
    assert decode("deep/faces/seed-1.png").shape == (2, 4, 3)
    assert level_of("deep/faces/seed-7.png") == 100


def test_run_writes_a_picture_a_picture(
    satchel_says, answer, style_path, pictures, tmp_path, monkeypatch
):
    answer(litert=PICTURE)
    monkeypatch.chdir(tmp_path)
    code, out, err = satchel_says("run", style_path, "photos", "--out", "painted")
    # One of the pictures is damaged.
    assert code == CHECK_FAILED
    assert out == [
        "photos/b.png\tpainted/b-styled.png",
        "photos/deeper/a.PNG\tpainted/a-styled.png",
    ]
    assert len(err) == 1
    assert "a_damaged.jpg" in err[0]
    assert sorted(path.name for path in Path("painted").iterdir()) == [
        "a-styled.png",
        "b-styled.png",
    ]


def test_run_says_in_json_where_a_picture_is(satchel_says, answer, generator_path, tmp_path):
    answer(litert=PICTURE)
    code, out, _ = satchel_says("run", generator_path, "3", "--out", tmp_path, "--json")
    assert code == OK
    assert [json.loads(line) for line in out] == [
        {
            "input": "3",
            "output": str(tmp_path / "seed-3.png"),
            "model": "float32.tflite",
            "engine": "litert",
        }
    ]


def test_run_reads_seeds_from_standard_input_and_goes_on_after_a_wrong_one(
    satchel_says, answer, generator_path, tmp_path, monkeypatch
):
    answer(litert=PICTURE)
    monkeypatch.setattr("sys.stdin", io.StringIO("1\n\nseven\n-2\n" + "9" * 30 + "\n4\n"))
    code, out, err = satchel_says("run", generator_path, "-", "--out", tmp_path)
    assert code == CHECK_FAILED
    assert [line.split("\t")[0] for line in out] == ["1", "4"]
    assert len(err) == 3
    assert all("Expected a seed, a whole number from 0 to " in line for line in err)


def test_run_replaces_a_picture_of_an_earlier_run(satchel_says, answer, generator_path, tmp_path):
    answer(litert=PICTURE)
    (tmp_path / "seed-1.png").write_bytes(b"an earlier one")
    assert satchel_says("run", generator_path, "1", "--out", tmp_path)[0] == OK
    assert level_of(tmp_path / "seed-1.png") == 100
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_run_never_writes_in_the_place_of_an_input(satchel_says, answer, style_path, tmp_path, png):
    answer(litert=PICTURE)
    folder = tmp_path / "mine"
    folder.mkdir()
    names = ("a.png", "a-styled.png")
    for name in names:
        (folder / name).write_bytes(png(np.full((3, 3, 3), 7, np.uint8)))
    code, out, err = satchel_says("run", style_path, folder, "--out", folder)
    assert code == CHECK_FAILED
    assert [line.split("\t")[1] for line in out] == [str(folder / "a-styled-styled.png")]
    assert len(err) == 1
    assert "a-styled.png' is an input too" in err[0]
    assert [level_of(folder / name) for name in names] == [7, 7]


def test_run_writes_no_two_pictures_to_one_file(satchel_says, answer, style_path, tmp_path, png):
    answer(litert=PICTURE)
    for name in ("left", "right"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.png").write_bytes(png(np.zeros((3, 3, 3), np.uint8)))
    words = (tmp_path / "left", tmp_path / "right" / "a.png", "--out", tmp_path / "out")
    code, out, err = satchel_says("run", style_path, *words)
    assert (code, len(out), len(err)) == (CHECK_FAILED, 1, 1)
    assert "was just written" in err[0]


def test_an_option_that_makes_no_sense_for_the_task_is_one_line(
    one_line_error, answer, picture_path, generator_path, style_path, tmp_path
):
    answer(**ENGINES)
    for path in (generator_path, style_path):
        assert "Expected --out DIR for " in one_line_error("run", path, "1")
        words = ("1", "--out", tmp_path / "out", "--top", "3")
        assert "Expected no --top for " in one_line_error("run", path, *words)
    words = ("x.png", "--out", tmp_path / "out")
    assert "Expected no --out for image-cl" in one_line_error("run", picture_path, *words)
    assert not (tmp_path / "out").exists()


def test_an_out_that_cannot_be_a_folder_is_one_line(
    one_line_error, answer, generator_path, tmp_path
):
    answer(litert=PICTURE)
    (tmp_path / "file").touch()
    words = ("1", "--out", tmp_path / "file")
    assert "Expected a folder to write to" in one_line_error("run", generator_path, *words)


@pytest.mark.parametrize("command", ["run", "info", "selftest"])
def test_a_missing_bundle_is_one_line(one_line_error, command, tmp_path):
    words = [command, tmp_path / "none.satchel", *(["x.png"] if command == "run" else [])]
    assert "none.satchel" in one_line_error(*words)


@pytest.mark.parametrize("command", ["run", "info", "selftest"])
@pytest.mark.parametrize("at", [5, 100, -100, -5])
def test_a_flipped_byte_is_one_line(one_line_error, answer, command, picture_path, at):
    answer(**ENGINES)
    changed = bytearray(picture_path.read_bytes())
    changed[at] ^= 1
    picture_path.write_bytes(changed)
    words = [command, picture_path, *(["x.png"] if command == "run" else [])]
    assert "Expected" in one_line_error(*words)


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n", b"PK\3\4", b"hello\nworld\n"])
def test_a_file_that_is_no_bundle_is_one_line(one_line_error, tmp_path, content):
    path = tmp_path / "other.file"
    path.write_bytes(content)
    one_line_error("info", path)


def test_a_missing_engine_is_one_line_with_what_to_install(one_line_error, answer, picture_path):
    answer()
    for words in (["run", picture_path, "x.png"], ["selftest", picture_path]):
        assert "pip install -U 'satchel[litert]'" in one_line_error(*words)


def test_an_unknown_model_and_an_unknown_engine_are_one_line(one_line_error, answer, picture_path):
    answer(**ENGINES)
    for words in (["run", picture_path, "x.png"], ["selftest", picture_path]):
        assert "float32.tflite" in one_line_error(*words, "--model", "float16.tflite")
        assert "tflite_runtime" in one_line_error(*words, "--engine", "tensorrt")


def test_an_answer_that_is_not_as_the_card_says_is_one_line(
    one_line_error, answer, picture_path, pictures
):
    answer(litert=np.float32([[0.5, 0.5]]))
    assert "(1, 3)" in one_line_error("run", picture_path, pictures / "b.png")


@pytest.mark.parametrize("name", ["missing.png", "a_damaged.jpg", "note.md", "deeper"])
def test_a_single_bad_picture_is_one_line_and_a_failed_check(
    one_line_error, answer, picture_path, pictures, monkeypatch, name
):
    answer(**ENGINES)
    monkeypatch.chdir(pictures)
    if name == "deeper":
        (pictures / "deeper" / "a.PNG").write_bytes(b"damaged")
    one_line_error("run", picture_path, name, code=CHECK_FAILED)


def test_a_bad_picture_among_good_ones_does_not_stop_them(
    satchel_says, answer, picture_path, pictures, monkeypatch
):
    answer(**ENGINES)
    monkeypatch.chdir(pictures)
    code, out, err = satchel_says("run", picture_path, "note.md", "b.png", "x.png", "b.png")
    assert (code, len(out), len(err)) == (CHECK_FAILED, 2, 2)


def test_a_picture_whose_name_is_not_utf_8_is_answered(
    satchel_says, answer, picture_path, tmp_path, png, monkeypatch
):
    answer(**ENGINES)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "odd").mkdir()
    with open(os.fsencode(tmp_path / "odd") + b"/\xff.png", "wb") as file:
        file.write(png(np.zeros((2, 2), np.uint8)))
    code, out, _ = satchel_says("run", picture_path, "odd")
    assert code == OK
    assert len(out) == 1


def test_a_line_of_standard_input_that_is_not_utf_8_does_not_stop_the_others(
    satchel_says, answer, text_path, monkeypatch
):
    answer(litert=np.float32([[0.75]]))
    lines = io.TextIOWrapper(io.BytesIO(b"caf\xe9\ngood\n"), encoding="utf-8")
    monkeypatch.setattr("sys.stdin", lines)
    assert len(satchel_says("run", text_path, "-")[1]) == 2


def test_a_text_of_two_lines_is_still_shown_on_one(satchel_says, answer, text_path):
    answer(litert=np.float32([[0.75]]))
    _, out, _ = satchel_says("run", text_path, "good\nbad\x1b[2J")
    assert len(out) == 1
    assert "\x1b" not in out[0]


def test_a_path_too_long_for_the_system_is_one_line(one_line_error):
    one_line_error("info", "x" * 5000)


def test_an_interrupt_is_one_line_and_130(one_line_error, picture_path, monkeypatch):
    def interrupt(path):
        raise KeyboardInterrupt

    monkeypatch.setattr("satchel.commands.info.open_bundle", interrupt)
    assert "interrupted" in one_line_error("info", picture_path, code=130)


def test_selftest_passes(satchel_says, answer, picture_path):
    answer(litert=GOLDEN_SCORES, onnx=np.uint8([[64, 128, 64]]))
    code, out, err = satchel_says("selftest", picture_path)
    assert (code, err) == (OK, [])
    assert len(out) == 3
    assert all(line.endswith("passed") for line in out[1:])
    assert out[1].split()[:3] == ["float32.tflite", "litert", "1"]


def test_selftest_fails_with_the_vectors_name_when_one_model_is_off(
    satchel_says, answer, picture_path
):
    answer(litert=GOLDEN_SCORES, onnx=np.uint8([[128, 64, 64]]))
    code, out, err = satchel_says("selftest", picture_path)
    assert (code, err) == (CHECK_FAILED, [])
    assert out[1].endswith("passed")
    assert out[2].endswith("FAILED: golden/0.png")


def test_selftest_names_three_of_many_vectors_that_are_off_and_shows_the_worst(
    satchel_says, answer, seal, picture_card, picture_files, tmp_path
):
    answer(litert=GOLDEN_SCORES)
    off = [[0.25, 0.5, 0.25], [0.5, 0.25, 0.25], [0, 1, 0], *[[0.25, 0.25, 0.5]] * 3]
    models = [replace(model, golden_tolerance=1.0) for model in picture_card.models]
    card = replace(picture_card, models=tuple(models))
    vectors = [{"input": "golden/0.png", "scores": scores} for scores in off]
    content = {"vectors": vectors, "tolerances": {"float32.tflite": [0, 0, 0.5, 0, 0.125, 0]}}
    files = {**picture_files, "golden/outputs.json": json.dumps(content).encode()}
    path = tmp_path / "off.satchel"
    path.write_bytes(seal(card, files))
    code, out, _ = satchel_says("selftest", path)
    assert code == CHECK_FAILED
    # The one that is furthest beyond what it is allowed: the third is farther off, and allowed to.
    assert out[1].split()[:5] == ["float32.tflite", "litert", "6", "0.250000", "0.000000"]
    assert out[1].endswith("FAILED: golden/0.png, golden/0.png, golden/0.png and 1 more")


def test_selftest_fails_on_a_golden_vector_that_is_wrong(
    satchel_says, answer, seal, picture_card, picture_files, golden_json, tmp_path
):
    answer(litert=GOLDEN_SCORES)
    files = {**picture_files, "golden/outputs.json": golden_json({"golden/0.png": [0, 0, 1]})}
    path = tmp_path / "wrong.satchel"
    path.write_bytes(seal(picture_card, files))
    assert satchel_says("selftest", path)[0] == CHECK_FAILED


@pytest.fixture
def packed_path(seal, picture_card, picture_files, tmp_path):
    """Return a function to a bundle that says how far off its models were where it was packed."""

    def write(**differences):
        vectors = [{"input": "golden/0.png", "scores": [0.25, 0.5, 0.25]}]
        rows = {"float32.tflite": [[0.0]], "full_int8.onnx": [[0.0], [0.00390625]]} | differences
        content = json.dumps({"vectors": vectors, "differences": rows}).encode()
        path = tmp_path / "packed.satchel"
        path.write_bytes(seal(picture_card, {**picture_files, "golden/outputs.json": content}))
        return path

    return write


def test_selftest_exact_passes_where_each_answer_is_one_of_the_kernels(
    satchel_says, answer, packed_path
):
    answer(litert=GOLDEN_SCORES, onnx=np.uint8([[65, 127, 64]]))
    code, out, err = satchel_says("selftest", packed_path(), "--exact")
    assert (code, err) == (OK, [])
    assert all(line.endswith("passed") for line in out[1:])


@pytest.mark.parametrize(("words", "expected"), [([], OK), (["--exact"], CHECK_FAILED)])
def test_selftest_says_which_answers_are_others_and_exact_fails_for_them(
    words, expected, satchel_says, answer, packed_path
):
    answer(litert=GOLDEN_SCORES, onnx=np.uint8([[66, 126, 64]]))
    code, out, _ = satchel_says("selftest", packed_path(), *words)
    assert code == expected
    assert out[1].endswith("passed")
    assert out[2].endswith("passed, 1 other than where it was packed")


def test_selftest_exact_refuses_a_bundle_that_does_not_say(answer, one_line_error, picture_path):
    answer(litert=GOLDEN_SCORES, onnx=np.uint8([[64, 128, 64]]))
    line = one_line_error("selftest", picture_path, "--exact")
    assert "float32.tflite, full_int8.onnx: convert it again" in line


def test_selftest_writes_json_that_parses_line_by_line(satchel_says, answer, picture_path):
    answer(litert=GOLDEN_SCORES, onnx=np.uint8([[128, 64, 64]]))
    code, out, _ = satchel_says("selftest", picture_path, "--json")
    assert code == CHECK_FAILED
    found = [json.loads(line) for line in out]
    assert [(each["engine"], each["passed"], each["difference"]) for each in found] == [
        ("litert", True, 0.0),
        ("onnx", False, 0.25),
    ]
    assert found[0]["vector"] == "golden/0.png"


def test_selftest_takes_a_model_and_an_engine(satchel_says, answer, picture_path):
    answer(litert=GOLDEN_SCORES, onnx=np.uint8([[128, 64, 64]]))
    assert satchel_says("selftest", picture_path, "--engine", "litert")[0] == OK
    assert satchel_says("selftest", picture_path, "--model", "float32.tflite")[0] == OK
    assert satchel_says("selftest", picture_path, "--engine", "onnx")[0] == CHECK_FAILED


def test_info_says_what_is_in_a_bundle_and_what_runs_here(satchel_says, answer, picture_path):
    answer(litert=None)
    code, out, err = satchel_says("info", picture_path)
    text = "\n".join(out)
    assert (code, err) == (OK, [])
    assert out[0] == "tiny 1.2.3, image-classification"
    for expected in ("4 x 6", "3 labels: cat, dog, eel", "litert 99.0.0", "recipe", "97.00%"):
        assert expected in text
    rows = {line.split()[0]: line for line in out[-2:]}
    assert rows["float32.tflite"].endswith("litert")
    assert rows["full_int8.onnx"].endswith("nothing")


def test_info_describes_a_text_bundle_and_no_engine(satchel_says, answer, text_path):
    answer()
    code, out, _ = satchel_says("info", text_path)
    assert code == OK
    assert any("a text, 6 tokens" in line for line in out)
    assert any("none installed" in line for line in out)


def test_info_describes_bundles_that_make_pictures(
    satchel_says, answer, generator_path, style_path
):
    answer(litert=None)
    for path, taken in ((generator_path, "a seed, for 3 numbers"), (style_path, "4 x 6, stretch")):
        code, out, _ = satchel_says("info", path)
        assert code == OK
        assert any(line.startswith("takes") and taken in line for line in out)
        assert "returns  a picture, 2 x 4" in out
        assert out[-3].split() == ["model", "bytes", "PSNR", "dB", "worst", "largest", "runs", "on"]
        assert out[-2].split() == ["float32.tflite", "15", "41.2", "32.5", "0.012", "litert"]


def test_info_cuts_a_long_list_of_labels(satchel_says, answer, seal, picture_card, picture_files,
                                         tmp_path):  # fmt: skip
    answer()
    labels = tuple(f"label{number}" for number in range(1000))
    card = replace(picture_card, output=replace(picture_card.output, labels=labels))
    path = tmp_path / "many.satchel"
    path.write_bytes(seal(card, picture_files))
    _, out, _ = satchel_says("info", path)
    assert any(line.endswith("label9, ...") for line in out)
    assert not any("label10" in line for line in out)


def test_info_writes_the_card_as_one_line_of_json(satchel_says, picture_path):
    code, out, _ = satchel_says("info", picture_path, "--json")
    assert code == OK
    assert len(out) == 1
    assert json.loads(out[0])["output"]["labels"] == ["cat", "dog", "eel"]


def test_info_shows_no_control_characters_of_a_strangers_bundle(
    satchel_says, answer, seal, picture_card, picture_files, tmp_path
):
    answer()
    path = tmp_path / "odd.satchel"
    provenance = {"recipe\x1b[2J": "\x1b]0;title\7", "data": "a\nfull_int8.tflite 100.00%"}
    path.write_bytes(seal(replace(picture_card, provenance=provenance), picture_files))
    code, out, _ = satchel_says("info", path)
    assert code == OK
    assert all(line.isprintable() for line in out)


def piped_to_no_one(program):
    """Return the exit code and the errors of a program whose output nobody reads."""
    reading, writing = os.pipe()
    os.close(reading)
    # A pipe is buffered by default, whatever the developer's shell says.
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONUNBUFFERED"}
    try:
        done = subprocess.run(
            [sys.executable, "-c", program],
            stdout=writing,
            stderr=subprocess.PIPE,
            env=environment,
            timeout=60,
        )
    finally:
        os.close(writing)
    return done.returncode, done.stderr


def test_a_reader_that_has_seen_enough_ends_the_command_quietly(picture_path):
    program = f"""
import sys
from satchel.commands import info, main
describe = info.card_to_json
def describe_and_flush(card):
    print("first", flush=True)
    return describe(card)
info.card_to_json = describe_and_flush
sys.exit(main(["info", {str(picture_path)!r}, "--json"]))
"""
    assert piped_to_no_one(program) == (141, b"")


def test_a_reader_that_never_reads_ends_a_short_command_quietly(picture_path):
    program = f"""
import sys
from satchel.commands import main
sys.exit(main(["info", {str(picture_path)!r}, "--json"]))
"""
    assert piped_to_no_one(program) == (141, b"")


def test_a_text_file_that_is_missing_is_no_sentence(satchel_says, answer, text_path):
    answer(litert=np.float32([[0.75]]))
    code, out, err = satchel_says("run", text_path, "./missing.txt")
    assert (code, out) == (CHECK_FAILED, [])
    assert "missing.txt" in err[0]


def test_an_empty_text_is_a_text(satchel_says, answer, text_path):
    answer(litert=np.float32([[0.75]]))
    code, out, _ = satchel_says("run", text_path, "", "--top", "1")
    assert (code, out) == (OK, ["\tpositive 0.750"])


def test_a_label_that_the_terminal_cannot_show_is_escaped():
    program = """
from satchel.commands import OWN, main
from satchel.commands.command import Command
OWN["say"] = Command("", "", lambda parser: None, lambda given: print("ü") or 0)
main(["say"])
"""
    said = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=True,
    )
    assert said.stdout == b"\\xfc\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.parametrize("words", [["info"], ["info", "--json"]])
def test_a_full_disk_is_one_line(picture_path, words):
    program = f"""
import sys
from satchel.commands import main
sys.exit(main([*{words!r}, {str(picture_path)!r}]))
"""
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-c", program], stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert done.returncode == WRONG_USE
    assert done.stderr == b"satchel info: the system says No space left on device\n"
