"""The subcommands of ``satchel``: its own, those of installed siblings, and the missing ones."""

from typing import TYPE_CHECKING

from satchel.cli.command import Command
from satchel.errors import SatchelError, first_line

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

OWN = {
    "run": Command(
        summary="classify images or texts, make images from seeds or from images",
        example="satchel run digits.satchel seven.png photos/ --top 1",
        module="satchel.cli.run",
    ),
    "info": Command(
        summary="show what is in a bundle and which of its models run here",
        example="satchel info digits.satchel",
        module="satchel.cli.info",
    ),
    "selftest": Command(
        summary="run the golden vectors on this device; exit 1 if one is out of tolerance",
        example="satchel selftest digits.satchel",
        module="satchel.cli.selftest",
    ),
    "doctor": Command(
        summary="show what keeps bundles from running here and how to remedy it; exit 1 if any",
        example="satchel doctor --json",
        module="satchel.cli.doctor",
    ),
    "bench": Command(
        summary="measure latency, loading and memory of a bundle's models on this device",
        example="satchel bench digits.satchel --card digits.md",
        module="satchel.cli.bench",
    ),
    "tune": Command(
        summary="find the fastest model, engine and threads on this device, and remember them",
        example="satchel tune digits.satchel --budget 60",
        module="satchel.cli.tune",
    ),
    "sign": Command(
        summary="sign a bundle, so that a device opens it with --trust KEY.pub",
        example="satchel sign digits.satchel --key release",
        module="satchel.cli.sign",
    ),
    "keygen": Command(
        summary="make a key to sign bundles with",
        example="satchel keygen release",
        module="satchel.cli.keygen",
    ),
}
SIBLINGS = {
    "train": "train",
    "stylize": "train",
    "convert": "convert",
    "pack": "convert",
    "verify": "convert",
    "compare": "convert",
    "explain": "convert",
    "serve": "apps/pi",
    "camera": "apps/pi",
}
"""The commands of other distributions, each with its folder of the repository."""


def how_to_install(name: str) -> str:
    """Return how to install the sibling's command ``name``."""
    return f"in a checkout of Satchel, pip install ./{SIBLINGS[name]}"


def installed() -> "dict[str, EntryPoint]":
    """Return the entry points of the commands of installed siblings, by the commands' names."""
    # This import is slower than everything that the help of an own command needs.
    from importlib.metadata import entry_points

    return {point.name: point for point in entry_points(group="satchel.commands")}


def commands_here() -> list[str]:
    """Return the names of the commands that are installed here, those of siblings included."""
    return [*OWN, *installed()]


def load(point: "EntryPoint") -> Command:
    """Return a sibling's command, without its code; raises SatchelError if it cannot be loaded."""
    try:
        command: Command = point.load()
    except (ImportError, AttributeError) as error:
        raise SatchelError(
            f"Expected an installed {point.name}, got one that does not load"
            f" ({first_line(error)}): install its package again."
        ) from error
    return command
