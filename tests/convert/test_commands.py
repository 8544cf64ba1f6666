import json
import re

import numpy as np
import pytest

from helpers.commands import run_satchel
from satchel.bundle.reading import open_bundle
from satchel.preprocessing.images import decode
from satchel_convert.schemes import FORMATS, USUAL

MATRIX = {f"{scheme}.{format_}" for scheme in USUAL for format_ in FORMATS}
ONE_ONNX = ("--formats", "onnx", "--schemes", "float32")


def one_line(text):
    """Return the only line of ``text``."""
    (line,) = text.splitlines()
    return line


@pytest.fixture(scope="module")
def text_run(texts, tmp_path_factory):
    """Return the exit code, the bundle's path and the capture of one conversion of the texts."""
    out = tmp_path_factory.mktemp("bundles") / "opinions.satchel"
    with pytest.MonkeyPatch.context() as patch:
        # Rich asks these where it prints to no terminal.
        patch.delenv("FORCE_COLOR", raising=False)
        patch.setenv("COLUMNS", "110")
        return run_satchel("convert", texts.path, "--out", out), out


@pytest.fixture
def earlier(tmp_path):
    """A file from before, under the name to write."""
    path = tmp_path / "x.satchel"
    path.write_bytes(b"from before")
    return path


def test_convert_packs_every_model_and_exits_0(text_run):
    code, out = text_run
    assert code == 0
    bundle = open_bundle(out)
    assert {model.file for model in bundle.card.models} == MATRIX
    assert {"vocabulary.txt", "report.json", "report.html"} <= set(bundle.files)
    assert json.loads(bundle.files["report.json"])["passed"] is True
    assert [each.name for each in out.parent.iterdir()] == [out.name]


def test_the_bundle_that_convert_wrote_passes_its_selftest(text_run, capsys):
    assert run_satchel("selftest", text_run[1]) == 0
    assert capsys.readouterr().out.count("passed") == 8


def test_convert_prints_a_table_and_where_the_bundle_is(images, tmp_path, capsys):
    out = tmp_path / "bands.satchel"
    assert run_satchel("convert", images.path, "--out", out, *ONE_ONNX) == 0
    captured = capsys.readouterr()
    assert "bands: 24 samples, float model 91.67% accurate" in captured.out
    (row,) = [line for line in captured.out.splitlines() if "float32.onnx" in line]
    assert "passed" in row
    line = one_line(captured.err)
    assert line.startswith(f"{out}: 1 of 1 models, {out.stat().st_size:,} bytes")


def test_models_off_limits_exit_1_and_are_not_in_the_bundle(images, conversions, tmp_path, capsys):
    out = tmp_path / "bands.satchel"
    words = ("--schemes", "float16,full_int8", "--float16-difference", "0", "--json")
    assert run_satchel("convert", images.path, "--out", out, *words) == 1
    captured = capsys.readouterr()
    report = json.loads(captured.out)
    assert report["passed"] is False
    failures = {row["file"]: row["failures"] for row in report["rows"]}
    assert failures.keys() == {
        "float16.tflite",
        "float16.onnx",
        "full_int8.tflite",
        "full_int8.onnx",
    }
    assert failures["full_int8.tflite"] == failures["full_int8.onnx"] == []
    assert re.fullmatch(r"probabilities differ by .*, more than 0", failures["float16.onnx"][0])
    assert ": 2 of 4 models, " in one_line(captured.err)
    bundle = open_bundle(out)
    assert {model.file for model in bundle.card.models} == {"full_int8.tflite", "full_int8.onnx"}
    assert not [name for name in bundle.files if "float16" in name]
    # Latency belongs to this machine: it is printed, and not packed.
    assert all(row["latency_ms"] > 0 for row in report["rows"])
    packed = json.loads(bundle.files["report.json"])
    assert {row["latency_ms"] for row in packed["rows"]} == {None}
    # The same folder gives the same bytes in another run.
    by_file = {each.file: each.model[0] for each in conversions.models}
    for model in bundle.card.models:
        assert bundle.files[model.file] == by_file[model.file], model.file


def test_where_no_model_is_within_the_limits_the_earlier_file_stays(images, earlier, capsys):
    words = (*ONE_ONNX, "--float32-difference", "0")
    assert run_satchel("convert", images.path, "--out", earlier, *words) == 1
    captured = capsys.readouterr()
    assert one_line(captured.err) == f"{earlier}: not written, no model passed"
    assert "more than 0" in captured.out
    assert earlier.read_bytes() == b"from before"


def test_a_failed_conversion_is_a_row_and_exits_1(needs_select_ops, tmp_path, capsys):
    out = tmp_path / "x.satchel"
    words = ("--schemes", "float32", "--json")
    assert run_satchel("convert", needs_select_ops, "--out", out, *words) == 1
    rows = {row["file"]: row for row in json.loads(capsys.readouterr().out)["rows"]}
    assert "MatrixDeterminant" in rows["float32.tflite"]["failures"][0]
    assert rows["float32.onnx"]["failures"] == []
    assert [model.file for model in open_bundle(out).card.models] == ["float32.onnx"]


def test_the_smallest_of_all_schemes_is_packed_one_of_each_format(
    texts, tmp_path, capsys, monkeypatch
):
    monkeypatch.setenv("COLUMNS", "110")
    out = tmp_path / "opinions.satchel"
    words = ("--out", out, "--smallest", "--max-drop", "5", "--schemes", "float32,full_int8")
    assert run_satchel("convert", texts.path, *words) == 0
    captured = capsys.readouterr()
    assert "The smallest of each format, chosen on 10 samples and confirmed on" in captured.out
    assert captured.out.count("taken") == 2
    # Ten samples decide on no int8 model, and a float32 one needs no more of them.
    assert "undecided" in captured.out
    assert ": 2 of 2 models, " in one_line(captured.err)
    bundle = open_bundle(out)
    assert sorted(model.format for model in bundle.card.models) == ["onnx", "tflite"]
    # What was measured on the samples that were kept back is what the card says.
    assert {model.verified.samples for model in bundle.card.models} == {10}
    assert run_satchel("selftest", out) == 0
    assert capsys.readouterr().out.count("passed") == 2


def test_one_sample_is_too_few_to_choose_and_to_confirm(image_copy, earlier, capsys):
    lines = image_copy / "samples" / "evaluation.jsonl"
    lines.write_text(lines.read_text().splitlines()[0] + "\n")
    assert run_satchel("convert", image_copy, "--out", earlier, "--fastest") == 2
    assert one_line(capsys.readouterr().err) == (
        "satchel convert: Expected at least 2 evaluation samples for --fastest, one to choose a"
        " model and one to confirm it, got 1: add samples, or leave --fastest out."
    )
    assert earlier.read_bytes() == b"from before"


def test_no_such_model_folder_is_one_line_and_exits_2(tmp_path, earlier, capsys):
    assert run_satchel("convert", tmp_path / "nowhere", "--out", earlier) == 2
    line = one_line(capsys.readouterr().err)
    assert line.startswith("satchel convert: Expected a model folder with model.keras, got ")
    assert earlier.read_bytes() == b"from before"


def test_a_corrupt_keras_file_is_one_line_and_exits_2(image_copy, earlier, capsys):
    (image_copy / "model.keras").write_bytes(b"not a zip")
    assert run_satchel("convert", image_copy, "--out", earlier, *ONE_ONNX) == 2
    line = one_line(capsys.readouterr().err)
    assert line.startswith("satchel convert: float model: Expected a Keras model in 'model.keras'")
    assert earlier.read_bytes() == b"from before"


def test_missing_calibration_samples_are_one_line_and_exit_2(image_copy, earlier, capsys):
    (image_copy / "samples" / "calibration.jsonl").unlink()
    assert run_satchel("convert", image_copy, "--out", earlier) == 2
    line = one_line(capsys.readouterr().err)
    assert line.startswith("satchel convert: Expected calibration samples for full_int8, got none")
    assert earlier.read_bytes() == b"from before"


def test_an_impossible_deadline_is_one_line_and_exits_2(images, earlier, capsys):
    words = (*ONE_ONNX, "--deadline", "0.001")
    assert run_satchel("convert", images.path, "--out", earlier, *words) == 2
    assert one_line(capsys.readouterr().err) == (
        "satchel convert: float model: took longer than the deadline of 0.001 s"
    )
    assert earlier.read_bytes() == b"from before"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--out", "x.zip"), "expected a file NAME.satchel, got 'x.zip'"),
        (("--out", "{folder}"), "expected a file NAME.satchel, got"),
        (("--out", "x.satchel", "--schemes", "int4"), "got 'int4'"),
        (("--out", "x.satchel", "--schemes", "full_in8"), "(did you mean 'full_int8'?)"),
        (("--out", "x.satchel", "--schemes", "float32,"), "got ''"),
        (("--out", "x.satchel", "--formats", "coreml"), "expected some of tflite,onnx"),
        ((), "the following arguments are required: --out"),
        (("--out", "x.satchel", "--deadline", "nan"), "expected a number above 0, got 'nan'"),
        (("--out", "x.satchel", "--deadline", "-5"), "above 0"),
        (("--out", "x.satchel", "--int8-agreement", "98"), "from 0 to 1, got '98'"),
        (("--out", "x.satchel", "--smallest", "--fastest"), "--fastest: not allowed with argument"),
        (("--out", "x.satchel", "--smallest", "--max-drop", "-1"), "from 0 to 100, got '-1'"),
        (("--out", "x.satchel", "--margin", "much"), "from 0 to 100, got 'much'"),
    ],
)
def test_wrong_words_exit_2_and_are_named_in_one_line(words, message, tmp_path, capsys):
    folder = tmp_path / "folder.satchel"
    folder.mkdir()
    assert run_satchel("convert", tmp_path, *(word.format(folder=folder) for word in words)) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    line = one_line(captured.err)
    assert line.startswith("satchel convert: ")
    assert message in line


def test_an_out_that_cannot_be_written_is_one_line(images, tmp_path, capsys):
    (tmp_path / "file").touch()
    out = tmp_path / "file" / "x.satchel"
    assert run_satchel("convert", images.path, "--out", out, *ONE_ONNX) == 2
    assert one_line(capsys.readouterr().err).startswith("satchel convert: ")


def test_convert_writes_the_page_beside_the_bundle_s_where_it_is_asked_to(texts, tmp_path, capsys):
    out, page = tmp_path / "opinions.satchel", tmp_path / "page.html"
    words = ("--formats", "tflite", "--schemes", "float32", "--report", page)
    assert run_satchel("convert", texts.path, "--out", out, *words) == 0
    written, packed = page.read_text(encoding="utf-8"), open_bundle(out).files["report.html"]
    assert "Milliseconds of one inference" in written
    assert b"Milliseconds of one inference" not in packed
    assert "float32.tflite is " in written
    capsys.readouterr()


def test_a_page_that_cannot_be_written_is_one_line_and_exits_2(texts, earlier, capsys):
    page = earlier / "page.html"
    words = (*ONE_ONNX, "--report", page)
    assert run_satchel("convert", texts.path, "--out", earlier, *words) == 2
    assert one_line(capsys.readouterr().err).startswith("satchel convert: ")
    assert earlier.read_bytes() == b"from before"


def test_no_samples_are_on_the_page_where_they_are_not_to_be(styles, tmp_path, capsys):
    out = tmp_path / "styles.satchel"
    pages = []
    for words in ((), ("--no-samples",)):
        assert run_satchel("convert", styles.path, "--out", out, *ONE_ONNX, *words) == 0
        pages.append(open_bundle(out).files["report.html"])
    assert ["data:image/png" in page.decode() for page in pages] == [True, False]
    page = tmp_path / "page.html"
    words = ("--samples", styles.path, "--report", page, "--no-samples")
    assert run_satchel("verify", out, *words) == 0
    assert "data:image/png" not in page.read_text(encoding="utf-8")
    capsys.readouterr()


def test_verify_passes_the_bundle_and_writes_its_page(text_run, texts, tmp_path, capsys):
    page = tmp_path / "page.html"
    words = ("--samples", texts.path, "--report", page)
    assert run_satchel("verify", text_run[1], *words) == 0
    captured = capsys.readouterr()
    assert all(file in captured.out for file in MATRIX)
    assert one_line(captured.err) == f"report: {page}"
    written = page.read_text(encoding="utf-8")
    assert "No model failed; 6 of 8 models are undecided" in written


def test_verify_exits_1_for_an_impossible_limit_and_names_the_page_after_the_bundle(
    text_run, texts, tmp_path, capsys
):
    bundle = tmp_path / "opinions.satchel"
    bundle.write_bytes(text_run[1].read_bytes())
    words = ("--samples", texts.path, "--float16-difference", "0", "--json")
    assert run_satchel("verify", bundle, *words) == 1
    captured = capsys.readouterr()
    failing = {row["file"] for row in json.loads(captured.out)["rows"] if row["failures"]}
    assert failing == {file for file in MATRIX if "float16" in file}
    page = tmp_path / "opinions.report.html"
    assert one_line(captured.err) == f"report: {page}"
    assert "2 of 8 models failed." in page.read_text(encoding="utf-8")
    assert bundle.read_bytes() == text_run[1].read_bytes()


def test_verify_finds_again_what_convert_found(text_run, texts, tmp_path, capsys):
    words = ("--samples", texts.path, "--report", tmp_path / "page.html", "--json")
    assert run_satchel("verify", text_run[1], *words) == 0
    found = {row["file"]: row["verified"] for row in json.loads(capsys.readouterr().out)["rows"]}
    for model in open_bundle(text_run[1]).card.models:
        # The reference runs in another process, and may add float32 in another order.
        assert found[model.file]["largest_difference"] == pytest.approx(
            model.verified.largest_difference, abs=1e-6
        )
        assert found[model.file]["agreement"] == model.verified.agreement


def test_verify_refuses_another_model_s_folder(text_run, images, capsys):
    assert run_satchel("verify", text_run[1], "--samples", images.path) == 2
    line = one_line(capsys.readouterr().err)
    assert re.match(r"satchel verify: Expected the bundle of .* bands, its name differs", line)
    assert not list(text_run[1].parent.glob("*.html"))


def test_verify_refuses_what_is_no_bundle(texts, tmp_path, capsys):
    (tmp_path / "x.satchel").write_bytes(b"nothing")
    assert run_satchel("verify", tmp_path / "x.satchel", "--samples", texts.path) == 2
    assert one_line(capsys.readouterr().err).startswith(
        "satchel verify: Expected a .satchel bundle"
    )


def test_verify_makes_no_folder_for_a_bundle_that_is_not_there(images, tmp_path, capsys):
    missing = tmp_path / "typo" / "x.satchel"
    assert run_satchel("verify", missing, "--samples", images.path) == 2
    assert "No such file" in one_line(capsys.readouterr().err)
    assert not missing.parent.exists()


def test_a_card_that_does_not_fit_the_model_is_said_so(image_copy, earlier, capsys):
    card = json.loads((image_copy / "card.json").read_text())
    card["input"]["height"] += 1
    (image_copy / "card.json").write_text(json.dumps(card))
    assert run_satchel("convert", image_copy, "--out", earlier, *ONE_ONNX) == 2
    line = one_line(capsys.readouterr().err)
    assert "Expected model.keras to have the input (None, " in line
    assert " of its card, got (None, " in line


def test_a_limit_of_another_task_is_one_line(faces, images, earlier, capsys):
    words = ("--out", earlier, *ONE_ONNX)
    assert run_satchel("convert", faces.path, *words, "--int8-agreement", "0.9") == 2
    assert one_line(capsys.readouterr().err) == (
        "satchel convert: Expected no limit int8_agreement for image-generation, whose limits are"
        " float16_difference, float32_difference, psnr_db."
    )
    assert run_satchel("convert", images.path, *words, "--psnr", "20") == 2
    assert "no limit psnr_db for image-class" in one_line(capsys.readouterr().err)
    assert earlier.read_bytes() == b"from before"


def test_a_generator_is_converted_verified_and_run_by_the_commands(faces, tmp_path, capsys):
    out = tmp_path / "faces.satchel"
    words = ("--formats", "onnx", "--schemes", "float32,full_int8", "--psnr", "90")
    assert run_satchel("convert", faces.path, "--out", out, *words) == 1
    captured = capsys.readouterr()
    assert captured.out.splitlines()[0].rstrip() == "faces: 8 samples"
    assert "of the worst image is below 90" in captured.out
    assert one_line(captured.err).endswith(
        f"(next: satchel run {out} INPUT --out DIR; its report: satchel report {out})"
    )
    assert [model.file for model in open_bundle(out).card.models] == ["float32.onnx"]
    page = tmp_path / "page.html"
    assert run_satchel("verify", out, "--samples", faces.path, "--report", page) == 0
    assert "PSNR" in page.read_text(encoding="utf-8")
    capsys.readouterr()
    assert run_satchel("run", out, "5", "--out", tmp_path / "made") == 0
    assert capsys.readouterr().out == f"5\t{tmp_path / 'made' / 'seed-5.png'}\n"
    found = decode(tmp_path / "made" / "seed-5.png")
    assert np.abs(found.astype(int) - faces.expected[5]).max() <= 1


def test_verify_ends_at_its_deadline(texts, text_run, capsys):
    words = ("--samples", texts.path, "--deadline", "0.001")
    assert run_satchel("verify", text_run[1], *words) == 2
    assert "took longer than the deadline of 0.001 s" in one_line(capsys.readouterr().err)
