"""What holds for every test: a worker, and nothing that the person who runs it has chosen."""

import uuid
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
TOGETHER = ("convert/explanation", "convert/finished_models", "convert/reporting")
"""Folders whose session fixtures take longer than their tests"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give tests that share what they make to one worker, where pytest-xdist runs several."""
    for item in items:
        item.add_marker(pytest.mark.xdist_group(_group(item)))


@pytest.fixture(autouse=True)
def nothing_remembered(tmp_path_factory, monkeypatch):
    """Hide what satchel tune has chosen for the person who runs the tests, and in other tests."""
    folder = tmp_path_factory.getbasetemp() / f"state-{uuid.uuid4().hex}"
    monkeypatch.setenv("SATCHEL_STATE", str(folder))
    return folder


def _group(item: pytest.Item) -> str:
    folder = item.path.parent.relative_to(TESTS).as_posix()
    if isinstance(item, pytest.Function) and folder == "pipeline" and hasattr(item, "callspec"):
        recipe = item.callspec.params.get("recipe")
        if recipe is not None:
            # Trained and converted once for all that ask for it.
            return f"{folder} {recipe}"
    return folder if folder in TOGETHER else f"{folder}/{item.path.name}"
