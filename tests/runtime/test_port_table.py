"""The table of ``docs/conformance.md`` counts what ran."""

from pathlib import Path

import pytest

from conformance import port_table
from conformance.port_table import (
    BEGIN,
    END,
    PAGE_PATH,
    PYTHON_TESTS,
    cases,
    lines_passed,
    python_lists,
    python_passed,
    typescript_lists,
    with_table,
)

CONTRACT = Path(__file__).parents[2] / "apps/web/tests/contract"


def test_every_list_of_cases_has_a_test_in_python_that_is_found():
    lists = python_lists(PYTHON_TESTS.read_text(encoding="utf-8"))
    assert {*lists.values(), *port_table._MORE_LISTS.values()} == set(cases())


def test_every_list_but_decoding_and_scores_has_tests_in_typescript_that_are_found():
    found = {
        name
        for path in CONTRACT.glob("*.test.ts")
        for name in typescript_lists(path.read_text(encoding="utf-8")).values()
    }
    left = {("pictures", "pictures"), ("pictures", "budgets"), ("scores", "cases")}
    assert found == set(cases()) - left


def test_a_failed_test_counts_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(port_table, "REPORTS", tmp_path)
    name = "test_pixels_become_a_tensor"
    (tmp_path / "python.xml").write_text(f'<a><testcase name="{name}"/></a>')
    assert python_passed()["pictures", "tensors"] == cases()["pictures", "tensors"]
    (tmp_path / "python.xml").write_text(f'<a><testcase name="{name}"><failure/></testcase></a>')
    assert python_passed()["pictures", "tensors"] == 0


def test_a_case_counts_once_and_a_port_that_did_not_run_has_none(tmp_path, monkeypatch):
    monkeypatch.setattr(port_table, "REPORTS", tmp_path)
    (tmp_path / "swift").write_text("texts longer 0\ntexts longer 0\ntexts longer 1\n")
    assert lines_passed("swift")["texts", "longer"] == 2
    assert not lines_passed("kotlin")


def test_the_page_has_the_table_between_its_marks():
    page = PAGE_PATH.read_text(encoding="utf-8")
    changed = with_table(page, "| new |")
    assert changed.startswith(page[: page.index(BEGIN)])
    assert changed.endswith(page[page.index(END) :])
    with pytest.raises(ValueError, match="substring not found"):
        with_table("no marks", "")
