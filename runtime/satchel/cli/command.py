"""What a command is, here and in the siblings that add theirs."""

import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Iterable
from typing import NamedTuple, Protocol

OK = 0
CHECK_FAILED = 1
WRONG_USE = 2
MOST_SECONDS = 24 * 60 * 60


def positive(text: str) -> int:
    """Return a whole number of at least 1, for argparse."""
    value = int(text) if text.isascii() and text.isdigit() else 0
    if value < 1:
        raise ArgumentTypeError(f"expected a whole number of at least 1, got {text!r}")
    return value


def positive_seconds(text: str) -> float:
    """Return seconds above 0 and up to a day, for argparse."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value <= MOST_SECONDS:
        raise ArgumentTypeError(f"expected seconds above 0, at most {MOST_SECONDS}, got {text!r}")
    return value


def show_progress(words: str) -> None:
    """Write ``words`` over the last line of a terminal that looks on; none clear it."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{words}", end="", file=sys.stderr, flush=True)


def printable(text: str) -> str:
    """Return ``text`` for one line of a terminal: what is no printable character is escaped."""
    return "".join(
        character if character.isprintable() else ascii(character)[1:-1] for character in text
    )


def decibels(ratio: float | None) -> str:
    """Return a ratio in decibel for a table; None is that of two things that do not differ."""
    return "inf" if ratio is None else f"{ratio:.1f}"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return a question that offers the nearest of ``known``, or nothing where none is near.

    >>> did_you_mean("mnits", ["digits", "mnist"])
    " (did you mean 'mnist'?)"
    >>> did_you_mean("zebra", ["digits", "mnist"])
    ''
    """
    # Imported where something is wrong only: no command pays for it.
    from difflib import get_close_matches

    nearest = get_close_matches(word.lower(), known, n=1)
    return f" (did you mean {nearest[0]!r}?)" if nearest else ""


class Command(NamedTuple):
    """One word behind ``satchel``: what the help says of it, and where its code is.

    A sibling offers its own under the entry point group ``satchel.commands``, from a module that
    imports nothing else: ``satchel --help`` shows all of them and imports no command's code.
    """

    summary: str
    example: str
    module: str
    """The dotted name of a module that has ``add_arguments`` and ``run``, see Implementation"""


class Implementation(Protocol):
    """What a command's module has.

    It imports at its top only what costs nothing: ``add_arguments`` runs for the help too.
    """

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the command's arguments to ``parser``."""

    def run(self, args: Namespace) -> int:
        """Run the command and return its exit code: OK, CHECK_FAILED or WRONG_USE."""
        ...
