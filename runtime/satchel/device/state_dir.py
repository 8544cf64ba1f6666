"""Where this user's satchel remembers things between runs."""

import os

VARIABLE = "SATCHEL_STATE"


def state_folder() -> str | None:
    """Return the folder that ``SATCHEL_STATE`` names, or the one of the XDG specification.

    None for a user without a home, as in some containers. It need not be there yet.
    https://specifications.freedesktop.org/basedir-spec/latest
    """
    if named := os.environ.get(VARIABLE):
        return named
    # A relative path in XDG_STATE_HOME is to be ignored, says the specification.
    base = os.environ.get("XDG_STATE_HOME", "")
    if os.path.isabs(base):
        return os.path.join(base, "satchel")
    home = os.path.expanduser("~")
    return None if home == "~" else os.path.join(home, ".local", "state", "satchel")
