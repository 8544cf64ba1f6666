"""What every test is kept from."""

import uuid

import pytest


@pytest.fixture(autouse=True)
def nothing_remembered(tmp_path_factory, monkeypatch):
    """Hide what satchel tune has chosen for the person who runs the tests, and in other tests."""
    folder = tmp_path_factory.getbasetemp() / f"state-{uuid.uuid4().hex}"
    monkeypatch.setenv("SATCHEL_STATE", str(folder))
    return folder
