"""The ``satchel`` command, and the names that subcommands in other packages need."""

from typing import TYPE_CHECKING

from satchel.faces import lazy_names

if TYPE_CHECKING:
    from satchel.cli.command import (
        CHECK_FAILED as CHECK_FAILED,
        OK as OK,
        WRONG_USE as WRONG_USE,
        Command as Command,
        did_you_mean as did_you_mean,
        positive as positive,
        positive_seconds as positive_seconds,
        printable as printable,
    )
    from satchel.cli.commands import commands_here as commands_here
    from satchel.cli.program import main as main
    from satchel.cli.trust_arguments import (
        add_trust_argument as add_trust_argument,
        add_trust_arguments as add_trust_arguments,
        trust_of as trust_of,
    )

__getattr__, __dir__, __all__ = lazy_names(
    __name__,
    {
        "command": [
            "CHECK_FAILED",
            "Command",
            "OK",
            "WRONG_USE",
            "did_you_mean",
            "positive",
            "positive_seconds",
            "printable",
        ],
        "commands": ["commands_here"],
        "trust_arguments": ["add_trust_argument", "add_trust_arguments", "trust_of"],
        "program": ["main"],
    },
)
