"""``satchel annotate`` writes what MediaPipe asks for, and a pack then needs no more words."""

import numpy as np
import pytest
from PIL import Image

from helpers.commands import run_satchel
from helpers.finished_models import LABELS
from satchel import ImageClassifier
from satchel_convert import ImageSettings, annotate
from satchel_convert.tflite.metadata_reading import read_metadata

SIGNED = ImageSettings(mean=(127.5,), std=(127.5,))


@pytest.fixture(scope="module")
def annotated(finished):
    return annotate(finished / "float.tflite", labels=finished / "labels.txt", images=SIGNED)


def test_our_reader_reads_what_was_written(annotated):
    found = read_metadata(annotated)
    assert tuple(found.labels.split()) == LABELS
    assert (found.mean, found.std) == ((127.5,), (127.5,))


def test_a_second_annotation_replaces_the_first(annotated, tmp_path):
    (tmp_path / "first.tflite").write_bytes(annotated)
    again = annotate(tmp_path / "first.tflite", labels=("a", "b", "c"))
    found = read_metadata(again)
    assert found.labels.split() == ["a", "b", "c"]
    # Not stated again, so it stays.
    assert found.mean == (127.5,)
    assert abs(len(again) - len(annotated)) < 100


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_mediapipe_runs_the_file_and_says_what_the_bundle_says(annotated, finished, tmp_path):
    import mediapipe
    from mediapipe.tasks.python import BaseOptions, vision

    (tmp_path / "colours.tflite").write_bytes(annotated)
    out = tmp_path / "colours.satchel"
    assert run_satchel("pack", tmp_path / "colours.tflite", "--out", out) == 0
    path = min(finished.glob("evaluation/green/*.png"))
    options = vision.ImageClassifierOptions(base_options=BaseOptions(model_asset_buffer=annotated))
    with vision.ImageClassifier.create_from_options(options) as classifier:
        pixels = np.ascontiguousarray(Image.open(path).convert("RGB"))
        image = mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=pixels)
        [head] = classifier.classify(image).classifications
    theirs = {each.category_name: each.score for each in head.categories}
    ours = {each.label: each.score for each in ImageClassifier(out).classify(path)}
    # MediaPipe may bring a LiteRT with other kernels.
    assert theirs == pytest.approx(ours, abs=1e-4)


def test_the_command_writes_the_file(finished, tmp_path, capsys):
    out = tmp_path / "new.tflite"
    words = ("--labels", finished / "labels.txt", "--mean", "127.5", "--std", "127.5")
    assert run_satchel("annotate", finished / "float.tflite", *words, "--out", out) == 0
    assert "with metadata for MediaPipe" in capsys.readouterr().err
    assert read_metadata(out.read_bytes()).std == (127.5,)


@pytest.mark.parametrize(
    ("name", "words", "reason"),
    [
        ("float.tflite", (), "it reads real numbers, and nothing says which a pixel is."),
        ("float.tflite", ("--preprocess", "keras:resnet50"), "no metadata can say blue."),
        ("last.onnx", (), "Expected a .tflite file, got 'last.onnx'"),
        ("float.tflite", ("--tokenizer", "x.json"), "Expected --vocabulary, and no --tokenizer"),
    ],
)
def test_what_cannot_be_written_is_refused(refused, finished, name, words, reason):
    labels = ("--labels", finished / "labels.txt")
    line = refused("annotate", finished / name, *labels, *words)
    assert reason in line


def test_a_mean_against_the_metadata_is_a_warning(annotated, tmp_path, capsys):
    (tmp_path / "colours.tflite").write_bytes(annotated)
    words = ("--mean", "0", "--std", "255", "--out", tmp_path / "x.satchel")
    assert run_satchel("pack", tmp_path / "colours.tflite", *words) == 0
    line = capsys.readouterr().err.splitlines()[0]
    assert "mean 0 and std 255 differ from the file's metadata, mean 127.5 and std 127.5" in line
