"""The form of a command, both of this package and of siblings that add their own."""

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
    """Write ``words`` over the last line, if standard error is a terminal; "" clears the line."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{words}", end="", file=sys.stderr, flush=True)


def printable(text: str) -> str:
    """Return ``text`` for one line of a terminal, with unprintable characters escaped."""
    return "".join(
        character if character.isprintable() else ascii(character)[1:-1] for character in text
    )


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return a question that offers the nearest of ``known``, or "" if none is near.

    >>> did_you_mean("mnits", ["digits", "mnist"])
    " (did you mean 'mnist'?)"
    >>> did_you_mean("zebra", ["digits", "mnist"])
    ''
    """
    # Only a wrong word needs it.
    from difflib import get_close_matches

    nearest = get_close_matches(word.lower(), known, n=1)
    return f" (did you mean {nearest[0]!r}?)" if nearest else ""


class Command(NamedTuple):
    """One subcommand of ``satchel``: its texts for the help, and where its code is.

    A sibling offers its own under the entry point group ``satchel.commands``, from a module that
    imports nothing else. So ``satchel --help`` shows all of them and imports no command's code.
    """

    summary: str
    example: str
    module: str
    """The dotted name of the module that is the command's Implementation."""
    samples: str | None = None
    """The dotted name of the module that reads evaluation samples for ``satchel bench``."""
    doctor: str | None = None
    """The dotted name of the module whose ``examine`` adds to ``satchel doctor``."""


class Implementation(Protocol):
    """The functions of a command's module.

    At its top the module imports only what is cheap, because the help runs ``add_arguments`` too.
    """

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the command's arguments to ``parser``."""

    def run(self, args: Namespace) -> int:
        """Run the command and return its exit code: OK, CHECK_FAILED or WRONG_USE."""
        ...
