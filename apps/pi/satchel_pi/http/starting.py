"""Opens the models of a service in its workers, and says which of them run here."""

import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from satchel.bundle import Bundle
from satchel.errors import EngineError, SatchelError
from satchel_pi.http.loaded_model import LoadFailure, LoadOptions, ServedModel, load_bundle
from satchel_pi.http.worker_pool import ProcessWorker, Worker, thread_workers
from satchel_pi.http.worker_process import WorkerOptions, WorkerProcess


class Started(NamedTuple):
    """The workers of a service, and the models that run in them."""

    models: list[ServedModel]
    failures: list[LoadFailure]
    workers: list[Worker]
    """None if no model runs here."""


def start_workers(
    bundles: Mapping[str, Bundle],
    *,
    count: int,
    options: WorkerOptions,
    say: Callable[[str], None],
) -> Started:
    """Return ``count`` workers with these bundles, which are checked and have these names.

    The first one tests them all, and the others open those that pass. On Windows the models run in
    threads of this process. ``say`` gets a line whenever a worker is started again.

    Raises EngineError if no worker starts.
    """
    if sys.platform == "win32":
        return _start_threads(bundles, count, options)
    first = WorkerProcess(bundles, options)
    found = first.start(tested=True)
    if first.unlimited:
        say(f"without a limit of memory for its workers: {first.unlimited}")
    models = []
    failures = []
    for name, said in found.items():
        if isinstance(said, str):
            failures.append(LoadFailure(name, said))
            first.bundles.pop(name, None)
        else:
            models.append(ServedModel(bundles[name], *said))
    if not models:
        first.close()
        return Started(models, failures, [])
    processes = [first, *(WorkerProcess(first.bundles, options) for _ in range(count - 1))]
    with ThreadPoolExecutor(count) as threads:
        for _ in threads.map(lambda process: process.start(tested=False), processes[1:]):
            pass
    return Started(models, failures, [ProcessWorker(each, say=say) for each in processes])


def test_in_child(bundle: Bundle, options: WorkerOptions) -> ServedModel:
    """Return the model of ``bundle``, whose golden vectors have passed in a child of their own.

    Raises EngineError if they do not, or if the child ends. Not for Windows.
    """
    name = bundle.card.name
    worker = WorkerProcess({name: bundle}, options)
    try:
        said = worker.start(tested=True)[name]
    finally:
        worker.close()
    if isinstance(said, str):
        raise EngineError(said)
    return ServedModel(bundle, *said)


def open_workers(
    bundles: Mapping[str, Bundle],
    *,
    count: int,
    options: WorkerOptions,
    say: Callable[[str], None],
) -> list[Worker]:
    """Return ``count`` workers with these bundles, which have passed their tests before.

    Raises EngineError or OSError if one does not start: none is left then. Not for Windows.
    """
    processes = [WorkerProcess(bundles, options) for _ in range(count)]
    try:
        with ThreadPoolExecutor(count) as threads:
            for _ in threads.map(lambda process: process.start(tested=False), processes):
                pass
    except BaseException:
        for each in processes:
            each.close()
        raise
    return [ProcessWorker(each, say=say) for each in processes]


def _start_threads(bundles: Mapping[str, Bundle], count: int, options: WorkerOptions) -> Started:
    models: list[ServedModel] = []
    failures = []
    how = LoadOptions(isolated=options.isolated, threads=options.threads)
    for name, bundle in bundles.items():
        try:
            models.append(load_bundle(bundle, how))
        except SatchelError as error:
            failures.append(LoadFailure(name, str(error)))
    return Started(models, failures, thread_workers(count))
