"""What holds for every test: a worker, and nothing that the person who runs it has chosen."""

import uuid

import pytest

pytest.register_assert_rewrite("conformance", "helpers", "hostile")

TOGETHER = ("convert/explanation", "convert/finished_models", "convert/reporting")
"""Folders whose session fixtures take longer than their tests"""
CARRIED = ("digits", "reviews", "mnist", "lasso")
"""Recipes that are trained and converted once for all tests of the pipeline that ask for them"""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Give tests that share what they make to one worker, where pytest-xdist runs several."""
    # Not its loadgroup, which pytest 9 does not tell of the groups.
    from xdist.scheduler import LoadScopeScheduling

    class Scheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            return _group(nodeid)

    return Scheduling(config, log)


@pytest.fixture(autouse=True)
def nothing_remembered(tmp_path_factory, monkeypatch):
    """Hide what satchel tune has chosen for the person who runs the tests, and in other tests."""
    folder = tmp_path_factory.getbasetemp() / f"state-{uuid.uuid4().hex}"
    monkeypatch.setenv("SATCHEL_STATE", str(folder))
    return folder


@pytest.fixture(autouse=True)
def no_policy(tmp_path_factory, monkeypatch):
    """Hide the policies of the person who runs the tests and of this machine.

    A process that a test starts still obeys the machine's.
    """
    from satchel.bundle import policy_places

    folder = tmp_path_factory.getbasetemp() / f"policies-{uuid.uuid4().hex}"
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder / "config"))
    monkeypatch.delenv(policy_places.VARIABLE, raising=False)
    monkeypatch.setattr(policy_places, "DEVICE_FILE", str(folder / "etc" / "policy.toml"))
    return folder


def _group(nodeid):
    module, _, test = nodeid.partition("::")
    folder = module.removeprefix("tests/").rpartition("/")[0]
    recipe = next((name for name in CARRIED if name in test.partition("[")[2]), "")
    if folder == "pipeline" and recipe:
        return f"{folder} {recipe}"
    return folder if folder in TOGETHER else module
