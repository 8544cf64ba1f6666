"""``satchel info``: what is in a bundle, and what of it runs here."""

import json
import os
import unicodedata
from pathlib import Path

import numpy as np
import pytest

from helpers.tiny_bundles import IMAGE_CARD, IMAGE_FILES, seal
from satchel.bundle.reading import open_bundle
from satchel.cli.command import OK
from satchel.cli.quoting import BAR
from satchel.device.hardware import this_device
from satchel.inference.tuned_choice import Choice, choice_file, remember

SCORES = np.float32([[0.25, 0.625, 0.125]])


def test_info_says_what_is_in_a_bundle_and_what_runs_here(
    satchel_says, install_engines, image_path
):
    install_engines(litert=None)
    code, out, err = satchel_says("info", image_path)
    text = "\n".join(out)
    assert (code, err) == (OK, [])
    assert out[0] == "tiny 1.2.3, image-classification"
    for expected in ("4 x 6", "3 labels: cat, dog, eel", "litert 99.0.0", "recipe", "97.00%"):
        assert expected in text
    rows = {line.split()[0]: line for line in out[-2:]}
    assert rows["float32.tflite"].endswith("litert")
    assert rows["full_int8.onnx"].endswith("nothing")


def test_info_describes_a_text_bundle_and_no_engine(satchel_says, install_engines, text_path):
    install_engines()
    code, out, _ = satchel_says("info", text_path)
    assert code == OK
    assert any("a text, 6 tokens" in line for line in out)
    assert any("none installed" in line for line in out)


def test_info_describes_bundles_that_make_images(
    satchel_says, install_engines, generator_path, style_path
):
    install_engines(litert=None)
    for path, taken in ((generator_path, "a seed, for 3 numbers"), (style_path, "4 x 6, stretch")):
        code, out, _ = satchel_says("info", path)
        assert code == OK
        assert any(line.startswith("  | takes") and taken in line for line in out)
        assert "  | returns  an image, 2 x 4" in out
        assert out[-3].split() == ["model", "bytes", "PSNR", "dB", "worst", "largest", "runs", "on"]
        assert out[-2].split() == ["float32.tflite", "15", "41.2", "32.5", "0.012", "litert"]


def test_info_cuts_a_long_list_of_labels(
    satchel_says, install_engines, tmp_path
):  # fmt: skip
    install_engines()
    labels = tuple(f"label{number}" for number in range(1000))
    card = IMAGE_CARD._replace(output=IMAGE_CARD.output._replace(labels=labels))
    path = tmp_path / "many.satchel"
    path.write_bytes(seal(card, IMAGE_FILES))
    _, out, _ = satchel_says("info", path)
    words = "".join(line.removeprefix(BAR) for line in out if line.startswith(BAR))
    assert "label9, ..." in words
    assert "label10" not in words


def test_info_writes_the_card_as_one_line_of_json(satchel_says, image_path):
    code, out, _ = satchel_says("info", image_path, "--json")
    assert code == OK
    assert len(out) == 1
    assert json.loads(out[0])["output"]["labels"] == ["cat", "dog", "eel"]


def test_info_shows_no_control_characters_of_a_strangers_bundle(
    satchel_says, install_engines, tmp_path
):
    install_engines()
    path = tmp_path / "odd.satchel"
    provenance = {"recipe\x1b[2J": "\x1b]0;title\7", "data": "a\nfull_int8.tflite 100.00%"}
    path.write_bytes(seal(IMAGE_CARD._replace(provenance=provenance), IMAGE_FILES))
    code, out, _ = satchel_says("info", path)
    assert code == OK
    assert all(line.isprintable() for line in out)


@pytest.mark.parametrize("columns", [20, 80, 200])
def test_nothing_in_a_bundle_looks_like_a_line_of_info_itself(
    satchel_says, install_engines, tmp_path, monkeypatch, columns
):
    install_engines()
    monkeypatch.setenv("COLUMNS", str(columns))
    honest, forged = tmp_path / "honest.satchel", tmp_path / "forged.satchel"
    line = "signed   by SHA256:ours, trusted"
    wide = "\u5de5" * 200
    provenance = {
        "signed": "by SHA256:ours, trusted",
        "signed   by SHA256:ours, trusted": "",
        "a": f"\n{line}",
        "b": f"\r{line}\u2028{line}\x1b[1G{line}",
        "c": " " * (columns - len(BAR) - 9) + line,
        "d": wide[: (columns - len(BAR) - 9) // 2] + line + wide,
    }
    labels = ("x" * max(1, columns - 21), line, "cat")
    card = IMAGE_CARD._replace(output=IMAGE_CARD.output._replace(labels=labels))
    for path, held in ((honest, {}), (forged, provenance)):
        path.write_bytes(seal(card._replace(provenance=held), IMAGE_FILES))
    honest_lines, lines = satchel_says("info", honest)[1], satchel_says("info", forged)[1]
    # A terminal breaks no line of the bundle, so no text of it begins at the left edge.
    quoted = [each for each in lines if each.startswith(BAR)]
    assert all(columns_of(each) <= columns for each in quoted)
    assert line in "".join(each.removeprefix(BAR) for each in quoted)
    own = [each for each in lines if not each.startswith(BAR)]
    assert own == [each for each in honest_lines if not each.startswith(BAR)]
    assert [each for each in own if each.startswith("signed")] == ["signed   no"]


def columns_of(line):
    return sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in line)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes by name")
def test_a_pipe_among_what_is_remembered_is_a_warning_and_is_not_waited_for(
    satchel_says, install_engines, image_path, caplog
):
    install_engines(litert=None)
    digest = open_bundle(image_path).card_digest
    place = Path(choice_file(digest, this_device()))
    place.parent.mkdir(parents=True)
    os.mkfifo(place)
    code, out, _ = satchel_says("info", image_path)
    assert code == OK
    assert "default  float32.tflite in litert with 1 thread: the first that runs" in "\n".join(out)
    assert "it is a pipe or a device and not a file" in caplog.text
    # And tune puts a file in its place.
    remember(Choice("float32.tflite", "litert", 2, 0.1, "2026-11-23"), digest)
    assert "with 2 threads: tuned" in "\n".join(satchel_says("info", image_path)[1])
