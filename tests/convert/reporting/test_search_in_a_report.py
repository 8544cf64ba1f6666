import json

import pytest
from jsonschema import Draft202012Validator

from helpers.reports import make_finding
from satchel_convert.conversion.search import SearchResult, Step
from satchel_convert.reporting.page import to_html
from satchel_convert.reporting.pareto import points_of
from satchel_convert.reporting.report import add_search, make_report, without_latency
from satchel_convert.reporting.report_json import schema, to_json
from satchel_convert.reporting.terminal import print_table
from satchel_convert.verification.verify import Verification

BACKENDS = {"full_int8.tflite": "by tensorflow, squared error 1e-06 (ai_edge_quantizer 2e-06)"}

TASK = "image-classification"


@pytest.fixture
def report():
    """Of a search in which the smallest of three models was taken, and one lost too much."""
    lossy = make_finding("weight_int4.tflite", size_bytes=60_000, failures=("too lossy",))
    small = make_finding("full_int8.tflite", size_bytes=110_000)
    large = make_finding("float32.tflite", size_bytes=400_000)
    verification = Verification(TASK, 100, 0.98, [small])
    outcomes = ("not within the limits", "taken", "not needed")
    path = list(map(Step, (lossy, small, large), outcomes))
    result = SearchResult("smallest", 100, path, verification)
    return add_search(make_report("digits", verification, backends=BACKENDS), result, BACKENDS)


def test_the_terminal_shows_every_model_that_was_looked_at_and_why(report, capsys):
    print_table(report)
    printed = capsys.readouterr().out
    assert "The smallest of each format, chosen on 100 samples and confirmed on others" in printed
    for file, outcome in (
        ("weight_int4.tflite", "not within the limits"),
        ("full_int8.tflite", "taken"),
        ("float32.tflite", "not needed"),
    ):
        assert any(line.split()[:1] == [file] and outcome in line for line in printed.splitlines())
    assert f"full_int8.tflite {BACKENDS['full_int8.tflite']}" in printed


def test_the_page_draws_every_model_that_was_looked_at(report):
    names = [point.name for point in points_of(report)]
    assert names == ["weight_int4.tflite", "full_int8.tflite", "float32.tflite"]
    page = to_html(report).decode()
    assert "How they were found" in page
    assert "not within the limits" in page
    assert BACKENDS["full_int8.tflite"] in page


def test_the_json_of_a_search_is_valid_and_has_its_path(report):
    for each in (report, without_latency(report), replace_rows(report)):
        content = json.loads(to_json(each))
        Draft202012Validator(schema()).validate(content)
        assert [row["outcome"] for row in content["search"]["path"]][1] == "taken"


def test_a_bundle_holds_no_latency_of_what_was_looked_at(report):
    kept = without_latency(report)
    assert all(each.row.latency_ms is None for each in kept.search.path)


def replace_rows(report):
    """Return the report of a search that found nothing."""
    return report._replace(rows=[])
