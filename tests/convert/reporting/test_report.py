import base64
import json
import re
from urllib.parse import unquote

import numpy as np
import pytest

from helpers.reports import make_finding
from satchel.bundle import LabelOutput
from satchel.preprocessing.images import decode
from satchel_convert.conversion.convert import MatrixEntry
from satchel_convert.reporting.page import to_html
from satchel_convert.reporting.report import STRIP_SIDE, make_report, without_latency
from satchel_convert.reporting.report_json import to_json
from satchel_convert.reporting.terminal import print_table
from satchel_convert.verification.paired_test import run_paired_test
from satchel_convert.verification.sample_statistics import label_statistics
from satchel_convert.verification.verify import FLOAT_MODEL, Example, Verification

NASTY = 'no <b>kernel</b> for "X" & [bold]Y[/bold]'

TASK = "image-classification"


@pytest.fixture
def report():
    findings = [
        make_finding("full_int8.tflite", failures=("agreement 98.50% is below 99.00%",)),
        make_finding("float32.tflite", sqnr_db=None),
    ]
    failed = [MatrixEntry("onnx", "float16", None, NASTY)]
    return make_report("bands", Verification(TASK, 200, 0.99, findings), failed=failed)


@pytest.fixture
def passing():
    findings = [make_finding("full_int8.tflite"), make_finding("float32.onnx")]
    return make_report("bands", Verification(TASK, 200, 0.99, findings))


def test_a_conversion_that_failed_is_a_row_with_its_reason(report):
    assert [row.file for row in report.rows] == [
        "full_int8.tflite",
        "float32.tflite",
        "float16.onnx",
    ]
    row = report.rows[-1]
    assert (row.failures, row.verified, row.latency_ms) == ((NASTY,), None, None)


def test_a_report_passes_where_no_row_failed(report, passing):
    assert passing.passed
    assert not report.passed


def test_the_json_says_passed_and_every_row(report, passing):
    content = json.loads(to_json(report))
    assert content["passed"] is False
    assert (content["name"], content["samples"], content["reference_accuracy"]) == (
        "bands",
        200,
        0.99,
    )
    first, second, third = content["rows"]
    assert first["verified"]["agreement"] == 0.985
    assert first["failures"] == ["agreement 98.50% is below 99.00%"]
    assert (second["verified"]["sqnr_db"], second["failures"]) == (None, [])
    assert (third["verified"], third["failures"]) == (None, [NASTY])
    assert json.loads(to_json(passing))["passed"] is True


def test_the_page_loads_nothing(report):
    page = to_html(report).decode()
    assert page.startswith("<!DOCTYPE html>")
    for tag in ("<script", "<link", "<iframe", "<object", "<embed", "@import"):
        assert tag not in page.lower()
    targets = re.findall(r"""\b(?:src|href)\s*=\s*"([^"]*)""", page)
    assert targets
    assert all(target.startswith("data:image/") for target in targets)
    for plot in map(unquote, targets):
        # Links within a plot begin with a hash; names of XML vocabularies load nothing.
        inner = re.findall(r"""\bhref\s*=\s*"([^"]*)""", plot)
        inner += re.findall(r"url\(([^)]*)\)", plot)
        assert inner
        assert all(target.startswith("#") for target in inner)


def test_the_page_names_every_file_and_escapes_every_failure(report):
    page = to_html(report).decode()
    for row in report.rows:
        assert f"<td>{row.file}</td>" in page
    assert "<b>" not in page
    assert "no &lt;b&gt;kernel&lt;/b&gt; for" in page
    assert "&amp; [bold]Y[/bold]" in page
    assert "agreement 98.50% is below 99.00%" in page
    assert "2 of 3 models failed." in page


def test_the_page_says_that_all_models_passed(passing):
    page = to_html(passing).decode()
    assert "All 2 models are within their limits." in page
    assert "98.76%" in page
    assert "bands: 200 samples, float model 99.00% accurate" in page


def test_the_page_has_a_plot_of_sizes_and_one_of_latencies_where_they_are_known(passing):
    pages = [to_html(each).decode() for each in (passing, without_latency(passing))]
    assert [page.count('class="plot"') for page in pages] == [2, 1]
    assert "Milliseconds of one inference: full_int8.tflite 1.25, float32.onnx 1.25." in pages[0]


@pytest.mark.parametrize("write", [to_html, to_json])
def test_the_same_report_gives_the_same_bytes(write, report):
    assert write(report) == write(report)


def test_without_latency_nothing_measured_in_seconds_is_left(passing):
    kept = without_latency(passing)
    assert "1.250" in to_html(passing).decode()
    assert "<td>1.250</td>" not in to_html(kept).decode()
    assert [row["latency_ms"] for row in json.loads(to_json(kept))["rows"]] == [None, None]
    assert [row.verified for row in kept.rows] == [row.verified for row in passing.rows]


@pytest.mark.parametrize("columns", ["20", "80", "200"])
def test_the_table_cuts_no_figure_on_any_terminal(columns, report, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", columns)
    print_table(report)
    assert "\u2026" not in capsys.readouterr().out


def test_the_table_has_a_line_a_model_and_the_reasons_below(report, capsys):
    print_table(report)
    printed = capsys.readouterr().out
    lines = printed.splitlines()
    (shown,) = [line for line in lines if "float32.tflite" in line]
    for cell in ("98.76%", "+0.25", "-0.40 +1.10", "98.50%", "0.032", "1,235", "passed"):
        assert cell in shown
    assert "full_int8.tflite failed: agreement 98.50% is below 99.00%" in lines
    assert f"float16.onnx failed: {NASTY}" in lines


def test_a_large_image_is_made_small_for_the_page_and_a_small_one_is_left():
    images = np.zeros((1, 2 * STRIP_SIDE, STRIP_SIDE, 3), np.uint8)
    small = images[:, :STRIP_SIDE]
    for given, height, width in (
        (images, STRIP_SIDE, STRIP_SIDE // 2),
        (small, *small.shape[1:3]),
    ):
        verification = Verification("style-transfer", 1, None, [], [Example(FLOAT_MODEL, given)])
        [strip] = make_report("faces", verification).strips
        [url] = strip.images
        content = base64.b64decode(url.removeprefix("data:image/png;base64,"))
        assert decode(content).shape == (height, width, 3)


@pytest.fixture
def undecided():
    """A report of a model that loses 40 of 400 samples, all of one label, and gains as many."""
    truth = np.repeat([0, 1, 2], [200, 200, 600])
    reference, scores = np.full((1000, 3), 0.25, np.float32), np.full((1000, 3), 0.25, np.float32)
    reference[np.arange(1000), truth] = scores[np.arange(1000), truth] = 0.5
    scores[:40] = [0.1, 0.2, 0.7]
    reference[500:539] = [0.6, 0.2, 0.2]
    output = LabelOutput(("no", "<b>yes", "maybe"))
    statistics_by_model = (
        label_statistics(scores, reference, output),
        label_statistics(reference, reference, output),
    )
    paired_test = run_paired_test(*statistics_by_model, truth, output=output, margin=0.01)
    findings = [
        make_finding("full_int8.tflite", paired_test=paired_test),
        make_finding("float32.tflite"),
    ]
    return make_report("bands", Verification(TASK, 1000, 0.961, findings))


def test_a_model_that_the_samples_do_not_decide_on_is_said_to_be_undecided(undecided, capsys):
    print_table(undecided)
    printed = capsys.readouterr().out
    assert "full_int8.tflite undecided: " in printed
    assert "8 times of 10 (margin 1 pp)" in printed
    assert undecided.passed
    page = to_html(undecided).decode()
    assert " more samples like these would decide it" in page
    assert "All 2 models are within their limits" not in page
    assert "1 of 2 models is undecided" in page


def test_a_label_that_loses_more_than_chance_explains_is_named(undecided, capsys):
    print_table(undecided)
    line = "no: 40 of 200 lost, 0 gained"
    assert f"full_int8.tflite {line}" in capsys.readouterr().out
    assert line in to_html(undecided).decode()
    (row, _) = json.loads(to_json(undecided))["rows"]
    (drop,) = row["evidence"]["class_drops"]
    assert (drop["label"], drop["lost"], drop["samples"]) == ("no", 40, 200)
    assert drop["probability"] == pytest.approx(3 * 2.0**-40)


def test_the_json_says_what_the_samples_prove(undecided):
    (row, other) = json.loads(to_json(undecided))["rows"]
    found = row["evidence"]
    assert (found["decision"], found["lost"], found["gained"]) == ("undecided", 40, 39)
    assert found["samples_needed"] > 1000
    lower, upper = found["agreement_ci95"]
    assert lower < 0.921 < upper
    assert other["evidence"] is None
