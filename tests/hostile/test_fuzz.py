"""A few seconds of what benchmarks for hours: docs/reliability.md says what the long run found."""

import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from hostile import fuzz

TESTS = Path(__file__).parents[1]
ONCE_WRONG = {
    "strings": [(7, number) for number in (28, 358, 371, 568, 597, 625, 747, 835, 935)],
}
"""Seed and number of cases that failed once: delimiters of pages in their refusals. Names of pages,
which failed too, are among the cards of card_files."""


def test_a_short_run_finds_nothing():
    words = ["--bundles", "1000", "--images", "400", "--strings", "400", "--seed", "1"]
    done = subprocess.run(
        [sys.executable, "-m", "hostile.fuzz", *words],
        cwd=TESTS,
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    rows = [line for line in done.stdout.splitlines() if line.endswith("| 0 |")]
    assert len(rows) == len(fuzz.CASES)
    # Damage that were always refused at the first byte would prove nothing.
    assert all("answered" in row and "Error" in row for row in rows)


@pytest.mark.parametrize(
    ("kind", "seed", "number"),
    [(kind, *case) for kind, cases in ONCE_WRONG.items() for case in cases],
)
def test_what_was_wrong_once_is_not_wrong_again(kind, seed, number, tmp_path, capsys):
    assert fuzz.run_cases(kind, range(number, number + 1), seed, tmp_path / "any.satchel")
    assert capsys.readouterr().out.endswith("| 0 |\n")


def test_what_is_wrong_is_said_with_its_number(tmp_path, capsys, monkeypatch):
    def wrong(chance: Random, place: Path):
        raise KeyError(chance.randrange(10))

    monkeypatch.setitem(fuzz.CASES, "bundles", wrong)
    assert not fuzz.run_cases("bundles", range(3), 7, tmp_path / "any.satchel")
    out = capsys.readouterr().out
    assert out.startswith("| bundles | 3 |")
    assert "bundles 2: KeyError: " in out
