"""A report shows every label of a multi-label model: on the terminal, the page and in JSON."""

import json

import numpy as np
import pytest
from jsonschema import Draft202012Validator

from helpers.reports import make_finding
from satchel.bundle import LabelOutput
from satchel_convert.reporting.label_tables import label_tables, same_labels
from satchel_convert.reporting.page import to_html
from satchel_convert.reporting.report import make_report
from satchel_convert.reporting.report_json import schema, to_json
from satchel_convert.reporting.terminal import print_table
from satchel_convert.verification.answers import sets_of_labels
from satchel_convert.verification.paired_test import run_paired_test
from satchel_convert.verification.sample_statistics import label_statistics
from satchel_convert.verification.verify import Verification

OUTPUT = LabelOutput(("in[bold]door", "<b>night"), "sigmoid", multi_label=True)


@pytest.fixture(scope="module")
def report():
    """Of a float model that finds "indoor" in 40 of 50 samples; int8 finds five fewer of them."""
    truth = sets_of_labels([[0]] * 50 + [[]] * 50)
    expected = np.full((100, 2), 0.1, np.float32)
    expected[:40, 0] = 0.9
    changed = expected.copy()
    changed[:5, 0] = 0.1
    reference = label_statistics(expected, expected, OUTPUT)
    findings = []
    for file, scores in (("float32.tflite", expected), ("full_int8.tflite", changed)):
        found = label_statistics(scores, expected, OUTPUT)
        test = run_paired_test(found, reference, truth, output=OUTPUT, margin=0.01)
        findings.append(make_finding(file, paired_test=test))
    return make_report("bands", Verification("image-classification", 100, 0.9, findings))


def test_the_float_model_and_every_model_that_chooses_otherwise_have_a_table(report):
    first, second = label_tables(report)
    assert first.title == "labels of the float model"
    assert first.rows[0] == [OUTPUT.labels[0], "50", "40", "100.00%", "80.00%", "88.89%"]
    assert first.rows[1] == [OUTPUT.labels[1], "0", "0", "-", "-", "-"]
    assert second.title == "labels of full_int8.tflite"
    assert second.rows[0][3:] == ["100.00%", "70.00%", "82.35%", "5", "0"]
    assert same_labels(report) == (
        "float32.tflite chooses the float model's labels for every sample."
    )


def test_terminal_and_page_show_every_label_as_it_is_written(report, capsys):
    print_table(report)
    printed = capsys.readouterr().out
    assert len([line for line in printed.splitlines() if "in[bold]door  " in line]) == 2
    assert "82.35%" in printed
    assert same_labels(report) in printed
    page = to_html(report).decode()
    assert "<td>in[bold]door</td><td>50</td><td>35</td><td>100.00%</td>" in page
    assert "&lt;b&gt;night" in page
    assert "<b>" not in page


def test_the_json_has_every_label_of_every_model(report):
    content = json.loads(to_json(report))
    Draft202012Validator(schema()).validate(content)
    same, changed = (row["evidence"]["labels"] for row in content["rows"])
    assert [each["label"] for each in changed] == list(OUTPUT.labels)
    assert same[0]["found"] == same[0]["reference"] == changed[0]["reference"]
    assert changed[0]["found"] == {
        "chosen": 35,
        "right": 35,
        "precision": 1,
        "recall": 0.7,
        "f1": 70 / 85,
    }
    assert (changed[0]["samples"], changed[0]["lost"], changed[0]["gained"]) == (50, 5, 0)
    assert changed[1]["found"]["precision"] is None
