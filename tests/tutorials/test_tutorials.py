"""Every tutorial, run as a reader runs it."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RUNNER = ROOT / "docs" / "make_site" / "tutorial.py"
TUTORIALS = sorted((ROOT / "docs" / "tutorials").glob("[0-9]*.md"))


@pytest.mark.parametrize("page", TUTORIALS, ids=lambda page: page.stem)
def test_a_tutorial_prints_what_its_page_shows(page):
    words = [sys.executable, RUNNER, page, "--check"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr[-2000:]


def test_a_page_that_shows_other_words_is_found(tmp_path):
    page = tmp_path / "page.md"
    page.write_text('```python\nprint("three", 3)\n```\n\n```output\nfour 4\n```\n')
    words = [sys.executable, RUNNER, page]
    checked = subprocess.run([*words, "--check"], capture_output=True, text=True)
    assert checked.returncode == 1
    assert "got ['three #']" in checked.stdout
    assert subprocess.run(words, check=False).returncode == 0
    assert "```output\nthree 3\n```" in page.read_text()
    assert subprocess.run([*words, "--check"], check=False).returncode == 0


def test_a_command_that_fails_is_said(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("```sh\nls no_such_file\n```\n")
    done = subprocess.run([sys.executable, RUNNER, page], capture_output=True, text=True)
    assert done.returncode == 1
    assert "no_such_file" in done.stderr
