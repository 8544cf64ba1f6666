"""The report in a bundle, taken out to be read."""

import json
import webbrowser
from pathlib import Path

import pytest

from helpers.commands import run_satchel
from satchel.bundle import CARD_NAME, check_entries, open_bundle, pack, unpack
from satchel.errors import BundleError
from satchel_convert import save_report

DIGITS = Path(__file__).parents[3] / "tests" / "golden" / "digits.satchel"


def without_report():
    entries = unpack(DIGITS.read_bytes())
    card = json.loads(entries[CARD_NAME])
    del entries["report.html"], card["files"]["report.html"]
    return check_entries(unpack(pack({**entries, CARD_NAME: json.dumps(card).encode()})))


def test_the_command_writes_the_page_beside_the_bundle_and_says_where(tmp_path, capsys):
    bundle = tmp_path / "digits.satchel"
    bundle.write_bytes(DIGITS.read_bytes())
    assert run_satchel("report", bundle) == 0
    page = tmp_path / "digits.report.html"
    assert capsys.readouterr().err == f"report: {page}\n"
    assert page.read_bytes() == open_bundle(bundle).files["report.html"]


def test_the_page_is_opened_only_if_asked_for(tmp_path, capsys, monkeypatch):
    opened = []
    monkeypatch.setattr(webbrowser, "open", lambda place: opened.append(place) or False)
    page = tmp_path / "page.html"
    assert run_satchel("report", DIGITS, "--out", page) == 0
    assert opened == []
    assert run_satchel("report", DIGITS, "--out", page, "--open") == 0
    assert opened == [page.as_uri()]
    assert "no browser was found here" in capsys.readouterr().err


def test_a_bundle_without_a_report_is_refused_with_what_to_do(tmp_path):
    with pytest.raises(BundleError, match=r"got 'digits_mlp' without report\.html: satchel verify"):
        save_report(without_report(), tmp_path / "page.html")
    assert not (tmp_path / "page.html").exists()
