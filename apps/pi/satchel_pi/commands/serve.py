"""``satchel serve``: bundles as an HTTP service."""

import argparse
import threading
from typing import TYPE_CHECKING

from satchel.bundle import policies_here
from satchel.cli import CHECK_FAILED, OK, add_trust_arguments, positive, trust_of
from satchel.errors import SatchelError

if TYPE_CHECKING:
    from collections.abc import Callable

    from satchel.bundle import Bundle
    from satchel_pi.camera.watcher import Camera


def add_arguments(parser: argparse.ArgumentParser) -> None:
    from satchel_pi.commands.camera_arguments import add_source_arguments
    from satchel_pi.commands.service_arguments import add_service_arguments

    parser.add_argument("bundles", metavar="BUNDLE", nargs="+", help=".satchel files")
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


def run(args: argparse.Namespace) -> int:
    from satchel_pi.http.log import open_log

    if args.source is not None and not args.camera:
        raise SatchelError("Expected --camera with --source, it is missing.")
    with open_log("serve", as_json=args.log == "json") as say:
        return _serve(args, say)


def _serve(args: argparse.Namespace, say: "Callable[[str], None]") -> int:
    from satchel_pi.commands.service_arguments import settings_of, worker_options
    from satchel_pi.commands.serving import serve
    from satchel_pi.http.loaded_model import open_bundles
    from satchel_pi.http.server import listen

    settings = settings_of(args)
    options = worker_options(args, isolated=args.isolated, threads=args.threads)
    for policy in policies_here():
        say(f"opens what {policy.place} allows")
    # Listen before the bundles are opened, so that a port in use is reported at once.
    with listen(args.host, args.port) as listener:
        bundles, failures = open_bundles(args.bundles, trust=trust_of(args))
        for failure in failures:
            say(f"without {failure.name}: {failure.why}")
        if not bundles:
            return CHECK_FAILED
        camera = _camera(args, next(iter(bundles.values())), say) if args.camera else None
        served = serve(
            args, bundles, failures, settings, listener, options=options, camera=camera, say=say
        )
    return OK if served else CHECK_FAILED


def _camera(args: argparse.Namespace, bundle: "Bundle", say: "Callable[[str], None]") -> "Camera":
    """Return the camera to watch; raises SatchelError if the bundle classifies no images."""
    from satchel.tasks import ImageClassifier
    from satchel_pi.camera.sources import open_source
    from satchel_pi.camera.watcher import Camera

    if bundle.card.task != ImageClassifier.TASK:
        raise SatchelError(
            f"Expected a first bundle for {ImageClassifier.TASK} with --camera, got"
            f" {bundle.card.name} for {bundle.card.task}."
        )
    classifier = ImageClassifier(bundle, threads=args.threads, isolated=args.isolated)
    stop = threading.Event()
    frames = open_source(args.source, stop=stop, say=say, rate=args.rate, loop=args.loop)
    return Camera(args.source or "camera", classifier, frames, lambda _: None, stop)
