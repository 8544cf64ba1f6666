"""Finds the folder in which Satchel remembers things for this user between runs."""

import os

VARIABLE = "SATCHEL_STATE"


def state_folder() -> str | None:
    """Return the folder that ``SATCHEL_STATE`` names, else the one of the XDG specification.

    None for a user without a home, as in some containers. The folder may not exist yet.
    https://specifications.freedesktop.org/basedir-spec/latest
    """
    if named := os.environ.get(VARIABLE):
        return named
    # The specification says that a relative path in XDG_STATE_HOME must be ignored.
    base = os.environ.get("XDG_STATE_HOME", "")
    if os.path.isabs(base):
        return os.path.join(base, "satchel")
    home = os.path.expanduser("~")
    return None if home == "~" else os.path.join(home, ".local", "state", "satchel")
