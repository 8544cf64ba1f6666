"""Where this user's satchel remembers things between runs."""

import os
from pathlib import Path

VARIABLE = "SATCHEL_STATE"


def state_folder() -> Path | None:
    """Return the folder that ``SATCHEL_STATE`` names, or the one of the XDG specification.

    None for a user without a home, as in some containers. It need not be there yet.
    https://specifications.freedesktop.org/basedir-spec/latest
    """
    if named := os.environ.get(VARIABLE):
        return Path(named)
    # A relative path in XDG_STATE_HOME is to be ignored, says the specification.
    base = Path(os.environ.get("XDG_STATE_HOME", ""))
    if base.is_absolute():
        return base / "satchel"
    try:
        return Path.home() / ".local" / "state" / "satchel"
    except RuntimeError:
        return None
