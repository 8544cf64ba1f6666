"""Many cases in one test, which names all that fail."""

import pytest


def each_of(cases, *, name=ascii):
    """Return a decorator: the test is called with every case, and fails with all that failed.

    An item of pytest's for each of a thousand assertions costs more than the assertions.
    """

    assert cases

    def decorate(test):
        # Not with functools.wraps: pytest would look for a fixture called after the case.
        def run():
            failures = filter(None, (_failure(test, case, name=name) for case in cases))
            report = "\n".join(failures)
            if report:
                pytest.fail(report, pytrace=False)

        run.__name__, run.__doc__, run.__module__ = test.__name__, test.__doc__, test.__module__
        return run

    return decorate


def _failure(test, case, *, name):
    """Return a line that names the case and its error; None where it passes."""
    try:
        test(case)
    except (Exception, pytest.fail.Exception) as error:  # noqa: BLE001 - it hides no other case
        return f"{name(case)}: {type(error).__name__}: {error}"
    return None
