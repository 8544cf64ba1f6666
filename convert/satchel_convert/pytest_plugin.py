"""Adds the option ``--satchel-baseline`` to ``pytest`` where satchel-convert is installed."""

from pathlib import Path

import pytest

from satchel.bundle import Bundle


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option."""
    parser.getgroup("satchel").addoption(
        "--satchel-baseline",
        metavar="OLD.satchel",
        type=Path,
        help="the bundle that the fixture satchel_baseline opens, for assert_not_worse",
    )


@pytest.fixture(scope="session")
def satchel_baseline(request: pytest.FixtureRequest) -> Bundle:
    """The bundle of ``--satchel-baseline``; without the option, the test is skipped."""
    from satchel.bundle import open_bundle

    path: Path | None = request.config.getoption("--satchel-baseline")
    if path is None:
        pytest.skip("--satchel-baseline is not given")
    return open_bundle(path)
