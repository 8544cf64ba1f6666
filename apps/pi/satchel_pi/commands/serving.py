"""Models, and perhaps a camera, as a service: for ``serve`` and ``camera --page``."""

import argparse
import socket
import sys
from collections.abc import Callable, Sequence

from satchel.cli import printable
from satchel_pi.commands.service_arguments import usable_cores
from satchel_pi.live import Live
from satchel_pi.served import Served, Unserved
from satchel_pi.server import run_service
from satchel_pi.service import Service, Settings
from satchel_pi.watching import Camera, Watcher, shown_by
from satchel_pi.work import Work


def serve(
    given: argparse.Namespace,
    served: Sequence[Served],
    unserved: Sequence[Unserved],
    settings: Settings,
    listener: socket.socket,
    *,
    camera: Camera | None,
    say: Callable[[str], None],
) -> None:
    """Serve until SIGTERM or SIGINT."""
    live = None if camera is None else Live(camera.source, served[0].name)
    service = Service(
        {each.name: each for each in served},
        {each.name: each.why for each in unserved},
        Work(workers=given.workers or usable_cores(), waiting=given.queue),
        settings,
        live,
    )
    watcher = None
    if camera is not None and live is not None:
        watcher = Watcher(camera, also=shown_by(live), say=say)

    def started() -> None:
        names = ", ".join(service.served)
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
