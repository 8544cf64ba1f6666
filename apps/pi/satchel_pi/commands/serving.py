"""Runs models, and perhaps a camera, as a service: for ``serve`` and ``camera --page``."""

import argparse
import socket
import sys
from collections.abc import Callable, Sequence

from satchel.cli import printable
from satchel.device import usable_cores
from satchel_pi.camera.watcher import Camera, Watcher
from satchel_pi.http.live_view import LiveView, publisher
from satchel_pi.http.loaded_model import LoadedModel, LoadFailure
from satchel_pi.http.server import run_service
from satchel_pi.http.service import Service, Settings
from satchel_pi.http.worker_pool import WorkerPool


def serve(
    args: argparse.Namespace,
    loaded: Sequence[LoadedModel],
    failures: Sequence[LoadFailure],
    settings: Settings,
    listener: socket.socket,
    *,
    camera: Camera | None,
    say: Callable[[str], None],
) -> None:
    """Serve the models ``loaded`` until SIGTERM or SIGINT."""
    live = None if camera is None else LiveView(camera.source, loaded[0].name)
    service = Service(
        {each.name: each for each in loaded},
        {each.name: each.why for each in failures},
        WorkerPool(workers=args.workers or usable_cores(), waiting=args.queue),
        settings,
        live,
    )
    watcher = None
    if camera is not None and live is not None:
        watcher = Watcher(camera, also=publisher(live), say=say)

    def started() -> None:
        names = ", ".join(service.models)
        address = _address(listener)
        print(printable(f"satchel serves {names} at {address}"), file=sys.stderr, flush=True)
        if watcher is not None:
            watcher.start()

    try:
        run_service(service, listener, started=started)
    finally:
        if watcher is not None:
            watcher.close()


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"
