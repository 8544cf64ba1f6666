"""Every limit has a name, and an application can change it."""

import re
from pathlib import Path

import pytest

from satchel import limits

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "runtime" / "satchel").rglob("*.py"))
NAMES = [name for name in vars(limits) if name.isupper()]


@pytest.mark.parametrize("name", NAMES)
def test_a_limit_is_used_and_documented(name):
    assert any(f"limits.{name}" in path.read_text(encoding="utf-8") for path in SOURCES)
    assert f"`{name}`" in (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")


def test_a_limit_is_read_when_it_is_used_and_never_copied_on_import():
    for path in SOURCES:
        source = path.read_text(encoding="utf-8")
        assert "from satchel.limits import" not in source, path
        assert not re.search(r"^[A-Z_]+ = .*\blimits\.", source, re.MULTILINE), path
        assert not re.search(r"def .*=\s*limits\.", source), path
