"""``satchel run``: a line an input, and images where a model makes them."""

import io
import json
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from helpers.tiny_bundles import encode_png
from satchel.cli.command import CHECK_FAILED, OK
from satchel.preprocessing.images import decode

IMAGE = np.full((1, 2, 4, 3), 100, np.float32)
SCORES = np.float32([[0.25, 0.625, 0.125]])
HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(40)
ENGINES = {"litert": SCORES, "onnx": np.uint8([[64, 160, 32]])}


def test_run_prints_a_line_an_image_with_the_best_labels(
    satchel_says, install_engines, image_path, images, monkeypatch
):
    install_engines(**ENGINES)
    monkeypatch.chdir(images)
    code, out, err = satchel_says("run", image_path, "b.png", "deeper/a.PNG")
    assert (code, err) == (OK, [])
    assert out == [
        "b.png\tdog 0.625  cat 0.250  eel 0.125",
        "deeper/a.PNG\tdog 0.625  cat 0.250  eel 0.125",
    ]


def test_run_takes_a_short_name_as_it_is_and_cuts_a_long_one(
    satchel_says, install_engines, image_path, images, monkeypatch
):
    install_engines(**ENGINES)
    monkeypatch.chdir(images)
    long = "x" * 80 + ".png"
    (images / long).write_bytes(encode_png(np.zeros((2, 2), np.uint8)))
    _, out, _ = satchel_says("run", image_path, "b.png", long, "--top", "1")
    assert out == ["b.png\tdog 0.625", "x" * 57 + "...\tdog 0.625"]


def test_run_walks_a_folder_in_order_and_answers_all_but_the_damaged(
    satchel_says, install_engines, image_path, images, monkeypatch
):
    install_engines(**ENGINES)
    monkeypatch.chdir(images.parent)
    code, out, err = satchel_says("run", image_path, "photos", "--top", "1")
    assert code == CHECK_FAILED
    assert [line.split("\t")[0] for line in out] == ["photos/b.png", "photos/deeper/a.PNG"]
    assert len(err) == 2
    assert err[0] == "satchel run: photos: left out 1 file: 1 no image (note.md)"
    assert err[1].startswith("satchel run: Expected a readable image")
    assert "a_damaged.jpg" in err[1]


def test_run_says_that_a_folder_holds_nothing(satchel_says, install_engines, image_path, tmp_path):
    install_engines(**ENGINES)
    (tmp_path / "empty").mkdir()
    code, out, err = satchel_says("run", image_path, tmp_path / "empty")
    assert code == CHECK_FAILED
    assert out == []
    assert len(err) == 1
    assert "got none" in err[0]


def test_run_names_what_it_left_out_of_a_folder_and_why(
    satchel_says, install_engines, image_path, tmp_path, monkeypatch
):
    install_engines(**ENGINES)
    monkeypatch.chdir(tmp_path)
    photos = tmp_path / "photos"
    (photos / "loop").mkdir(parents=True)
    (photos / "loop" / "back").symlink_to(photos)
    (photos / "no_suffix").write_bytes(encode_png(np.zeros((5, 5, 3), np.uint8)))
    (photos / "notes.txt").write_text("BMW and no bitmap")
    (photos / "phone.heic").write_bytes(HEIC)
    (photos / "renamed.jpg").write_bytes(HEIC)
    (photos / ".DS_Store").write_bytes(b"\0\0\0\1Bud1")
    os.mkfifo(photos / "pipe.jpg")
    (photos / "broken.png").symlink_to("nowhere")
    code, out, err = satchel_says("run", image_path, "photos", "--top", "1")
    assert (code, out) == (OK, ["photos/no_suffix\tdog 0.625"])
    assert err == [
        "satchel run: photos: left out 7 files and folders: 1 hidden (.DS_Store), 1 unreadable, No"
        " such file or directory (broken.png), 1 link to a folder that was read already"
        " (loop/back), 1 no image (notes.txt), 2 HEIC (convert them to JPEG: phone.heic,"
        " renamed.jpg), 1 unreadable, it is a pipe or a device and not a file (pipe.jpg)"
    ]


def test_run_fails_where_it_answered_nothing(
    satchel_says, install_engines, image_path, tmp_path, monkeypatch
):
    install_engines(**ENGINES)
    (tmp_path / "only").mkdir()
    (tmp_path / "only" / "phone.heic").write_bytes(HEIC)
    code, out, err = satchel_says("run", image_path, tmp_path / "only")
    assert (code, out) == (CHECK_FAILED, [])
    assert "left out 1 file: 1 HEIC (convert it to JPEG: phone.heic)" in err[0]
    assert "got none" in err[1]
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    code, _, err = satchel_says("run", image_path, "-")
    assert (code, err) == (CHECK_FAILED, ["satchel run: Expected an input, got none."])


def test_run_says_an_unreadable_folder(
    satchel_says, install_engines, image_path, images, monkeypatch
):
    install_engines(**ENGINES)
    monkeypatch.chdir(images.parent)
    iterdir = Path.iterdir

    def refuse(self):
        if self.name == "deeper":
            raise PermissionError(13, "Permission denied")
        return iterdir(self)

    monkeypatch.setattr(Path, "iterdir", refuse)
    _, out, err = satchel_says("run", image_path, "photos", "--top", "1")
    assert [line.split("\t")[0] for line in out] == ["photos/b.png"]
    assert "1 unreadable folder, Permission denied (deeper)" in err[0]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_run_reads_a_list_of_files_in_the_encoding_of_its_mark(
    satchel_says, install_engines, image_path, images, monkeypatch, encoding
):
    install_engines(**ENGINES)
    monkeypatch.chdir(images)
    listed = io.BytesIO("b.png\r\ndeeper/a.PNG\r\n".encode(encoding))
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(listed, encoding="utf-8"))
    code, out, err = satchel_says("run", image_path, "-", "--top", "1")
    assert (code, err) == (OK, [])
    assert [line.split("\t")[0] for line in out] == ["b.png", "deeper/a.PNG"]


def test_run_names_the_nul_of_a_list_for_another_program(
    satchel_says, install_engines, image_path, monkeypatch
):
    install_engines(**ENGINES)
    monkeypatch.setattr("sys.stdin", io.StringIO("b.png\0a.png\0"))
    code, _, err = satchel_says("run", image_path, "-")
    assert code == CHECK_FAILED
    assert "got a NUL in " in err[0]


def test_run_reads_paths_from_standard_input(
    satchel_says, install_engines, image_path, images, monkeypatch
):
    install_engines(**ENGINES)
    monkeypatch.chdir(images)
    monkeypatch.setattr("sys.stdin", io.StringIO("b.png\r\nmissing.png\n\ndeeper/a.PNG"))
    code, out, err = satchel_says("run", image_path, "-", "--top", "1")
    assert code == CHECK_FAILED
    assert [line.split("\t")[0] for line in out] == ["b.png", "deeper/a.PNG"]
    # The empty line is no path.
    assert len(err) == 1


def test_run_writes_json_that_parses_line_by_line(
    satchel_says, install_engines, image_path, images
):
    install_engines(**ENGINES)
    path = images / "b.png"
    code, out, _ = satchel_says("run", image_path, path, path, "--json", "--top", "2")
    assert code == OK
    assert [json.loads(line) for line in out] == [
        {
            "input": str(path),
            "predictions": [{"label": "dog", "score": 0.625}, {"label": "cat", "score": 0.25}],
            "model": "float32.tflite",
            "engine": "litert",
        }
    ] * 2


def test_run_takes_a_model_an_engine_and_threads(satchel_says, install_engines, image_path, images):
    seam = install_engines(**ENGINES)
    path = images / "b.png"
    for wanted in (["--engine", "onnx"], ["--model", "full_int8.onnx"]):
        _, out, _ = satchel_says("run", image_path, path, "--json", "--threads", "3", *wanted)
        assert json.loads(out[0])["engine"] == "onnx"
        assert json.loads(out[0])["model"] == "full_int8.onnx"
    assert [threads for _, _, threads in seam.opened] == [3, 3]


def test_run_decodes_scaled_where_that_is_asked_for(
    satchel_says, install_engines, one_line_error, image_path, text_path, tmp_path
):
    seam = install_engines(**ENGINES)
    photo = tmp_path / "photo.jpg"
    noise = np.random.default_rng(7).integers(0, 256, (64, 96, 3), np.uint8)
    Image.fromarray(noise).save(photo)
    for decoding in ("exact", "scaled"):
        assert satchel_says("run", image_path, photo, "--decoding", decoding)[0] == OK
    exact, scaled = seam.engines["litert"].inputs
    assert not np.array_equal(exact, scaled)
    message = one_line_error("run", text_path, "good", "--decoding", "scaled")
    assert "Expected images for scaled decoding, got a model of texts." in message


def test_run_classifies_sentences_files_and_folders_of_texts(
    satchel_says, install_engines, text_path, tmp_path, monkeypatch
):
    seam = install_engines(litert=np.float32([[0.75]]))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "reviews").mkdir()
    (tmp_path / "reviews" / "1.txt").write_text("good")
    (tmp_path / "reviews" / "2.txt").write_bytes("bad caf\xe9".encode("utf-16"))
    (tmp_path / "reviews" / "3.md").write_text("not a text file")
    (tmp_path / "single.md").write_text("bad bad")
    code, out, err = satchel_says(
        "run", text_path, "Good, good", "reviews", "single.md", "--top", "1"
    )
    assert code == OK
    assert err == ["satchel run: reviews: left out 1 file: 1 no .txt file (3.md)"]
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
    (tmp_path / "reviews" / "2.txt").write_bytes(b"bad caf\xe9")
    code, _, err = satchel_says("run", text_path, "reviews/2.txt")
    assert code == CHECK_FAILED
    assert "got the byte 0xe9 at position 7 (line 1): save it as UTF-8" in err[0]


def test_run_reads_texts_from_standard_input_a_line_each(
    satchel_says, install_engines, text_path, monkeypatch
):
    install_engines(litert=np.float32([[0.75]]))
    monkeypatch.setattr("sys.stdin", io.StringIO("good\n\n猫 good\r\n"))
    code, out, _ = satchel_says("run", text_path, "-", "--json")
    assert code == OK
    assert [json.loads(line)["input"] for line in out] == ["good", "", "猫 good"]


def test_run_takes_a_sentence_too_long_for_a_path(satchel_says, install_engines, text_path):
    install_engines(litert=np.float32([[0.75]]))
    assert satchel_says("run", text_path, "good " * 10_000)[0] == OK


def level_of(path):
    """Return the one level of an image, whatever its size."""
    [level] = np.unique(decode(path))
    return int(level)


def test_run_writes_an_image_a_seed(
    satchel_says, install_engines, generator_path, tmp_path, monkeypatch
):
    install_engines(litert=IMAGE)
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


def test_run_writes_an_image_an_image(
    satchel_says, install_engines, style_path, images, tmp_path, monkeypatch
):
    install_engines(litert=IMAGE)
    monkeypatch.chdir(tmp_path)
    code, out, err = satchel_says("run", style_path, "photos", "--out", "painted")
    # One of the images is damaged.
    assert code == CHECK_FAILED
    assert out == [
        "photos/b.png\tpainted/b-styled.png",
        "photos/deeper/a.PNG\tpainted/a-styled.png",
    ]
    assert len(err) == 2
    assert "a_damaged.jpg" in err[1]
    assert sorted(path.name for path in Path("painted").iterdir()) == [
        "a-styled.png",
        "b-styled.png",
    ]


def test_run_says_in_json_where_an_image_is(
    satchel_says, install_engines, generator_path, tmp_path
):
    install_engines(litert=IMAGE)
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
    satchel_says, install_engines, generator_path, tmp_path, monkeypatch
):
    install_engines(litert=IMAGE)
    monkeypatch.setattr("sys.stdin", io.StringIO("1\n\nseven\n-2\n" + "9" * 30 + "\n4\n"))
    code, out, err = satchel_says("run", generator_path, "-", "--out", tmp_path)
    assert code == CHECK_FAILED
    assert [line.split("\t")[0] for line in out] == ["1", "4"]
    assert len(err) == 3
    assert all("Expected a seed, a whole number from 0 to " in line for line in err)


def test_run_replaces_an_image_of_an_earlier_run(
    satchel_says, install_engines, generator_path, tmp_path
):
    install_engines(litert=IMAGE)
    (tmp_path / "seed-1.png").write_bytes(b"an earlier one")
    assert satchel_says("run", generator_path, "1", "--out", tmp_path)[0] == OK
    assert level_of(tmp_path / "seed-1.png") == 100
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_run_never_writes_in_the_place_of_an_input(
    satchel_says, install_engines, style_path, tmp_path
):
    install_engines(litert=IMAGE)
    folder = tmp_path / "mine"
    folder.mkdir()
    names = ("a.png", "a-styled.png")
    for name in names:
        (folder / name).write_bytes(encode_png(np.full((3, 3, 3), 7, np.uint8)))
    code, out, err = satchel_says("run", style_path, folder, "--out", folder)
    assert code == CHECK_FAILED
    assert [line.split("\t")[1] for line in out] == [str(folder / "a-styled-styled.png")]
    assert len(err) == 1
    assert "a-styled.png', which is an input" in err[0]
    assert [level_of(folder / name) for name in names] == [7, 7]


def test_run_writes_no_two_images_to_one_file(satchel_says, install_engines, style_path, tmp_path):
    install_engines(litert=IMAGE)
    for name in ("left", "right"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.png").write_bytes(encode_png(np.zeros((3, 3, 3), np.uint8)))
    words = (tmp_path / "left", tmp_path / "right" / "a.png", "--out", tmp_path / "out")
    code, out, err = satchel_says("run", style_path, *words)
    assert (code, len(out), len(err)) == (CHECK_FAILED, 1, 1)
    assert "was just written" in err[0]
