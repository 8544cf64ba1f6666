"""The arguments and the messages of every command that watches a camera."""

import argparse
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from satchel.cli import positive_seconds, printable
from satchel.errors import SatchelError
from satchel_pi.camera.sources import FOLDER_RATE

if TYPE_CHECKING:
    from satchel_pi.camera.event_log import EventRecorder
    from satchel_pi.camera.watcher import OnSighting, Sighting

MARGIN = 0.1
"""How far below its threshold a label ends."""
GAP_S = 10.0
"""A label ends when no frame was classified for this time."""


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


def add_event_arguments(parser: argparse.ArgumentParser) -> None:
    """Add --smooth, --events, --event-score and --event-margin."""
    parser.add_argument(
        "--smooth",
        type=_smoothing,
        metavar="S",
        help="smooth the scores over the frames: an exponential mean in which a new label has 63 %%"
        " after S seconds (no smoothing)",
    )
    parser.add_argument(
        "--events",
        metavar="FILE",
        help="append a JSON line to FILE when a label begins and when it ends; - is standard"
        " output",
    )
    parser.add_argument(
        "--event-score",
        type=probability,
        metavar="P",
        help="the score at which a label begins (0.5, or the thresholds of a multi-label bundle)",
    )
    parser.add_argument(
        "--event-margin",
        type=probability,
        metavar="P",
        help="a label ends this far below the score at which it begins, or at half of it, and"
        f" another label must lead by as much ({MARGIN:g})",
    )


def open_recorder(
    args: argparse.Namespace, *, say: Callable[[str], None]
) -> "EventRecorder | None":
    """Return a recorder of the events that a command line asks for, None without --events.

    Raises SatchelError for the options of events without --events, OutputError for a file that
    cannot be written.
    """
    if args.events is None:
        for option in ("event_score", "event_margin"):
            if getattr(args, option) is not None:
                name = option.replace("_", "-")
                raise SatchelError(f"Expected --events FILE with --{name}, it is missing.")
        return None
    # Imported here, because a service without events does not need them.
    from satchel_pi.camera.event_log import EventRecorder, open_event_log
    from satchel_pi.camera.events import EventDetector

    detector = EventDetector(
        source=source_name(args),
        threshold=args.event_score,
        margin=MARGIN if args.event_margin is None else args.event_margin,
        # A slow folder has no gap between two images.
        gap_s=max(GAP_S, 2 / args.rate),
        settle_s=args.smooth or 0.0,
    )
    return EventRecorder(detector, open_event_log(args.events, say=say))


def source_name(args: argparse.Namespace) -> str:
    """Return the name of the source, for the page and in events."""
    return args.source or "camera"


def probability(text: str) -> float:
    """Return a number from 0 to 1, for argparse."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"expected a probability from 0 to 1, got {text!r}")
    return value


def sayer(command: str) -> Callable[[str], None]:
    """Return a function that prints a line to standard error, as ``satchel COMMAND: line``."""

    def say(line: str) -> None:
        print(printable(f"satchel {command}: {line}"), file=sys.stderr, flush=True)

    return say


def error_sayer(say: Callable[[str], None]) -> "OnSighting":
    """Return a function that says why a frame could not be classified, once in a row."""
    said: str | None = None

    def see(seen: "Sighting") -> None:
        nonlocal said
        error = None if seen.result.error is None else str(seen.result.error)
        if error is not None and error != said:
            say(error)
        said = error

    return see


def _smoothing(text: str) -> float:
    try:
        return positive_seconds(text)
    except argparse.ArgumentTypeError as error:
        raise argparse.ArgumentTypeError(f"{error}: without --smooth nothing is smoothed") from None
