import json
import shutil
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest

from satchel.bundle.reading import open_bundle
from satchel.cli.program import main
from satchel.preprocessing.images import decode
from satchel_convert.errors import ConversionError
from satchel_convert.model_folder import read_samples
from satchel_convert.reporting.comparison import to_markdown
from satchel_convert.verification.compare import compare_bundles
from satchel_convert.verification.limits import ImageLimits, LabelLimits

ONE_ONNX = ("--formats", "onnx", "--schemes", "float32")


def convert(folder, out):
    assert main(["convert", str(folder), "--out", str(out), *ONE_ONNX]) == 0
    return out


def changed(folder, target, change):
    """Return a copy of a model folder, with ``change`` made to its model's weights."""
    import keras

    shutil.copytree(folder, target)
    model = keras.models.load_model(folder / "model.keras")
    model.set_weights([change(weights) for weights in model.get_weights()])
    model.save(target / "model.keras")
    return target


def widened(path):
    """Return the image four times as wide, for a model that squeezes images."""
    return np.repeat(decode(path), 4, axis=1)


@pytest.fixture(scope="module")
def bundles(images, tmp_path_factory):
    """Return the paths of a bundle, of one that says nearly the same, and of one that guesses."""
    folder = tmp_path_factory.mktemp("compare")
    changes = {"near": lambda weights: weights * 1.001, "guess": np.zeros_like}
    made = {
        name: convert(changed(images.path, folder / name, change), folder / f"{name}.satchel")
        for name, change in changes.items()
    }
    return {"old": convert(images.path, folder / "old.satchel"), **made}


@pytest.fixture
def compare(bundles, images):
    """Return a function that compares the old bundle with another, and gives its one row."""
    samples = read_samples(images.path / "samples" / "evaluation.jsonl", images.folder.card)

    def compare(name, limits=LabelLimits()):  # noqa: B008 - frozen
        old, new = open_bundle(bundles["old"]), open_bundle(bundles[name])
        (row,) = compare_bundles(old, new, samples, limits=limits)
        return row

    return compare


def test_the_same_file_passes_however_few_the_samples_are(compare):
    row = compare("old", LabelLimits(strict=True))
    assert (row.file, row.result, row.reason) == ("float32.onnx", "passed", "the same file")


def test_a_model_that_guesses_fails_with_its_interval(compare):
    row = compare("guess")
    assert row.result == "failed"
    assert row.old_accuracy > 0.9 > 0.4 > row.new_accuracy
    assert row.reason.startswith("accuracy drops ")
    assert "; margin 1)" in row.reason


def test_a_few_samples_leave_a_near_model_undecided_unless_the_margin_is_wide(compare):
    row = compare("near")
    assert row.result == "undecided"
    assert "more samples like these would decide it" in row.reason
    assert row.new_accuracy == row.old_accuracy
    assert compare("near", LabelLimits(strict=True)).result == "failed"
    assert compare("near", LabelLimits(margin_points=25)).result == "passed"


def test_a_model_that_is_gone_fails(bundles, images):
    old = open_bundle(bundles["old"])
    new = old._replace(card=old.card._replace(models=()), files={})
    samples = read_samples(images.path / "samples" / "evaluation.jsonl", images.folder.card)
    (row,) = compare_bundles(old, new, samples, limits=LabelLimits())
    assert (row.result, row.reason) == ("failed", "the new bundle has no such model")


def test_another_way_to_prepare_an_image_is_noticed(bundles, images):
    old = open_bundle(bundles["old"])
    # A phone that takes the middle of an image, and not all of it.
    new = old._replace(card=old.card._replace(input=old.card.input._replace(fit="crop")))
    samples = read_samples(images.path / "samples" / "evaluation.jsonl", images.folder.card)
    wide = [replace(sample, value=widened(sample.value)) for sample in samples]
    (row,) = compare_bundles(old, new, wide, limits=LabelLimits())
    assert row.old_accuracy > 0.9
    assert row.result == "failed"


def test_images_are_compared_by_their_worst(faces, tmp_path):
    old = open_bundle(convert(faces.path, tmp_path / "old.satchel"))
    other = changed(faces.path, tmp_path / "other", lambda weights: weights * 1.1)
    new = open_bundle(convert(other, tmp_path / "new.satchel"))
    samples = read_samples(faces.path / "samples" / "evaluation.jsonl", faces.folder.card)
    (row,) = compare_bundles(old, new, samples, limits=ImageLimits(psnr_db=60))
    assert row.result == "failed"
    assert row.reason == f"PSNR {row.worst_psnr_db:.2f} dB of the worst image is below 60"
    (row,) = compare_bundles(old, new, samples, limits=ImageLimits(psnr_db=1))
    assert (row.result, row.paired_test) == ("passed", None)
    assert f"{row.worst_psnr_db:.1f}" in to_markdown([row], title="faces")


def test_other_labels_are_another_question(bundles, faces, images, tmp_path):
    old = open_bundle(bundles["old"])
    other = old.card.output._replace(labels=("a", "b", "c"))
    new = old._replace(card=old.card._replace(output=other))
    with pytest.raises(ConversionError, match="Expected two bundles with the same output, got"):
        compare_bundles(old, new, [], limits=LabelLimits())
    new = open_bundle(convert(faces.path, tmp_path / "faces.satchel"))
    with pytest.raises(ConversionError, match="Expected two bundles with the same task, got"):
        compare_bundles(old, new, [], limits=LabelLimits())


def test_the_command_writes_what_ci_shows_and_exits_1_for_a_worse_model(
    bundles, images, tmp_path, capsys
):
    junit, markdown = tmp_path / "junit.xml", tmp_path / "summary.md"
    words = ["--samples", images.path, "--junit", junit, "--markdown", markdown]
    assert main(["compare", *map(str, [bundles["old"], bundles["guess"], *words])]) == 1
    printed = capsys.readouterr().out
    assert "bands 1.0.0 against bands 1.0.0: 24 samples" in printed
    assert "float32.onnx failed: accuracy drops" in printed
    suite = ElementTree.fromstring(junit.read_bytes())
    assert (suite.get("tests"), suite.get("failures")) == ("1", "1")
    (case,) = suite
    assert case.get("name") == "float32.onnx"
    assert case.find("failure").get("message").startswith("accuracy drops")
    assert "| `float32.onnx` | " in markdown.read_text()


def test_the_command_exits_0_where_nothing_is_known_to_be_worse(bundles, images, capsys):
    words = [bundles["old"], bundles["near"], "--samples", images.path, "--json"]
    assert main(["compare", *map(str, words)]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["passed"] is True
    assert found["models"][0]["result"] == "undecided"
    assert main(["compare", *map(str, words), "--strict"]) == 1


def test_a_folder_without_samples_is_one_line(bundles, tmp_path, capsys):
    assert (
        main(["compare", *map(str, [bundles["old"], bundles["near"], "--samples", tmp_path])]) == 2
    )
    assert capsys.readouterr().err == (
        "satchel compare: Expected samples to compare on in samples/evaluation.jsonl of"
        f" {str(tmp_path)!r}, got none: name other samples as evaluation.\n"
    )
