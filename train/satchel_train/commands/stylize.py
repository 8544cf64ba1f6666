"""``satchel stylize``: repaints one image in the style of another, without training a network."""

import argparse
from pathlib import Path

import satchel_train
from satchel.cli import OK
from satchel_train.commands.progress import show_progress
from satchel_train.commands.quiet_start import quiet_start
from satchel_train.generative.stylize_settings import StylizeSettings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``satchel stylize``."""
    parser.add_argument("content", type=Path, metavar="CONTENT", help="the image to repaint")
    parser.add_argument("style", type=Path, metavar="STYLE", help="the image to paint it like")
    parser.add_argument(
        "--out", required=True, type=Path, metavar="FILE", help="the image to write, a .png"
    )
    parser.add_argument(
        "--weights", type=Path, metavar="FILE", help="a local copy of VGG19's weights"
    )
    parser.add_argument(
        "--loss-network",
        type=Path,
        metavar="DIR",
        help="a classifier's model folder, whose features compare images instead of VGG19's",
    )
    parser.add_argument(
        "--steps",
        type=int,
        default=StylizeSettings.steps,
        metavar="N",
        help=f"steps of optimization ({StylizeSettings.steps})",
    )
    parser.add_argument(
        "--side",
        type=int,
        default=StylizeSettings.side,
        metavar="N",
        help=f"height and width of the image in pixels ({StylizeSettings.side})",
    )


def run(args: argparse.Namespace) -> int:
    """Repaint the image, write it and print the file's path."""
    settings = StylizeSettings(
        steps=args.steps, side=args.side, weights=args.weights, loss_network=args.loss_network
    )
    satchel_train.check_image_target(args.out)
    with quiet_start():
        satchel_train.open_backend()
    with show_progress() as on_progress:
        result = satchel_train.stylize(
            args.content, args.style, settings, out=args.out, on_progress=on_progress
        )
    print(result.file)
    return OK
