"""Runs bundles, and perhaps a camera, as a service: for ``serve`` and ``camera --page``."""

import argparse
import socket
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from satchel.bundle import Bundle
from satchel.device import usable_cores
from satchel_pi.http.live_view import LiveView, publisher
from satchel_pi.http.loaded_model import LoadFailure
from satchel_pi.http.server import run_service
from satchel_pi.http.service import Service, Settings
from satchel_pi.http.starting import start_workers
from satchel_pi.http.worker_pool import WorkerPool
from satchel_pi.http.worker_process import WorkerOptions

if TYPE_CHECKING:
    from satchel_pi.camera.watcher import Camera


def serve(
    args: argparse.Namespace,
    bundles: Mapping[str, Bundle],
    failures: Sequence[LoadFailure],
    settings: Settings,
    listener: socket.socket,
    *,
    options: WorkerOptions,
    camera: "Camera | None",
    say: Callable[[str], None],
) -> bool:
    """Serve these bundles until SIGTERM or SIGINT. Return False if none of them runs here."""
    found = start_workers(bundles, count=args.workers or usable_cores(), options=options, say=say)
    for failure in found.failures:
        say(f"without {failure.name}: {failure.why}")
    if not found.models:
        return False
    live = None if camera is None else LiveView(camera.source, found.models[0].name)
    service = Service(
        {each.name: each for each in found.models},
        {each.name: each.why for each in [*failures, *found.failures]},
        WorkerPool(found.workers, waiting=args.queue),
        settings,
        live,
    )
    watcher = None
    if camera is not None and live is not None:
        from satchel_pi.camera.watcher import Watcher

        watcher = Watcher(camera, also=publisher(live), say=say)

    def started() -> None:
        names = ", ".join(service.models)
        say(f"serves {names} at {_address(listener)}")
        if watcher is not None:
            watcher.start()

    try:
        run_service(service, listener, started=started)
    finally:
        if watcher is not None:
            watcher.close()
    return True


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"
