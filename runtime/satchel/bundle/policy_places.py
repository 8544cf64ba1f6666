"""Finds the policies of this device and of this user.

Every opening of a bundle looks for them, so this module imports nothing until it finds one.
"""

import os
from typing import TYPE_CHECKING

from satchel.errors import InputError

if TYPE_CHECKING:
    from satchel.bundle.policy import Policy

DEVICE_FILE = "/etc/satchel/policy.toml"
"""The file with the policy of the device, which holds for everybody on it."""
VARIABLE = "SATCHEL_POLICY"


def policies_here(own: "Policy | None" = None) -> "tuple[Policy, ...]":
    """Return the policies that a bundle must satisfy here, read anew from their files.

    The device's file always holds, if it is there. Besides it holds ``own``, if the caller has one,
    else the file that ``SATCHEL_POLICY`` names, else the user's file, if it is there. So nobody
    weakens the device's policy, and each of the others can only add conditions to it.

    Raises InputError for a file that is wrong, cannot be read, or that others may write.
    """
    places = [DEVICE_FILE] if _is_there(DEVICE_FILE) else []
    if own is None and (file := _own_file()) is not None and file not in places:
        places.append(file)
    if not places:
        return () if own is None else (own,)
    from satchel.bundle.policy_file import read_policy

    found = tuple(map(read_policy, places))
    return found if own is None else (*found, own)


def _own_file() -> str | None:
    """Return the file that the environment names, else the user's file if it is there."""
    if named := os.environ.get(VARIABLE):
        return named
    # The specification says that a relative path in XDG_CONFIG_HOME must be ignored.
    # https://specifications.freedesktop.org/basedir-spec/latest
    base = os.environ.get("XDG_CONFIG_HOME", "")
    if not os.path.isabs(base):
        base = os.path.join(os.path.expanduser("~"), ".config")
    place = os.path.join(base, "satchel", "policy.toml")
    try:
        there = _is_there(place)
    except InputError:
        # A service may be kept out of its user's home. What is in it then is not for the service.
        there = False
    # A user without a home has no file.
    return place if there and os.path.isabs(place) else None


def _is_there(place: str) -> bool:
    """Return whether there is anything at ``place``, also a link to nothing.

    Raises InputError if that cannot be found out.
    """
    try:
        os.lstat(place)
    except (FileNotFoundError, NotADirectoryError):
        # A folder that is a link to nothing here holds a policy at other times, as on a disk that
        # is not mounted yet.
        folder = os.path.dirname(place)
        return os.path.islink(folder) and not os.path.exists(folder)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(
            f"Expected to find out whether {place[:200]!r} is there, got: {reason}."
        ) from error
    return True
