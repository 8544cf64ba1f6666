"""``satchel stylize``: one picture in the style of another, without a network of its own."""

import argparse
import sys
from pathlib import Path

from satchel.cli import OK, positive
from satchel_train.commands.quiet_start import quiet_start
from satchel_train.errors import FolderError, SettingsError

SIDE = 256
"""Pixels, by default"""
STEPS = 300


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``satchel stylize``."""
    parser.add_argument("content", type=Path, metavar="CONTENT", help="the picture to repaint")
    parser.add_argument("style", type=Path, metavar="STYLE", help="the picture to paint it like")
    parser.add_argument(
        "--out", required=True, type=Path, metavar="FILE", help="the picture to write, a .png"
    )
    parser.add_argument(
        "--weights", type=Path, metavar="FILE", help="a local copy of VGG19's, not to fetch them"
    )
    parser.add_argument(
        "--loss-network",
        type=Path,
        metavar="DIR",
        help="a classifier's model folder to compare pictures in, instead of VGG19",
    )
    parser.add_argument(
        "--steps", type=positive, default=STEPS, metavar="N", help=f"of optimization ({STEPS})"
    )
    parser.add_argument(
        "--side", type=positive, default=SIDE, metavar="N", help=f"of the picture, pixels ({SIDE})"
    )


def run(given: argparse.Namespace) -> int:
    """Paint the picture, write it and print where."""
    if given.weights is not None and given.loss_network is not None:
        raise SettingsError(
            "Expected --weights, of VGG19, or --loss-network in its place; got both."
        )
    if given.out.suffix.lower() != ".png":
        raise SettingsError(f"Expected a .png for --out, got {str(given.out)!r}.")
    with quiet_start():
        from satchel_train.generative.loss_network import open_loss_network
        from satchel_train.generative.stylize import stylize

        loss_network = open_loss_network(given.loss_network, weights=given.weights)
    painted = stylize(
        given.content,
        given.style,
        loss_network=loss_network.model,
        steps=given.steps,
        side=given.side,
        say=lambda line: print(line, file=sys.stderr, flush=True),
    )
    try:
        given.out.write_bytes(painted)
    except OSError as error:
        raise FolderError(
            f"Expected a place to write for --out, got {str(given.out)!r}: {error.strerror}."
        ) from error
    print(given.out)
    return OK
