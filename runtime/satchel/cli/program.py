"""The ``satchel`` command: its own words, and those that installed siblings add."""

import argparse
import io
import os
import sys
from collections.abc import Sequence
from importlib.metadata import EntryPoint, entry_points
from typing import NoReturn

import satchel
from satchel.cli import bench, doctor, info, keygen, run, selftest, sign, tune
from satchel.cli.command import WRONG_USE, Command, printable
from satchel.errors import SatchelError

OWN = {
    "run": run.COMMAND,
    "info": info.COMMAND,
    "selftest": selftest.COMMAND,
    "doctor": doctor.COMMAND,
    "bench": bench.COMMAND,
    "tune": tune.COMMAND,
    "sign": sign.COMMAND,
    "keygen": keygen.COMMAND,
}
SIBLINGS = {
    "train": "satchel-train",
    "stylize": "satchel-train",
    "convert": "satchel-convert",
    "pack": "satchel-convert",
    "verify": "satchel-convert",
    "compare": "satchel-convert",
    "explain": "satchel-convert",
    "serve": "satchel-pi",
    "camera": "satchel-pi",
}
"""Commands of other distributions, listed in the help where they are missing"""


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        """Print the message and where there is help; exit with WRONG_USE."""
        self.exit(WRONG_USE, printable(f"{self.prog}: {message} (see {self.prog} --help)") + "\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A label that the terminal's encoding lacks is escaped, and no error.
            stream.reconfigure(errors="backslashreplace")
    words = list(sys.argv[1:] if arguments is None else arguments)
    found = {point.name: point for point in entry_points(group="satchel.commands")}
    parser = _parser(found, words)
    given = parser.parse_args(words)
    if given.command is None:
        parser.print_help()
        return WRONG_USE
    try:
        command: Command = given.implementation
        code = command.run(given)
        sys.stdout.flush()
        return code
    except SatchelError as error:
        print(printable(f"satchel {given.command}: {error}"), file=sys.stderr)
        return WRONG_USE
    except KeyboardInterrupt:
        print(f"satchel {given.command}: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader has seen enough.
        _drop_output()
        return 141
    except OSError as error:
        # A full disk, most often, at any place that writes.
        _drop_output()
        place = f" ({error.filename})" if error.filename else ""
        reason = f"the system says {error.strerror or error}{place}"
        print(printable(f"satchel {given.command}: {reason}"), file=sys.stderr)
        return WRONG_USE


def _drop_output() -> None:
    """Drop what is not printed yet: the interpreter would complain of it while it closes."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _parser(found: dict[str, EntryPoint], words: list[str]) -> argparse.ArgumentParser:
    missing = {name: home for name, home in SIBLINGS.items() if name not in found}
    epilog = "".join(
        f"  {name:<10} comes with: pip install {home}\n" for name, home in missing.items()
    )
    parser = Parser(
        prog="satchel",
        description="Run model bundles on this device, and prove that they say what they should.",
        epilog=f"not installed:\n{epilog}" if missing else None,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"satchel {satchel.__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    # Only what is asked for is loaded: the help needs all, a command itself alone.
    known = [*OWN, *found]
    for name in words[:1] if words[:1] and words[0] in known else known:
        _add(commands, name, OWN[name] if name in OWN else found[name].load())
    if words and words[0] in missing:
        parser.error(f"{words[0]!r} comes with: pip install {missing[words[0]]}")
    return parser


def _add(commands: "argparse._SubParsersAction[Parser]", name: str, command: Command) -> None:
    parser = commands.add_parser(
        name,
        help=command.summary,
        description=command.summary,
        epilog=f"example:\n  {command.example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_arguments(parser)
    parser.set_defaults(implementation=command)
