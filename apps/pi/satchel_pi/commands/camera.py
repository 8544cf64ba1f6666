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
    from satchel.tasks import ImageClassifier
    from satchel_pi.camera.event_log import EventRecorder
    from satchel_pi.camera.label_trigger import LabelTrigger
    from satchel_pi.camera.watcher import Camera, OnSighting, Sighting
    from satchel_pi.http.loaded_model import LoadedModel

Say: TypeAlias = Callable[[str], None]
"""A function that prints or logs a line."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    from satchel_pi.camera.label_trigger import COOLDOWN_S, LEAST_SCORE
    from satchel_pi.commands.camera_arguments import (
        add_event_arguments,
        add_source_arguments,
        probability,
    )
    from satchel_pi.commands.service_arguments import add_service_arguments

    parser.add_argument("bundle", metavar="BUNDLE", help="a .satchel file that classifies images")
    add_source_arguments(parser)
    add_event_arguments(parser)
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
        type=probability,
        default=LEAST_SCORE,
        metavar="P",
        help=f"the lowest score of a label that starts the command ({LEAST_SCORE:g})",
    )
    parser.add_argument("--json", action="store_true", help="print a JSON object for each frame")
    parser.add_argument("--page", action="store_true", help="also serve a page with the image")
    add_service_arguments(parser)
    add_trust_arguments(parser)


def run(args: argparse.Namespace) -> int:
    if args.json and args.events == "-":
        raise SatchelError(
            "Expected --json or --events -, got both: write the events to a file, or leave --json."
        )
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
    from satchel_pi.camera.watcher import Camera, watch
    from satchel_pi.commands.camera_arguments import open_recorder, source_name
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
    recorder = open_recorder(args, say=say)
    camera = Camera(
        source_name(args),
        _classifier(loaded),
        frames,
        stop,
        show=_shown(args, reaction, recorder, say),
        ended=(lambda: None) if recorder is None else recorder.end,
        smoothing_s=args.smooth,
    )
    try:
        if args.page:
            _run_page(args, camera, say)
        else:
            with _stopped_by_signals(stop):
                watch(camera)
    finally:
        if reaction is not None:
            reaction.close()
    return OK


def _run_page(args: argparse.Namespace, camera: "Camera", say: Say) -> None:
    from satchel_pi.commands.service_arguments import settings_of, worker_options
    from satchel_pi.commands.serving import serve
    from satchel_pi.http.server import listen

    bundle = camera.classifier.bundle
    with listen(args.host, args.port) as listener:
        serve(
            args,
            {bundle.card.name: bundle},
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


def _shown(
    args: argparse.Namespace,
    reaction: "LabelTrigger | None",
    recorder: "EventRecorder | None",
    say: Say,
) -> "OnSighting":
    """Return a function that prints a sighting, and passes it to ``reaction`` and ``recorder``."""
    from satchel_pi.commands.camera_arguments import error_sayer

    printed: list[OnSighting] = []
    if args.json:
        printed.append(_JsonLine(is_smoothed=args.smooth is not None))
    else:
        printed.append(error_sayer(say))
        if args.events != "-":
            printed.append(_Line())

    def show(seen: "Sighting") -> None:
        for each in printed:
            each(seen)
        if recorder is not None:
            recorder.see(seen)
        if reaction is not None and seen.predictions:
            reaction.see(seen.predictions[0])

    return show


class _JsonLine:
    """Prints each frame as a JSON object."""

    def __init__(self, *, is_smoothed: bool) -> None:
        self._is_smoothed = is_smoothed

    def __call__(self, seen: "Sighting") -> None:
        from satchel_pi.camera.events import utc

        result = seen.result
        line = {
            "frame": result.number,
            "time": utc(seen.time),
            "model": seen.card.name,
            "version": seen.card.version,
            "dropped": result.dropped,
            "latency_ms": round(1000 * result.seconds, 3),
            "predictions": [each.to_json() for each in result.predictions],
            "error": None if result.error is None else str(result.error),
        }
        if self._is_smoothed:
            line["smoothed"] = [each.to_json() for each in seen.predictions]
        print(json.dumps(line), flush=True)


class _Line:
    """Prints the label whenever it changes. On a terminal, the line is replaced."""

    def __init__(self) -> None:
        self._label = ""

    def __call__(self, seen: "Sighting") -> None:
        if not seen.predictions:
            return
        best = seen.predictions[0]
        line = printable(f"{best.label} {best.score:.3f}")
        if sys.stdout.isatty():
            print(f"\r\x1b[K{line}", end="", flush=True)
        elif best.label != self._label:
            print(line, flush=True)
        self._label = best.label
