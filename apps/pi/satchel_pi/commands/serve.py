"""``satchel serve``: bundles as an HTTP service."""

import argparse
import threading
from typing import TYPE_CHECKING

from satchel.cli import CHECK_FAILED, OK, add_trust_arguments, positive, trust_of
from satchel.errors import SatchelError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from satchel_pi.camera.watcher import Camera
    from satchel_pi.http.loaded_model import LoadedModel, LoadFailure, LoadOptions

MOST_MEGAPIXELS = 30
"""The largest image. Each worker needs 90 MB while it decodes one."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    from satchel_pi.commands.camera_arguments import add_source_arguments
    from satchel_pi.commands.service_arguments import add_service_arguments

    parser.add_argument("bundles", metavar="BUNDLE", nargs="+", help=".satchel files")
    add_service_arguments(parser)
    parser.add_argument(
        "--max-megapixels",
        type=positive,
        default=MOST_MEGAPIXELS,
        metavar="N",
        help=f"the largest image that is accepted ({MOST_MEGAPIXELS})",
    )
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
    from satchel import limits
    from satchel_pi.commands.camera_arguments import sayer
    from satchel_pi.commands.service_arguments import settings_of
    from satchel_pi.commands.serving import serve
    from satchel_pi.http.loaded_model import LoadOptions
    from satchel_pi.http.server import listen

    if args.source is not None and not args.camera:
        raise SatchelError("Expected --camera with --source, it is missing.")
    settings = settings_of(args)
    options = LoadOptions(trust_of(args), isolated=args.isolated, threads=args.threads)
    limits.MAX_PIXELS = args.max_megapixels * 1_000_000
    say = sayer("serve")
    # Listen before the bundles are opened, so that a port in use is reported at once.
    with listen(args.host, args.port) as listener:
        loaded, failures = _open_all(args.bundles, options, say)
        if not loaded:
            return CHECK_FAILED
        camera = _camera(args, loaded[0], say) if args.camera else None
        serve(args, loaded, failures, settings, listener, camera=camera, say=say)
    return OK


def _open_all(
    paths: "Iterable[str]", options: "LoadOptions", say: "Callable[[str], None]"
) -> "tuple[list[LoadedModel], list[LoadFailure]]":
    """Return the bundles that pass their self-test, and the failures of the others.

    ``say`` gets a line for each failure. Raises SatchelError for two bundles of the same name.
    """
    from satchel_pi.http.loaded_model import LoadedModel, load_model

    loaded: list[LoadedModel] = []
    failures: list[LoadFailure] = []
    for path in paths:
        found = load_model(path, options)
        if not isinstance(found, LoadedModel):
            say(f"without {found.name}: {found.why}")
            failures.append(found)
        elif found.name in [each.name for each in loaded]:
            raise SatchelError(f"Expected bundles of different names, got two of {found.name!r}.")
        else:
            loaded.append(found)
    return loaded, failures


def _camera(
    args: argparse.Namespace, loaded: "LoadedModel", say: "Callable[[str], None]"
) -> "Camera":
    """Return the camera to watch; raises SatchelError if the first bundle classifies no images."""
    from satchel.tasks import ImageClassifier
    from satchel_pi.camera.sources import open_source
    from satchel_pi.camera.watcher import Camera

    if not isinstance(loaded.runner, ImageClassifier):
        raise SatchelError(
            f"Expected a first bundle for image-classification with --camera, got {loaded.name}"
            f" for {loaded.card.task}."
        )
    stop = threading.Event()
    frames = open_source(args.source, stop=stop, say=say, rate=args.rate, loop=args.loop)
    return Camera(args.source or "camera", loaded.runner, frames, lambda _: None, stop)
