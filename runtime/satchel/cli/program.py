"""The ``satchel`` command: parses the words, runs one subcommand, reports an error in one line."""

import argparse
import io
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import IO, TYPE_CHECKING, Any, NoReturn

import satchel
from satchel.cli.command import OK, WRONG_USE, Command, Implementation, did_you_mean, printable
from satchel.cli.commands import OWN, SIBLINGS, how_to_install, installed, load
from satchel.errors import SatchelError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

INTERRUPTED = 130
"""The exit code of an interrupted command, 128 + SIGINT, as shells count."""
UNREAD = 141
"""The exit code of a command whose output nobody reads any more, 128 + SIGPIPE."""


class Parser(argparse.ArgumentParser):
    """A parser that reports an error in one line, with the word that was probably meant."""

    def error(self, message: str) -> NoReturn:
        """Print the message and how to get help, then exit with WRONG_USE."""
        self.exit(WRONG_USE, printable(f"{self.prog}: {message} (see {self.prog} --help)") + "\n")

    def _print_message(self, message: str, file: Any = None) -> None:
        """Print a help or an error. Unlike argparse, report it if nobody reads the help."""
        if file is sys.stdout:
            print(message, end="")
        else:
            _print_error(message)

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """Offer the nearest choice, as argparse does itself from Python 3.14 on."""
        try:
            super()._check_value(action, value)
        except argparse.ArgumentError as error:
            known = [str(choice) for choice in action.choices or ()]
            raise argparse.ArgumentError(
                action, error.message + did_you_mean(str(value), known)
            ) from None


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A label that the terminal's encoding cannot show is escaped instead of an error.
            stream.reconfigure(errors="backslashreplace")
    try:
        code = _run(words)
        sys.stdout.flush()
    except SatchelError as error:
        return _fail(words, str(error), WRONG_USE)
    except KeyboardInterrupt:
        return _fail(words, "interrupted", INTERRUPTED)
    except BrokenPipeError:
        # The reader of the output, such as head, has ended.
        _drop(sys.stdout)
        return UNREAD
    except OSError as error:
        # Most often the disk is full, and any place that writes may find out.
        _drop(sys.stdout)
        place = f" ({error.filename})" if error.filename else ""
        return _fail(words, f"the system says {error.strerror or error}{place}", WRONG_USE)
    return code


def _run(words: list[str]) -> int:
    """Run the command and return its exit code, also for a help or for wrong words."""
    try:
        if not words or words[0].startswith("-"):
            return _help(words)
        command = _find(words[0])
        parser = _parser_of(words[0], command)
        module: Any = import_module(command.module)
        implementation: Implementation = module
        implementation.add_arguments(parser)
        args = parser.parse_args(words[1:])
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else OK
    return implementation.run(args)


def _fail(words: list[str], message: str, code: int) -> int:
    """Print one line to standard error that says what went wrong, and return ``code``."""
    program = " ".join(["satchel", *(word for word in words[:1] if not word.startswith("-"))])
    # The message replaces a line of progress, if there is one.
    clear = "\r\x1b[K" if sys.stderr.isatty() else ""
    _print_error(f"{clear}{printable(f'{program}: {message}')}\n")
    return code


def _print_error(text: str) -> None:
    """Print to standard error. It is no error if nobody reads it."""
    try:
        print(text, end="", file=sys.stderr, flush=True)
    except OSError:
        _drop(sys.stderr)


def _drop(stream: IO[str]) -> None:
    """Discard what is not printed yet. The interpreter would report it as an error at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _find(name: str) -> Command:
    """Return the command ``name``; exits with WRONG_USE if there is none.

    Raises SatchelError if it is a sibling's command and cannot be loaded.

    Installed siblings are looked up last: that takes longer than everything else in a help.
    """
    if name in OWN:
        return OWN[name]
    found = installed()
    if name not in found:
        Parser(prog="satchel").error(
            f"{name!r} is not installed: {how_to_install(name)}"
            if name in SIBLINGS
            else f"Expected a command, got {name!r}{did_you_mean(name, [*OWN, *found, *SIBLINGS])}"
        )
    return load(found[name])


def _parser_of(name: str, command: Command) -> Parser:
    return Parser(
        prog=f"satchel {name}",
        description=command.summary,
        epilog=f"example:\n  {command.example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def _help(words: list[str]) -> int:
    """Print the help or the version, without importing the code of any command."""
    found = installed()
    missing = [f"  {name:<10} {how_to_install(name)}\n" for name in SIBLINGS if name not in found]
    parser = Parser(
        prog="satchel",
        description="Run model bundles on this device, and prove that they say what they should.",
        epilog="".join(["not installed:\n", *missing]) if missing else None,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"satchel {satchel.__version__}")
    listed = parser.add_subparsers(metavar="COMMAND", title="commands")
    for name, command in OWN.items():
        listed.add_parser(name, help=command.summary)
    for name, point in found.items():
        listed.add_parser(name, help=_summary(point))
    parser.parse_args(words)
    parser.print_help()
    return WRONG_USE


def _summary(point: "EntryPoint") -> str:
    try:
        return load(point).summary
    except SatchelError as error:
        return str(error)
