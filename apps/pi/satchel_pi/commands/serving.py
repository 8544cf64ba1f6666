"""Runs bundles, and perhaps a camera, as a service: for ``serve`` and ``camera --page``."""

import argparse
import asyncio
import functools
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from satchel.bundle import Bundle, Trust
from satchel.device import usable_cores
from satchel_pi.commands.camera_versions import CameraHost
from satchel_pi.http.live_view import LiveView, publisher
from satchel_pi.http.loaded_model import LoadFailure
from satchel_pi.http.server import run_service
from satchel_pi.http.service import Service, Settings
from satchel_pi.http.starting import start_workers
from satchel_pi.http.switching import ServiceHost
from satchel_pi.http.worker_pool import WorkerPool
from satchel_pi.http.worker_process import WorkerOptions
from satchel_pi.service_manager import ServiceManager, service_manager
from satchel_pi.versions.candidates import Candidate, Changes
from satchel_pi.versions.store import VersionStore
from satchel_pi.versions.updating import Host, Updater
from satchel_pi.versions.watching import Watching

if TYPE_CHECKING:
    from satchel.tasks import ImageClassifier
    from satchel_pi.camera.watcher import Camera


class Updates(NamedTuple):
    """Where a service finds new versions of its bundles."""

    changes: Changes
    trust: Callable[[], Trust | None]
    """Returns which bundles the command line allows, from the files of keys as they are then."""
    store: VersionStore | None = None
    names: Mapping[Path, str] | None = None
    digests: Mapping[str, str] | None = None
    new: Sequence[Candidate] = ()
    """The bundles that are served and are not in the store yet."""
    every_s: float | None = None
    """The time between two looks for them. None looks at SIGHUP alone."""


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
    updates: Updates | None = None,
) -> bool:
    """Serve these bundles until SIGTERM or SIGINT. Return False if none of them runs here.

    New versions are taken as ``updates`` says; None takes none.
    """
    count = args.workers or usable_cores()
    found = start_workers(bundles, count=count, options=options, say=say)
    for failure in found.failures:
        say(f"without {failure.name}: {failure.why}")
    if not found.models:
        return False
    if camera is not None and _name(camera) not in {each.name for each in found.models}:
        say(f"without its camera: {_name(camera)} is not served")
        camera = None
    live = None if camera is None else LiveView(camera.source, _name(camera))
    service = Service(
        {each.name: each for each in found.models},
        {each.name: each.why for each in [*failures, *found.failures]},
        WorkerPool(found.workers, waiting=args.queue),
        settings,
        live,
    )
    manager = service_manager(say)
    watching = Watching(
        every_s=None if updates is None else updates.every_s,
        began=manager.reloading,
        ended=manager.ready,
    )
    watcher = None
    if camera is not None and live is not None:
        from satchel_pi.camera.watcher import Watcher

        show = publisher(live)
        watcher = Watcher(
            camera,
            also=lambda seen: show(
                seen.result._replace(predictions=seen.predictions), seen.card.version
            ),
            say=say,
        )

    def take_new(updates: Updates) -> None:
        loop = asyncio.get_running_loop()
        host: Host = ServiceHost(service, bundles, loop, count=count, options=options, say=say)
        if camera is not None:
            host = CameraHost(host, camera, _opener(options))
        updater = Updater(
            host,
            updates.changes,
            store=updates.store,
            names=updates.names,
            digests=updates.digests,
            trust=updates.trust,
            say=say,
        )
        watching.begin(updater, updates.new)

    feeding: list[asyncio.Task[None]] = []

    def started() -> None:
        names = ", ".join(service.models)
        say(f"serves {names} at {_address(listener)}")
        if watcher is not None:
            watcher.start()
        if updates is not None:
            take_new(updates)
        manager.ready()
        if manager.watchdog_s is not None:
            # The event loop keeps no task alive by itself.
            feeding.append(asyncio.get_running_loop().create_task(_feed(manager)))

    try:
        with _asked_by_signal(watching if updates is not None else None):
            run_service(service, listener, started=started, stopping=manager.stopping)
    finally:
        if watcher is not None:
            watcher.close()
    return True


def _name(camera: "Camera") -> str:
    """Return the name of the camera's model."""
    return camera.classifier.bundle.card.name


def _opener(options: WorkerOptions) -> "Callable[[Bundle], ImageClassifier]":
    # Imported here, because a service without a camera does not need NumPy.
    from satchel.tasks import ImageClassifier

    return functools.partial(ImageClassifier, threads=options.threads)


async def _feed(manager: ServiceManager) -> None:
    """Give the watchdog signs of life as long as the event loop runs, at half of its time."""
    assert manager.watchdog_s is not None, "somebody waits for them"
    while True:
        manager.alive()
        await asyncio.sleep(manager.watchdog_s / 2)


@contextmanager
def _asked_by_signal(watching: Watching | None) -> Iterator[None]:
    """Let SIGHUP ask for new versions until the block ends. Windows has no such signal."""
    if watching is None or sys.platform == "win32":
        yield
        return
    before = signal.signal(signal.SIGHUP, lambda *_: watching.ask())
    try:
        yield
    finally:
        signal.signal(signal.SIGHUP, before)


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"
