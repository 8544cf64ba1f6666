"""``satchel serve``: bundles as an HTTP service."""

import argparse
import functools
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from satchel.bundle import policies_here
from satchel.cli import CHECK_FAILED, OK, add_trust_arguments, positive, printable, trust_of
from satchel.errors import SatchelError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from satchel.bundle import Bundle, Trust
    from satchel_pi.camera.watcher import Camera, Sighting
    from satchel_pi.commands.serving import Updates
    from satchel_pi.http.loaded_model import LoadFailure


def add_arguments(parser: argparse.ArgumentParser) -> None:
    from satchel_pi.commands.camera_arguments import add_event_arguments, add_source_arguments
    from satchel_pi.commands.service_arguments import add_service_arguments

    parser.add_argument(
        "bundles",
        metavar="BUNDLE",
        nargs="*",
        help=".satchel files; at SIGHUP those that were replaced are opened beside the old ones",
    )
    parser.add_argument(
        "--watch",
        type=Path,
        metavar="DIR",
        help="serve the .satchel files in DIR, and take new versions of them while serving",
    )
    parser.add_argument(
        "--rollback",
        metavar="NAME",
        help="only go back to the version of NAME that --watch DIR served before, also for a"
        " service that runs; once more returns",
    )
    add_service_arguments(parser)
    parser.add_argument(
        "--threads", type=positive, metavar="N", help="threads of each engine (1, or as tuned)"
    )
    add_trust_arguments(parser)
    parser.add_argument(
        "--isolated",
        action="store_true",
        help="first run each bundle's golden vectors in a child process",
    )
    parser.add_argument(
        "--camera",
        action="store_true",
        help="also watch a camera with the first bundle, on the page and as /v1/camera/...",
    )
    add_source_arguments(parser)
    add_event_arguments(parser)


def run(args: argparse.Namespace) -> int:
    from satchel_pi.http.log import open_log

    _check_sources(args)
    if args.rollback is not None:
        return _roll_back(args)
    _check_camera(args)
    with open_log("serve", as_json=args.log == "json") as say:
        return _serve(args, say)


def _serve(args: argparse.Namespace, say: "Callable[[str], None]") -> int:
    from satchel_pi.commands.service_arguments import settings_of, worker_options
    from satchel_pi.commands.serving import serve
    from satchel_pi.http.server import listen

    settings = settings_of(args)
    options = worker_options(args, isolated=args.isolated, threads=args.threads)
    for policy in policies_here():
        say(f"opens what {policy.place} allows")
    # Listen before the bundles are opened, so that a port in use is reported at once.
    with listen(args.host, args.port) as listener:
        bundles, failures, updates = _opened(args, say)
        if not bundles:
            return CHECK_FAILED
        camera = _camera(args, _first(bundles, args), say) if args.camera else None
        served = serve(
            args,
            bundles,
            failures,
            settings,
            listener,
            options=options,
            camera=camera,
            say=say,
            updates=updates,
        )
    return OK if served else CHECK_FAILED


def _first(bundles: "Mapping[str, Bundle]", args: argparse.Namespace) -> "Bundle":
    """Return the bundle that watches the camera: the first one, in a folder the first for images.

    Those in a folder are in the order of their names.
    """
    from satchel.tasks import ImageClassifier

    if args.watch is None:
        return next(iter(bundles.values()))
    of_images = [name for name, each in bundles.items() if each.card.task == ImageClassifier.TASK]
    return bundles[min(of_images or bundles)]


def _check_sources(args: argparse.Namespace) -> None:
    """Raise SatchelError unless the command line names bundles or a folder, and not both."""
    if args.rollback is not None and (args.watch is None or args.bundles):
        raise SatchelError("Expected --rollback NAME with --watch DIR alone, got something else.")
    if args.watch is not None and args.bundles:
        raise SatchelError("Expected bundles or --watch DIR, got both: put the bundles into DIR.")
    if args.watch is None and not args.bundles:
        raise SatchelError("Expected a bundle to serve or --watch DIR, got none.")


def _check_camera(args: argparse.Namespace) -> None:
    """Raise SatchelError for an option of the camera without one."""
    for option in ("source", "smooth", "events", "event_score", "event_margin"):
        if getattr(args, option) is not None and not args.camera:
            name = option.replace("_", "-")
            raise SatchelError(f"Expected --camera with --{name}, it is missing.")


def _roll_back(args: argparse.Namespace) -> int:
    from satchel_pi.versions.opening import roll_back

    record = roll_back(args.watch, args.rollback, trust_of(args))
    left = "" if record.previous is None else f", no longer {record.previous.version}"
    print(
        printable(
            f"{args.rollback} goes back to {record.current.version}{left}: a service that watches"
            f" {args.watch} tests it and switches, and /healthz says if it cannot"
        )
    )
    return OK


def _opened(
    args: argparse.Namespace, say: "Callable[[str], None]"
) -> "tuple[Mapping[str, Bundle], list[LoadFailure], Updates]":
    """Return the bundles to serve, those that do not open, and where new versions are found."""
    trust = functools.partial(trust_of, args)
    if args.bundles:
        return _opened_files(args.bundles, trust, say)
    return _opened_folder(args.watch, trust, say)


def _opened_files(
    bundles: list[str], trust: "Callable[[], Trust | None]", say: "Callable[[str], None]"
) -> "tuple[Mapping[str, Bundle], list[LoadFailure], Updates]":
    from satchel_pi.commands.serving import Updates
    from satchel_pi.http.loaded_model import open_bundles
    from satchel_pi.versions.candidates import Changes, files_at

    # As Path writes them, so that each file has one name in all that is said of it.
    paths = [Path(each) for each in bundles]
    bundles = [str(each) for each in paths]
    changes = Changes(lambda: files_at(paths))
    # Before they are opened, so that whatever comes later is new.
    changes.take(at_once=True)
    found, failures = open_bundles(bundles, trust=trust())
    for failure in failures:
        say(f"without {failure.name}: {failure.why}")
    failed = {failure.name for failure in failures}
    good = [path for path, said in zip(paths, bundles, strict=True) if said not in failed]
    return found, failures, Updates(changes, trust, names=dict(zip(good, found, strict=False)))


def _opened_folder(
    folder: Path, trust: "Callable[[], Trust | None]", say: "Callable[[str], None]"
) -> "tuple[Mapping[str, Bundle], list[LoadFailure], Updates]":
    from satchel_pi.commands.serving import Updates
    from satchel_pi.versions.candidates import Changes, files_in
    from satchel_pi.versions.opening import open_folder, store_of
    from satchel_pi.versions.watching import EVERY_S

    opened = open_folder(folder, trust())
    if not opened.bundles:
        for refused in opened.refused:
            say(f"without {refused.source}: {refused.why}")
        say(f"Expected a bundle to serve in {str(folder)!r}, got none that opens.")
    updates = Updates(
        Changes(lambda: files_in(folder)),
        trust,
        store=store_of(folder),
        digests=opened.digests,
        new=opened.new,
        every_s=EVERY_S,
    )
    # What does not open is found again at the first look, which says so.
    return opened.bundles, [], updates


def _camera(args: argparse.Namespace, bundle: "Bundle", say: "Callable[[str], None]") -> "Camera":
    """Return the camera to watch; raises SatchelError if the bundle classifies no images."""
    from satchel.tasks import ImageClassifier
    from satchel_pi.camera.sources import open_source
    from satchel_pi.camera.watcher import Camera
    from satchel_pi.commands.camera_arguments import error_sayer, open_recorder, source_name

    if bundle.card.task != ImageClassifier.TASK:
        raise SatchelError(
            f"Expected a first bundle for {ImageClassifier.TASK} with --camera, got"
            f" {bundle.card.name} for {bundle.card.task}."
        )
    classifier = ImageClassifier(bundle, threads=args.threads, isolated=args.isolated)
    stop = threading.Event()
    frames = open_source(args.source, stop=stop, say=say, rate=args.rate, loop=args.loop)
    recorder = open_recorder(args, say=say)
    say_error = error_sayer(say)

    def show(seen: "Sighting") -> None:
        say_error(seen)
        if recorder is not None:
            recorder.see(seen)

    return Camera(
        source_name(args),
        classifier,
        frames,
        stop,
        show=show,
        ended=(lambda: None) if recorder is None else recorder.end,
        smoothing_s=args.smooth,
    )
