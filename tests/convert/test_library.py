"""The library: what each command does, as functions, and commands that only parse and print.

Worth its time (each conversion starts a child with TensorFlow): these are the functions that users
call. What needs no certain model uses ``small``, or the session's fixtures.
"""

import ast
import importlib
import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import satchel_convert
from helpers.commands import run_satchel
from satchel import ImageClassifier, TextClassifier, open_bundle
from satchel_convert import (
    ConversionError,
    ImageSettings,
    Limits,
    ModelFolderError,
    NoModelPassedError,
    TextSettings,
    compare,
    convert,
    explain,
    pack,
    verify,
)

PACKAGE = Path(satchel_convert.__file__).parent
LABELS = ["left", "middle", "right"]
ONE_MODEL = {"formats": ["onnx"], "schemes": ["float32"]}
HEAVY = {"keras", "tensorflow", "scipy", "numpy", "onnx", "onnxruntime", "rich", "matplotlib"}


@pytest.fixture(scope="module")
def photos(images, tmp_path_factory):
    """The image model's samples as somebody has them: in a folder for each label, and in one."""
    folder = tmp_path_factory.mktemp("photos")
    for at, sample in enumerate(images.folder.evaluation):
        place = folder / "test" / LABELS[sample.label] / f"{at}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(sample.value.read_bytes())
    (folder / "more").mkdir()
    for at, sample in enumerate(images.folder.calibration):
        (folder / "more" / f"c{at}.png").write_bytes(sample.value.read_bytes())
    return folder


@pytest.fixture(scope="module")
def own(photos):
    """What the image model's file does not say of itself."""
    return {
        "labels": LABELS,
        "evaluation": photos / "test",
        "calibration": photos / "more",
        "images": ImageSettings(std=(255.0,)),
    }


@pytest.fixture(scope="module")
def bands(images):
    """The image model's folder, converted."""
    return convert(images.path, schemes=["float32", "full_int8"])


@pytest.fixture(scope="module")
def small(images):
    """One model of the image model's folder, converted, and the progress that was told."""
    told = []
    return convert(images.path, **ONE_MODEL, on_progress=told.append), told


def test_a_keras_model_in_memory_is_converted_read_run_and_saved(images, photos, own, tmp_path):
    result = convert(images.model, **own, name="bands", schemes=["float32", "full_int8"])
    accuracies = {row.file: row.verified.accuracy for row in result.report.rows}
    assert accuracies["full_int8.tflite"] == pytest.approx(22 / 24)
    classifier = ImageClassifier(result.bundle, model="float32.tflite")
    samples = images.folder.evaluation
    scores = [classifier.scores(sample.value) for sample in samples]
    np.testing.assert_allclose(scores, images.expected, atol=1e-5)
    result.save(tmp_path / "made" / "bands.satchel")
    result.report.save(tmp_path / "report.html")
    result.report.save(tmp_path / "report.json")
    assert open_bundle(tmp_path / "made" / "bands.satchel").card == result.bundle.card
    assert (tmp_path / "report.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert json.loads((tmp_path / "report.json").read_text())["name"] == "bands"


def test_a_text_model_in_memory_is_converted(texts, tmp_path):
    vocabulary = texts.path / "vocabulary.txt"
    table = tmp_path / "texts.jsonl"
    rows = [
        {"text": sample.value, "label": ["negative", "positive"][sample.label]}
        for sample in texts.folder.evaluation
    ]
    table.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    result = convert(
        texts.model,
        labels=["negative", "positive"],
        evaluation=table,
        texts=TextSettings(vocabulary=vocabulary),
        formats=["onnx"],
        schemes=["float32"],
    )
    assert TextClassifier(result.bundle).classify("a great film")[0].label == "positive"


def test_the_command_writes_what_the_function_returns(images, bands, tmp_path, capsys):
    out = tmp_path / "bands.satchel"
    words = ("--out", out, "--schemes", "float32,full_int8")
    assert run_satchel("convert", images.path, *words) == 0
    assert out.read_bytes() == bands.content
    capsys.readouterr()


def test_verify_returns_a_row_for_each_model(bands, images):
    report = verify(bands.bundle, samples=images.path)
    assert report.passed
    assert {row.file for row in report.rows} == {model.file for model in bands.bundle.card.models}
    strict = verify(bands.bundle, samples=images.path, limits=Limits(float32_difference=0))
    assert not strict.passed


def test_compare_returns_a_row_for_each_model_and_saves_three_forms(bands, images, tmp_path):
    bands.save(tmp_path / "old.satchel")
    found = compare(tmp_path / "old.satchel", bands.bundle, samples=images.path)
    assert found.passed
    assert {row.reason for row in found.rows} == {"the same file"}
    for name in ("found.md", "found.xml", "found.json"):
        found.save(tmp_path / name)
    assert (tmp_path / "found.md").read_text().startswith("### bands 1.0.0 against bands 1.0.0")
    assert b"<testsuite" in (tmp_path / "found.xml").read_bytes()
    assert json.loads((tmp_path / "found.json").read_text())["passed"] is True
    with pytest.raises(ConversionError, match=r"NAME\.md or NAME\.xml or NAME\.json to save"):
        found.save(tmp_path / "found.txt")


def test_explain_returns_the_share_of_each_layer(bands, images, tmp_path):
    explanation = explain(bands.bundle, samples=images.path)
    assert (explanation.name, explanation.file) == ("bands", "full_int8.tflite")
    assert sum(layer.share for layer in explanation.layers) == pytest.approx(1)
    explanation.save(tmp_path / "why.json")
    assert json.loads((tmp_path / "why.json").read_text())["name"] == "bands"


def test_explain_converts_a_keras_model_in_memory(images, own):
    assert explain(images.model, **own).outcome.samples == 24


def test_pack_returns_a_bundle_that_runs(tmp_path, tflite):
    (tmp_path / "styles.tflite").write_bytes(tflite("pictures", "float32"))
    raw = ImageSettings(mean=(0.0,))
    place = tmp_path / "styles.tflite"
    packed = pack(place, labels=LABELS, images=raw, name="Bands", version="2.1.0")
    assert (packed.bundle.card.name, packed.bundle.card.version) == ("Bands", "2.1.0")
    pixels = np.zeros((6, 9, 3), np.uint8)
    pixels[:, :3] = 255
    assert ImageClassifier(packed.bundle).classify(pixels)[0].label == "left"
    packed.save(tmp_path / "made" / "bands.satchel")
    assert (tmp_path / "made" / "bands.satchel").read_bytes() == packed.content


def test_progress_is_told_stage_by_stage_to_the_end(small):
    told = small[1]
    assert [each.stage for each in told if each.done == 0] == ["converting"]
    ends = {each.stage: each for each in told}
    assert ends["converting"].done == ends["converting"].total
    assert ends["verifying"][1:] == (24, 24, None)


def test_a_report_comes_with_the_error_where_no_model_passes(images):
    impossible = Limits(float32_difference=0)
    with pytest.raises(NoModelPassedError, match="none of 1 is: see the report") as caught:
        convert(images.path, **ONE_MODEL, limits=impossible)
    assert not caught.value.report.passed


def test_a_quantized_model_is_not_packed_where_the_float32_model_of_its_format_failed(images):
    impossible = Limits(float32_difference=0)
    schemes = ("float32", "dynamic_int8")
    with pytest.raises(NoModelPassedError) as caught:
        convert(images.path, formats=("onnx",), schemes=schemes, limits=impossible)
    reasons = {row.file: row.failures for row in caught.value.report.rows}
    assert reasons["dynamic_int8.onnx"] == (
        "it is made from the same graph as float32.onnx, which failed",
    )


def test_a_bundle_under_another_name_is_still_its_folders(images):
    result = convert(images.path, **ONE_MODEL, name="stripes", version="1.2.0")
    card = result.bundle.card
    assert (card.name, card.version, result.report.name) == ("stripes", "1.2.0", "stripes")
    assert card.provenance["model_folder"] == {"name": "bands", "version": "1.0.0"}
    assert verify(result.bundle, samples=images.path).passed


def test_the_own_name_and_version_leave_the_bundle_as_it_is(images, small):
    again = convert(images.path, **ONE_MODEL, name="bands", version="1.0.0")
    assert again.content == small[0].content


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("--name", "two words"), "Expected a name of at most 64 letters, digits, "),
        (("--version", "1.0"), "Expected a version of three numbers such as 1.2.0, got '1.0'."),
    ],
)
@pytest.mark.parametrize("command", ["convert", "pack"])
def test_a_name_or_version_that_no_card_may_have_is_one_line(
    tmp_path, capsys, command, words, reason
):
    (tmp_path / "labels.txt").write_text("a\nb\n")
    more = () if command == "convert" else ("--labels", tmp_path / "labels.txt")
    out = tmp_path / "new" / "x.satchel"
    assert run_satchel(command, tmp_path / "x.onnx", "--out", out, *more, *words) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"satchel {command}: {reason}")
    assert not out.parent.exists()


@pytest.mark.parametrize(
    ("command", "words", "missing"),
    [
        ("convert", ("own.keras",), "--out, --labels, --evaluation"),
        ("convert", ("own.keras", "--labels", "x"), "--out, --evaluation"),
        ("convert", (), "MODEL, --out"),
        ("explain", ("own.h5",), "--labels, --evaluation"),
        ("explain", ("x.satchel",), "--samples"),
    ],
)
def test_all_missing_arguments_are_named_at_once(capsys, command, words, missing):
    assert run_satchel(command, *words) == 2
    assert capsys.readouterr().err == (
        f"satchel {command}: the following arguments are required: {missing}"
        f" (see satchel {command} --help)\n"
    )


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({}, "Expected labels and evaluation for 'sequential.*keras'"),
        ({"labels": LABELS}, "Expected evaluation for"),
        ({"schemes": ["int4"]}, "Expected schemes from float32, .*, got 'int4'"),
        ({"formats": ["coreml"]}, "Expected formats from tflite, onnx, got 'coreml'"),
        ({"goal": "best"}, "Expected a goal from smallest, fastest, got 'best'"),
        ({"name": "-"}, "Expected a name of"),
    ],
)
def test_what_is_wrong_with_a_model_in_memory_is_said_before_anything_runs(images, wrong, reason):
    with pytest.raises((ModelFolderError, ConversionError), match=reason):
        convert(images.model, **wrong)


def test_labels_in_a_list_that_do_not_fit_the_outputs_are_refused(images, own):
    with pytest.raises(ModelFolderError, match=r"Expected 3 labels for the 3 outputs of .*, got 2"):
        convert(images.model, **{**own, "labels": ["left", "left"]})


def test_an_object_that_keras_does_not_save_is_refused(own):
    import keras

    class Odd:
        name = "odd"
        save = keras.Model.save

    with pytest.raises(ConversionError, match="Expected a model that Keras can save: "):
        convert(Odd(), **own)


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"workers": 0}, "Expected 1 to 256 workers, got 0"),
        ({"workers": 2, "ray": "host:1"}, "Expected workers or ray, got both"),
        ({"ray": "nowhere"}, "Expected HOST:PORT of a Ray cluster, got 'nowhere'"),
        ({"limits": Limits(psnr_db=20)}, "Expected no limit psnr_db for image-classification"),
    ],
)
def test_what_does_not_go_together_is_refused(bands, images, wrong, reason):
    with pytest.raises(ConversionError, match=reason):
        verify(bands.bundle, samples=images.path, **wrong)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: Limits(int8_agreement=98), "Expected int8_agreement from 0 to 1, got 98"),
        (lambda: Limits(psnr_db=101), "Expected psnr_db from 0 to 100, got 101"),
        (lambda: ImageSettings(mean=(1.0, 2.0)), "Expected one number, or three, as mean"),
        (lambda: ImageSettings(std=(0.0,)), "Expected numbers other than 0 as std"),
        (lambda: ImageSettings(size=(0, 8)), r"Expected a size of 1 to [\d,]+ pixels"),
    ],
)
def test_settings_out_of_range_are_refused_where_they_are_made(make, reason):
    with pytest.raises((ModelFolderError, ConversionError), match=reason):
        make()


def test_a_bundle_to_explain_needs_its_model_folder(bands):
    with pytest.raises(ModelFolderError, match="Expected samples with a bundle"):
        explain(bands.bundle)


def test_a_script_without_the_guard_is_told_what_it_lacks(images, tmp_path):
    script = tmp_path / "unguarded.py"
    script.write_text(f"from satchel_convert import convert\nconvert({str(images.path)!r})\n")
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert 'if __name__ == "__main__":' in done.stderr.splitlines()[-1]


def test_importing_the_package_and_a_command_imports_nothing_heavy():
    commands = ("compare", "convert", "explain", "pack", "verify")
    program = (
        "import argparse, importlib, sys, satchel_convert\n"
        f"for name in {commands!r}:\n"
        "    module = importlib.import_module(f'satchel_convert.commands.{name}')\n"
        "    module.add_arguments(argparse.ArgumentParser())\n"
        f"print(*({HEAVY!r} & sys.modules.keys()))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []


def test_the_face_offers_what_it_tells_type_checkers():
    tree = ast.parse(Path(satchel_convert.__file__).read_text(encoding="utf-8"))
    (block,) = [node for node in tree.body if isinstance(node, ast.If)]
    homes = {alias.asname: node.module for node in block.body for alias in node.names}
    assert homes.keys() == set(dir(satchel_convert)) == set(satchel_convert.__all__)
    for name, home in homes.items():
        assert getattr(satchel_convert, name) is getattr(importlib.import_module(home), name)
    # Importing a module of that name would hide the function.
    assert not [name for name in homes if (PACKAGE / name).exists()]
    assert not [name for name in homes if (PACKAGE / f"{name}.py").exists()]


ALLOWED = {
    "satchel_convert": None,
    "satchel_convert.commands": None,
    "satchel_convert.isolation": {"DEADLINE_S"},
    "satchel_convert.model_kinds": {"REQUIRED", "kind_of"},
    "satchel_convert.pipeline.verifying": {"page_beside"},
    "satchel_convert.progress": None,
    "satchel_convert.settings": None,
    "satchel_convert.schemes": {"FORMATS", "SCHEMES", "USUAL"},
    "satchel_convert.verification.limits": {"LabelLimits", "ImageLimits"},
    "satchel_convert.reporting.terminal": {"show"},
    "satchel_convert.reporting.comparison": {"print_table"},
    "satchel_convert.explanation.table": {"show"},
}
"""What a command may use: the face, defaults for its help, and what prints"""


@pytest.mark.parametrize(
    "path", sorted((PACKAGE / "commands").glob("*.py")), ids=lambda at: at.name
)
def test_a_command_uses_the_face_defaults_and_what_prints_alone(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    used = [
        (node.module, alias.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module.startswith("satchel_convert")
        for alias in node.names
    ]
    for module, name in used:
        home = re.sub(r"(satchel_convert\.commands)\..*", r"\1", module)
        assert home in ALLOWED, module
        assert ALLOWED[home] is None or name in ALLOWED[home], (module, name)


@pytest.mark.parametrize(
    "path", sorted((PACKAGE / "commands").glob("*.py")), ids=lambda at: at.name
)
def test_a_command_raises_nothing_but_what_argparse_expects(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    raised = {
        ast.unparse(node.exc.func)
        for node in ast.walk(tree)
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call)
    }
    assert raised <= {"argparse.ArgumentTypeError"}
