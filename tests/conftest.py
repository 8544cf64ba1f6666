"""Which tests share a worker where pytest-xdist runs several: those that share what they make."""

from pathlib import Path

import pytest

TESTS = Path(__file__).parent
TOGETHER = ("convert/explanation", "convert/finished_models", "convert/reporting")
"""Folders whose session fixtures take longer than their tests"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        item.add_marker(pytest.mark.xdist_group(_group(item)))


def _group(item: pytest.Item) -> str:
    folder = item.path.parent.relative_to(TESTS).as_posix()
    if isinstance(item, pytest.Function) and folder == "pipeline" and hasattr(item, "callspec"):
        recipe = item.callspec.params.get("recipe")
        if recipe is not None:
            # Trained and converted once for all that ask for it.
            return f"{folder} {recipe}"
    return folder if folder in TOGETHER else f"{folder}/{item.path.name}"
