"""``satchel camera``: classifies a camera's frames, for a terminal, a page or another command."""

import argparse
import json
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from types import FrameType
from typing import TYPE_CHECKING, TypeAlias

from satchel.bundle import open_bundle_for, policies_here
from satchel.cli import (
    CHECK_FAILED,
    OK,
    add_trust_arguments,
    positive_seconds,
    printable,
    trust_of,
)
from satchel.errors import EngineError, SatchelError

if TYPE_CHECKING:
    from satchel.preprocessing import ImageLike
    from satchel.tasks import FrameResult, ImageClassifier
    from satchel_pi.camera.label_trigger import LabelTrigger
    from satchel_pi.camera.sources import Frames
    from satchel_pi.camera.watcher import OnResult
    from satchel_pi.http.loaded_model import LoadedModel

Say: TypeAlias = Callable[[str], None]
"""A function that prints or logs a line."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    from satchel_pi.camera.label_trigger import COOLDOWN_S, LEAST_SCORE
    from satchel_pi.commands.camera_arguments import add_source_arguments
    from satchel_pi.commands.service_arguments import add_service_arguments

    parser.add_argument("bundle", metavar="BUNDLE", help="a .satchel file that classifies images")
    add_source_arguments(parser)
    parser.add_argument(
        "--on-label",
        action="append",
        default=[],
        metavar="LABEL",
        help="run the command of --run when LABEL is the best label; may be repeated",
    )
    parser.add_argument(
        "--run",
        dest="reaction",
        metavar="COMMAND",
        help="a program and its arguments, run without a shell; its environment holds"
        " SATCHEL_LABEL and SATCHEL_SCORE",
    )
    parser.add_argument(
        "--cooldown",
        type=positive_seconds,
        default=COOLDOWN_S,
        metavar="S",
        help=f"seconds between two starts of the command, at least ({COOLDOWN_S:g})",
    )
    parser.add_argument(
        "--least-score",
        type=_probability,
        default=LEAST_SCORE,
        metavar="P",
        help=f"the lowest score of a label that starts the command ({LEAST_SCORE:g})",
    )
    parser.add_argument("--json", action="store_true", help="print a JSON object for each frame")
    parser.add_argument("--page", action="store_true", help="also serve a page with the image")
    add_service_arguments(parser)
    add_trust_arguments(parser)


def run(args: argparse.Namespace) -> int:
    with _open_log(args) as say:
        return _watch(args, say)


def _open_log(args: argparse.Namespace) -> AbstractContextManager[Say]:
    """Return a context whose target prints or logs a line: without a page there is no log."""
    if args.page:
        from satchel_pi.http.log import open_log

        return open_log("camera", as_json=args.log == "json")
    from satchel_pi.commands.camera_arguments import sayer

    return nullcontext(sayer("camera"))


def _watch(args: argparse.Namespace, say: Say) -> int:
    from satchel_pi.camera.sources import open_source
    from satchel_pi.http.loaded_model import LoadOptions, load_bundle

    for policy in policies_here():
        say(f"opens what {policy.place} allows")
    bundle = open_bundle_for("image-classification", args.bundle, trust=trust_of(args))
    try:
        loaded = load_bundle(bundle, LoadOptions())
    except EngineError as error:
        say(str(error))
        return CHECK_FAILED
    reaction = _reaction(args, loaded, say)
    stop = threading.Event()
    frames = open_source(args.source, stop=stop, say=say, rate=args.rate, loop=args.loop)
    show = _shown(args, reaction, say)
    try:
        if args.page:
            _run_page(args, loaded, frames, show, stop, say)
        else:
            _run(loaded, frames, show, stop)
    finally:
        if reaction is not None:
            reaction.close()
    return OK


def _run(loaded: "LoadedModel", frames: "Frames", show: "OnResult", stop: threading.Event) -> None:
    from satchel_pi.camera.watcher import watch

    with _stopped_by_signals(stop):
        watch(_classifier(loaded), frames, show=show, stop=stop)


def _run_page(
    args: argparse.Namespace,
    loaded: "LoadedModel",
    frames: "Frames",
    show: "OnResult",
    stop: threading.Event,
    say: Say,
) -> None:
    from satchel_pi.camera.watcher import Camera
    from satchel_pi.commands.service_arguments import settings_of, worker_options
    from satchel_pi.commands.serving import serve
    from satchel_pi.http.server import listen

    with listen(args.host, args.port) as listener:
        camera = Camera(args.source or "camera", _classifier(loaded), frames, show, stop)
        serve(
            args,
            {loaded.name: loaded.runner.bundle},
            [],
            settings_of(args),
            listener,
            options=worker_options(args),
            camera=camera,
            say=say,
        )


@contextmanager
def _stopped_by_signals(stop: threading.Event) -> Iterator[None]:
    """Set ``stop`` on SIGTERM and on the first SIGINT; at the end, raise the KeyboardInterrupt.

    Raised at once, it would interrupt the wait for a lost camera.
    """
    interrupted = threading.Event()

    def interrupt(number: int, _: FrameType | None) -> None:
        interrupted.set()
        stop.set()
        signal.signal(number, signal.default_int_handler)

    before = {
        signal.SIGTERM: signal.signal(signal.SIGTERM, lambda *_: stop.set()),
        signal.SIGINT: signal.signal(signal.SIGINT, interrupt),
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if interrupted.is_set():
        raise KeyboardInterrupt


def _classifier(loaded: "LoadedModel") -> "ImageClassifier":
    from satchel.tasks import ImageClassifier

    assert isinstance(loaded.runner, ImageClassifier), "open_bundle_for holds it"
    return loaded.runner


def _reaction(args: argparse.Namespace, loaded: "LoadedModel", say: Say) -> "LabelTrigger | None":
    """Return the trigger of --on-label and --run, or None without both.

    Raises SatchelError for one without the other, and for a label that the bundle does not have.
    """
    from satchel_pi.camera.label_trigger import LabelTrigger, parse_command

    if args.reaction is None and not args.on_label:
        return None
    if args.reaction is None or not args.on_label:
        raise SatchelError("Expected --on-label and --run together, got one of them.")
    labels = loaded.card.output.labels
    for label in args.on_label:
        if label not in labels:
            held = ", ".join(labels[:10])
            raise SatchelError(f"Expected a label of {loaded.name}: {held}; got {label[:80]!r}.")
    return LabelTrigger(
        args.on_label,
        parse_command(args.reaction),
        cooldown_s=args.cooldown,
        least_score=args.least_score,
        say=say,
    )


def _shown(args: argparse.Namespace, reaction: "LabelTrigger | None", say: Say) -> "OnResult":
    """Return a function that prints a result and passes its best label to ``reaction``."""
    printed = _json_line if args.json else _Line(say)

    def show(result: "FrameResult[ImageLike]") -> None:
        printed(result)
        if reaction is not None and result.predictions:
            reaction.see(result.predictions[0])

    return show


def _json_line(result: "FrameResult[ImageLike]") -> None:
    line = {
        "frame": result.number,
        "dropped": result.dropped,
        "latency_ms": round(1000 * result.seconds, 3),
        "predictions": [each.to_json() for each in result.predictions],
        "error": None if result.error is None else str(result.error),
    }
    print(json.dumps(line), flush=True)


class _Line:
    """Prints the label whenever it changes. On a terminal, the line is replaced."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._label = ""

    def __call__(self, result: "FrameResult[ImageLike]") -> None:
        if result.error is not None:
            self._say(str(result.error))
            return
        best = result.predictions[0]
        line = printable(f"{best.label} {best.score:.3f}")
        if sys.stdout.isatty():
            print(f"\r\x1b[K{line}", end="", flush=True)
        elif best.label != self._label:
            print(line, flush=True)
        self._label = best.label


def _probability(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"expected a probability from 0 to 1, got {text!r}")
    return value
