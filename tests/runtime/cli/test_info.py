"""``satchel info``: what is in a bundle, and what of it runs here."""

import json

import numpy as np

from helpers.tiny_bundles import IMAGE_CARD, IMAGE_FILES, seal
from satchel.cli.command import OK

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
        assert any(line.startswith("takes") and taken in line for line in out)
        assert "returns  an image, 2 x 4" in out
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
    assert any(line.endswith("label9, ...") for line in out)
    assert not any("label10" in line for line in out)


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
