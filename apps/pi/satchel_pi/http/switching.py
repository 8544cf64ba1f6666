"""Opens a new version of a bundle beside those that are served, and switches to it in one step."""

import asyncio
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future

from satchel.bundle import Bundle
from satchel_pi.http.loaded_model import LoadOptions, ServedModel, load_bundle
from satchel_pi.http.service import NewVersion, Service
from satchel_pi.http.starting import open_workers, test_in_child
from satchel_pi.http.worker_pool import Worker, WorkerPool, thread_workers
from satchel_pi.http.worker_process import WorkerOptions
from satchel_pi.versions.updating import Refused


class ServiceHost:
    """A service that runs, as the host of new versions. Its methods are for one other thread."""

    def __init__(
        self,
        service: Service,
        bundles: Mapping[str, Bundle],
        loop: asyncio.AbstractEventLoop,
        *,
        count: int,
        options: WorkerOptions,
        say: Callable[[str], None],
    ) -> None:
        """Serve ``bundles``, of which those run that the service has, in ``count`` workers.

        ``loop`` is the event loop of the service.
        """
        self._service = service
        self._bundles = {name: bundles[name] for name in service.models}
        self._loop = loop
        self._count = count
        self._options = options
        self._say = say

    def served(self) -> Mapping[str, Bundle]:
        """Return the bundles that are served now, by their names."""
        return self._bundles

    def prepare(self, bundle: Bundle) -> "OpenVersion":
        """Return ``bundle``, tested in a child process and open in workers of its own.

        The workers have all other models as well, so that for a while there are twice as many.

        Raises SatchelError or OSError if it does not run here.
        """
        name, version = bundle.card.name, bundle.card.version
        bundles = {**self._bundles, name: bundle}
        self._service.testing = NewVersion(name, version, time.monotonic())
        try:
            model, workers = self._open(bundle, bundles)
        except BaseException:
            self._service.testing = None
            raise
        return OpenVersion(self, model, bundles, workers)

    def _open(
        self, bundle: Bundle, bundles: Mapping[str, Bundle]
    ) -> tuple[ServedModel, list[Worker]]:
        """Return the model of ``bundle``, tested, and workers that have all ``bundles`` open."""
        if sys.platform == "win32":
            options = LoadOptions(isolated=True, threads=self._options.threads)
            return load_bundle(bundle, options), thread_workers(self._count)
        model = test_in_child(bundle, self._options)
        return model, open_workers(bundles, count=self._count, options=self._options, say=self._say)

    def end_test(self) -> None:
        """Let the service say that no new version is tested."""
        self._service.testing = None

    def report(self, refused: Sequence[Refused]) -> None:
        """Let the service say which new versions were not taken."""
        self._service.refused = tuple(refused)

    def switch(
        self,
        model: ServedModel,
        bundles: Mapping[str, Bundle],
        workers: Sequence[Worker],
        source: str,
    ) -> None:
        """Serve ``model`` and all others from these workers; return when that is so.

        What was wrong with the model, or with its ``source``, is not any more.
        """
        service = self._service
        done: Future[None] = Future()

        def switch() -> None:
            models = {**service.models, model.name: model}
            mended = (model.name, source)
            failures = {name: why for name, why in service.failures.items() if name not in mended}
            service.switch(models, failures, WorkerPool(workers, waiting=service.pool.waiting))
            service.testing = None
            done.set_result(None)

        try:
            self._loop.call_soon_threadsafe(switch)
        except RuntimeError:
            # The service has ended meanwhile. Its next start serves the new version.
            for each in workers:
                each.close()
            return
        done.result()
        self._bundles = dict(bundles)


class OpenVersion:
    """A version that is open beside what a service serves."""

    def __init__(
        self,
        host: ServiceHost,
        model: ServedModel,
        bundles: Mapping[str, Bundle],
        workers: Sequence[Worker],
    ) -> None:
        self._host = host
        self._model = model
        self._bundles = bundles
        self._workers = workers

    def switch(self, source: str) -> None:
        """Serve it from now on. The requests that have begun are answered by what was served."""
        self._host.switch(self._model, self._bundles, self._workers, source)

    def drop(self) -> None:
        """End its workers."""
        self._host.end_test()
        for each in self._workers:
            each.close()
