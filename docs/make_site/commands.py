"""The reference of the command line: a page for each command, from its own parser."""

import argparse
import tomllib
from importlib import import_module
from typing import Any

from make_site.places import GENERATED, ROOT, write_page
from satchel.cli.command import Command
from satchel.cli.commands import OWN
from satchel.cli.program import Parser

PROJECTS = {
    "satchel": "runtime",
    "satchel-train": "train",
    "satchel-convert": "convert",
    "satchel-pi": "apps/pi",
}
"""The distributions, each with its folder. Their entry points say what the commands are."""
WIDTH = 96


def all_commands() -> dict[str, dict[str, Command]]:
    """Return the commands of each distribution by their names, in the order of ``PROJECTS``.

    Raises:
        ImportError: the code of a command cannot be imported.
    """
    found = {"satchel": dict(OWN)}
    for distribution, folder in list(PROJECTS.items())[1:]:
        project = tomllib.loads((ROOT / folder / "pyproject.toml").read_text("utf-8"))["project"]
        points: dict[str, str] = project["entry-points"]["satchel.commands"]
        found[distribution] = {name: _load(point) for name, point in points.items()}
    return found


def _load(point: str) -> Command:
    module, _, attribute = point.partition(":")
    command: Command = getattr(import_module(module), attribute)
    return command


def _parser(name: str, command: Command) -> Parser:
    parser = Parser(prog=f"satchel {name}", description=command.summary)
    module: Any = import_module(command.module)
    module.add_arguments(parser)
    return parser


def command_page(name: str, command: Command, *, distribution: str) -> str:
    """Return the Markdown of one command: what it does, an example, and all of its arguments."""
    parser = _parser(name, command)
    formatter = argparse.HelpFormatter(prog=parser.prog, width=WIDTH)
    sections = [
        f"# satchel {name}",
        f"{command.summary[0].upper()}{command.summary[1:]}.",
        f"The command is part of `{distribution}`.",
        f"```sh\n{command.example}\n```",
        *(_group(group, formatter) for group in parser._action_groups),
        f"## Usage\n\n```text\n{_usage(parser)}\n```",
    ]
    return "\n\n".join(section for section in sections if section)


def _usage(parser: argparse.ArgumentParser) -> str:
    formatter = argparse.HelpFormatter(prog=parser.prog, width=WIDTH)
    formatter.add_usage(None, parser._actions, parser._mutually_exclusive_groups, prefix="")
    return formatter.format_help().strip()


def _group(group: argparse._ArgumentGroup, formatter: argparse.HelpFormatter) -> str:
    entries = [
        f"`{_invocation(action, formatter)}`\n: {_help(action, formatter)}"
        for action in group._group_actions
        if action.help != argparse.SUPPRESS
    ]
    if not entries:
        return ""
    title = (group.title or "options").capitalize()
    words = f"{group.description}\n\n" if group.description else ""
    return f"## {title}\n\n{words}" + "\n\n".join(entries)


def _invocation(action: argparse.Action, formatter: argparse.HelpFormatter) -> str:
    return formatter._format_action_invocation(action).replace("`", "'")


def _help(action: argparse.Action, formatter: argparse.HelpFormatter) -> str:
    words = formatter._expand_help(action) if action.help else ""
    if isinstance(action, argparse._HelpAction):
        words = "Show the help and exit."
    for character in "\\*_<[|":
        words = words.replace(character, f"\\{character}")
    return words.replace("\n", " ") or "No further explanation."


def write_commands() -> None:
    """Write the pages of all commands, and the page that lists them.

    Raises:
        ImportError: the code of a command cannot be imported.
        OSError: a page cannot be written.
    """
    folder = GENERATED / "commands"
    lines = [
        "# Commands",
        "",
        "`satchel --help` lists the commands that are installed. Every command ends with exit code "
        "0 if all is well, 1 if a check did not pass, and 2 if it was used wrongly.",
    ]
    names = []
    for distribution, commands in all_commands().items():
        lines += ["", f"## {distribution}", "", "| command | what it does |", "|---|---|"]
        for name, command in commands.items():
            page = command_page(name, command, distribution=distribution)
            write_page(folder / f"{name}.md", page)
            lines.append(f"| [`satchel {name}`]({name}.md) | {command.summary} |")
            names.append(name)
    toctree = ["", "```{toctree}", ":hidden:", "", *names, "```"]
    write_page(folder / "index.md", "\n".join(lines + toctree))
