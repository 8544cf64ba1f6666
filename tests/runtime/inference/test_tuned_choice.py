"""What is remembered of a bundle on a device, and what a start makes of a file that is wrong."""

import json
import stat
from pathlib import Path

import numpy as np
import pytest

from helpers.tiny_bundles import IMAGE_BUNDLE, TEXT_BUNDLE
from satchel import ImageClassifier
from satchel.device.hardware import this_device
from satchel.errors import OutputError
from satchel.inference import tuned_choice as choices
from satchel.inference.model import open_model
from satchel.inference.selection import default_model
from satchel.inference.tuned_choice import Choice, choice_file, forget, recall, remember

CHOICE = Choice("full_int8.onnx", "onnx", 2, 0.034, "2026-11-23")
CARD = "sha256:" + "ab" * 32


@pytest.fixture
def engines(install_engines):
    return install_engines(litert=np.float32([[0.25, 0.5, 0.25]]), onnx=np.uint8([[64, 128, 64]]))


@pytest.fixture
def damage(engines):
    """Return a function: remembers a choice, then changes its file, and returns its path."""

    def damage(change, card=CARD):
        path = remember(CHOICE, card)
        content = change(path.read_bytes())
        path.write_bytes(content)
        return path

    return damage


def changed(**fields):
    return lambda content: json.dumps({**json.loads(content), **fields}).encode()


def test_what_was_remembered_is_recalled(engines):
    assert recall(CARD) is None
    path = remember(CHOICE, CARD)
    assert recall(CARD) == CHOICE
    assert recall("sha256:" + "cd" * 32) is None
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_a_newer_choice_replaces_the_older(engines):
    remember(CHOICE, CARD)
    remember(CHOICE._replace(threads=1), CARD)
    assert recall(CARD).threads == 1


def test_what_was_forgotten_is_gone(engines):
    assert forget(CARD) is False
    remember(CHOICE, CARD)
    assert forget(CARD) is True
    assert recall(CARD) is None
    assert forget(CARD) is False


def test_another_device_has_a_choice_of_its_own(engines, monkeypatch):
    remember(CHOICE, CARD)
    other = this_device()._replace(model="Raspberry Pi 5 Model B Rev 1.0")
    monkeypatch.setattr(choices, "this_device", lambda: other)
    assert recall(CARD) is None
    remember(CHOICE._replace(threads=4), CARD)
    assert recall(CARD).threads == 4
    monkeypatch.undo()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda content: b"", "plain JSON"),
        (lambda content: content[:-20], "plain JSON"),
        (lambda content: b"\xff" * 100, "plain JSON"),
        (lambda content: b"[" * 50_000, "plain JSON"),
        (lambda content: b"[]", "an object"),
        (lambda content: b"{}", "satchel_choice"),
        (lambda content: content + b" " * choices.MAX_CHOICE_BYTES, "at most"),
        (changed(satchel_choice=2), "satchel_choice"),
        (changed(card="sha256:" + "cd" * 32), "choice.card"),
        (changed(device={"machine": "armv7l"}), "choice.device"),
        (changed(device=7), "choice.device"),
        (changed(engines={"litert": "1.0.0"}), "litert 1.0.0"),
        (changed(engines={}), "choice.engines"),
        (changed(file=7), "choice.file"),
        (changed(engine=None), "choice.engine"),
        (changed(threads=0), "choice.threads"),
        (changed(threads=100_000), "choice.threads"),
        (changed(threads=True), "choice.threads"),
        (changed(latency_ms="fast"), "choice.latency_ms"),
        (changed(measured="\x1b[2J"), "choice.measured"),
    ],
)
def test_a_file_that_is_damaged_foreign_or_stale_is_one_line_and_no_choice(
    damage, caplog, change, says
):
    path = damage(change)
    assert recall(CARD) is None
    [record] = caplog.records
    message = record.getMessage()
    assert record.name == "satchel"
    assert says in message
    assert str(path) in message
    assert "satchel tune" in message
    assert "\n" not in message


def test_a_place_that_cannot_be_read_is_one_line_and_no_choice(engines, caplog):
    path = Path(choice_file(CARD, this_device()))
    path.mkdir(parents=True)
    assert recall(CARD) is None
    assert "Is a directory" in caplog.text


def test_a_user_without_a_home_has_no_choices_and_is_told_so_when_tuning(engines, monkeypatch):
    def no_home(user):
        raise KeyError(f"getpwuid(): uid not found: {user}")

    for name in ("SATCHEL_STATE", "XDG_STATE_HOME", "HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("pwd.getpwuid", no_home)
    assert recall(CARD) is None
    assert forget(CARD) is False
    with pytest.raises(OutputError, match="set SATCHEL_STATE to a folder"):
        remember(CHOICE, CARD)


def test_a_state_folder_that_is_a_file_is_refused_in_one_line(engines, monkeypatch, tmp_path):
    (tmp_path / "state").write_text("no folder")
    monkeypatch.setenv("SATCHEL_STATE", str(tmp_path / "state"))
    with pytest.raises(OutputError, match="Expected a folder to write to"):
        remember(CHOICE, CARD)
    assert recall(CARD) is None


@pytest.mark.parametrize(
    ("variables", "folder"),
    [
        ({"SATCHEL_STATE": "/a/b"}, "/a/b"),
        ({"XDG_STATE_HOME": "/x"}, "/x/satchel"),
        ({"XDG_STATE_HOME": "relative"}, "/home/pi/.local/state/satchel"),
        ({"SATCHEL_STATE": "/a/b", "XDG_STATE_HOME": "/x"}, "/a/b"),
        ({"SATCHEL_STATE": ""}, "/home/pi/.local/state/satchel"),
        ({}, "/home/pi/.local/state/satchel"),
    ],
)
def test_the_folder_is_the_users_choice_or_where_state_belongs(variables, folder, monkeypatch):
    for name in ("SATCHEL_STATE", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", "/home/pi")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert str(Path(choice_file(CARD, this_device())).parent) == f"{folder}/choices"


def test_a_choice_is_as_readable_as_the_users_other_files(engines, tmp_path):
    (tmp_path / "other").touch()
    expected = stat.S_IMODE((tmp_path / "other").stat().st_mode)
    assert stat.S_IMODE(remember(CHOICE, CARD).stat().st_mode) == expected


def test_what_was_chosen_is_taken_where_nothing_is_asked_for(load, engines):
    bundle = load(IMAGE_BUNDLE)
    assert default_model(bundle)[1:] == ("litert", 1, None)
    remember(CHOICE, bundle.card_digest)
    assert default_model(bundle)[1:] == ("onnx", 2, "2026-11-23")
    model = open_model(bundle)
    assert (model.entry.file, model.engine_name) == ("full_int8.onnx", "onnx")
    assert engines.opened[-1][2] == 2


def test_the_public_classes_take_what_was_chosen(image_path, load, engines):
    remember(CHOICE, load(IMAGE_BUNDLE).card_digest)
    assert ImageClassifier(image_path).model.engine_name == "onnx"
    assert engines.opened[-1][2] == 2


@pytest.mark.parametrize(
    "wanted", [{"file": "float32.tflite"}, {"engine": "litert"}, {"threads": 1}]
)
def test_what_is_asked_for_goes_before_what_was_chosen(load, engines, wanted):
    bundle = load(IMAGE_BUNDLE)
    remember(CHOICE, bundle.card_digest)
    assert open_model(bundle, **wanted).entry.file == "float32.tflite"
    assert engines.opened[-1][2] == 1


@pytest.mark.parametrize(
    "odd",
    [
        {"file": "../other.tflite"},
        {"engine": "tensorrt"},
        {"engine": "os"},
        {"file": "float32.tflite", "engine": "onnx"},
    ],
)
def test_a_choice_of_what_the_bundle_has_not_is_passed_over(load, engines, odd):
    bundle = load(IMAGE_BUNDLE)
    remember(CHOICE._replace(**odd), bundle.card_digest)
    assert open_model(bundle).entry.file == "float32.tflite"


def test_a_damaged_choice_does_not_stop_a_classifier(damage, image_path, load):
    damage(lambda content: content[:50], load(IMAGE_BUNDLE).card_digest)
    assert ImageClassifier(image_path).model.entry.file == "float32.tflite"


def test_the_card_of_a_bundle_says_which_it_is(load, folder):
    assert load(IMAGE_BUNDLE).card_digest.startswith("sha256:")
    assert load(IMAGE_BUNDLE).card_digest == load(IMAGE_BUNDLE).card_digest
    assert load(IMAGE_BUNDLE).card_digest != load(TEXT_BUNDLE).card_digest
