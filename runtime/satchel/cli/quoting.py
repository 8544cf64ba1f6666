"""Prints text of an untrusted bundle so that nobody takes it for a line of the command itself."""

import shutil
import unicodedata

from satchel.cli.command import printable

BAR = "  | "
"""The beginning of every line that holds text of the bundle. No line of a command begins so."""
MOST_COLUMNS = 100


def quoted(name: str, text: str) -> str:
    """Return ``name`` and ``text`` in lines that each begin with BAR and fit into the terminal.

    A terminal would break a longer line itself, and what comes after the break would begin at its
    edge, as only a line of the command does.

    >>> print(quoted("data", "scans"))
      | data     scans
    """
    columns = shutil.get_terminal_size((MOST_COLUMNS, 0)).columns
    room = max(1, min(MOST_COLUMNS, columns) - len(BAR))
    return "\n".join(BAR + line for line in _lines(printable(f"{name:<8} {text}"), room))


def _lines(text: str, room: int) -> list[str]:
    """Return ``text`` in pieces of at most ``room`` columns."""
    lines, taken = [""], 0
    for character in text:
        columns = _columns(character)
        if taken + columns > room:
            lines.append("")
            taken = 0
        lines[-1] += character
        taken += columns
    return lines


def _columns(character: str) -> int:
    """Return the most columns that a terminal gives a character."""
    return 1 if unicodedata.east_asian_width(character) in ("Na", "N", "H") else 2
