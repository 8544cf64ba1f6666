"""Which words ``satchel`` knows: its own, those that siblings add, and those that are missing."""

from typing import TYPE_CHECKING

from satchel.cli.command import Command
from satchel.errors import SatchelError, first_line

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

OWN = {
    "run": Command(
        summary="classify images or texts; make images of seeds or of images",
        example="satchel run digits.satchel seven.png photos/ --top 1",
        module="satchel.cli.run",
    ),
    "info": Command(
        summary="say what is in a bundle and what of it runs here",
        example="satchel info digits.satchel",
        module="satchel.cli.info",
    ),
    "selftest": Command(
        summary="run the golden vectors on this device; exit 1 when one is out of tolerance",
        example="satchel selftest digits.satchel",
        module="satchel.cli.selftest",
    ),
    "doctor": Command(
        summary="say what keeps bundles from running on this device, and the remedy; exit 1 if any",
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
        summary="sign a bundle, so that a device opens it by --trust KEY.pub",
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
"""Commands of other distributions, by the folder of the repository that brings them"""


def how_to_install(name: str) -> str:
    """Return how to get the sibling's command ``name``, which no package index has yet."""
    return f"in a checkout of Satchel, pip install ./{SIBLINGS[name]}"


def installed() -> "dict[str, EntryPoint]":
    """Return where the commands that installed siblings add are found, by their names."""
    # Slower to import than all that a command of our own needs for its help.
    from importlib.metadata import entry_points

    return {point.name: point for point in entry_points(group="satchel.commands")}


def commands_here() -> list[str]:
    """Return the words that ``satchel`` takes here: its own, and those of installed siblings."""
    return [*OWN, *installed()]


def load(point: "EntryPoint") -> Command:
    """Return a sibling's command, without its code; raises SatchelError where it is damaged."""
    try:
        command: Command = point.load()
    except (ImportError, AttributeError) as error:
        raise SatchelError(
            f"Expected an installed {point.name}, got one that does not load"
            f" ({first_line(error)}): install its package again."
        ) from error
    return command
