"""The arguments and the messages of every command that watches a camera."""

import argparse
import sys
from collections.abc import Callable

from satchel.cli import positive_seconds, printable
from satchel_pi.camera.sources import FOLDER_RATE


def add_source_arguments(parser: argparse.ArgumentParser) -> None:
    """Add --source, --rate and --loop."""
    parser.add_argument(
        "--source",
        metavar="SOURCE",
        help="a number or /dev/videoN, picamera2, a folder of images or a video file (picamera2"
        " if it is installed, otherwise 0)",
    )
    parser.add_argument(
        "--rate",
        type=positive_seconds,
        default=FOLDER_RATE,
        metavar="N",
        help=f"images a second from a folder ({FOLDER_RATE:g})",
    )
    parser.add_argument(
        "--loop", action="store_true", help="begin a folder or a video again at its end"
    )


def sayer(command: str) -> Callable[[str], None]:
    """Return a function that prints a line to standard error, as ``satchel COMMAND: line``."""

    def say(line: str) -> None:
        print(printable(f"satchel {command}: {line}"), file=sys.stderr, flush=True)

    return say
