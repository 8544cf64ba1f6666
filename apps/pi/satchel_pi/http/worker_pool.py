"""Hands jobs to workers in fair turns, so that one address cannot keep the others waiting.

A job is one input of one model. Each address has its own line, and the addresses take turns, as do
the inputs of a batch with everybody else's. One large image is decoded at a time, and an address
whose jobs take long leaves a worker to the others.
"""

import asyncio
import math
from collections import Counter, deque
from collections.abc import Callable, Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol, TypeVar

from satchel.errors import SatchelError
from satchel_pi.http.inspection import Prepared, golden_output, golden_samples, prepare
from satchel_pi.http.loaded_model import LoadedModel, ModelInput, ModelOutput, ServedModel
from satchel_pi.http.refusal import TOO_MANY_REQUESTS, Problem
from satchel_pi.http.worker_process import WorkerProcess

T = TypeVar("T")

SMOOTHING = 0.1
"""The weight of the newest job in the moving average of a job's time."""
MOST_RETRY_S = 60
"""The longest time that a refused client is asked to wait."""
SLOW_S = 0.25
"""The mean time of an address's jobs from which on it leaves a worker to the others."""
RESERVED = 8
"""The places in the line beyond the limit, for addresses without any job."""
MOST_ADDRESSES = 1000
"""The most addresses whose times are remembered."""
RESTART_S = 2.0
"""The pause before a worker that did not start is started again."""


class Job(NamedTuple):
    """One input for one model."""

    model: ServedModel
    input: ModelInput
    top: int | None = None
    large: bool = False
    """Whether it is an image that takes much memory to decode."""


class Worker(Protocol):
    """Runs one job at a time."""

    async def run(self, job: Job) -> ModelOutput:
        """Return the output; raises InputError, EngineError and Problem."""
        ...

    async def prepare(self, job: Job) -> Prepared:
        """Return an image or a text as the model reads it; raises as ``run`` does."""
        ...

    async def golden_samples(self, model: ServedModel) -> list[dict[str, Any]]:
        """Return what is told of each golden vector; raises as ``run`` does."""
        ...

    async def golden_output(self, model: ServedModel, number: int) -> bytes:
        """Return the PNG file that a golden vector expects; raises as ``run`` does."""
        ...

    @property
    def is_ready(self) -> bool:
        """Whether the worker can run. It cannot if its process has ended."""
        ...

    async def repair(self) -> None:
        """Make the worker ready again."""
        ...

    @property
    def process_id(self) -> int | None:
        """The number of its process, None if it has none of its own."""
        ...

    def close(self) -> None:
        """End the worker, and the job that it runs."""
        ...


class ThreadWorker:
    """Runs models that are open in this process, in a thread."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="satchel-work")

    async def run(self, job: Job) -> ModelOutput:
        """Return the output; raises InputError and EngineError."""
        return await self._do(job.model, lambda model: model.predict(job.input, top=job.top))

    async def prepare(self, job: Job) -> Prepared:
        """Return an image or a text as the model reads it; raises InputError."""
        return await self._do(job.model, lambda model: prepare(model, job.input))

    async def golden_samples(self, model: ServedModel) -> list[dict[str, Any]]:
        """Return what is told of each golden vector; raises CardError."""
        return await self._do(model, golden_samples)

    async def golden_output(self, model: ServedModel, number: int) -> bytes:
        """Return the PNG file that a golden vector expects."""
        return await self._do(model, lambda loaded: golden_output(loaded, number))

    async def _do(self, model: ServedModel, work: Callable[[LoadedModel], T]) -> T:
        assert isinstance(model, LoadedModel), "only such a model is open here"
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, work, model)

    @property
    def is_ready(self) -> bool:
        """True: a thread does not end."""
        return True

    @property
    def process_id(self) -> int | None:
        """None: a thread is of this process."""
        return None

    async def repair(self) -> None:
        """Return at once."""

    def close(self) -> None:
        """Wait for the job that runs."""
        self._thread.shutdown(wait=True)


class ProcessWorker:
    """Runs models in a process of their own, which is started again if it ends."""

    def __init__(self, process: WorkerProcess, *, say: Callable[[str], None]) -> None:
        """Wrap a process that has started. ``say`` gets a line for each restart."""
        self._process = process
        self._say = say
        self._closed = False

    async def run(self, job: Job) -> ModelOutput:
        """Return the output; raises InputError, EngineError and Problem."""
        return await self._process.run(job.model.name, job.input, top=job.top)

    async def prepare(self, job: Job) -> Prepared:
        """Return an image or a text as the model reads it; raises as ``run`` does."""
        return await self._process.prepare(job.model.name, job.input)

    async def golden_samples(self, model: ServedModel) -> list[dict[str, Any]]:
        """Return what is told of each golden vector; raises as ``run`` does."""
        return await self._process.golden_samples(model.name)

    async def golden_output(self, model: ServedModel, number: int) -> bytes:
        """Return the PNG file that a golden vector expects; raises as ``run`` does."""
        return await self._process.golden_output(model.name, number)

    @property
    def is_ready(self) -> bool:
        """Whether the process is there."""
        return self.process_id is not None

    @property
    def process_id(self) -> int | None:
        """The number of the process, None while there is none."""
        return self._process.process_id

    async def repair(self) -> None:
        """Start the process again, as often as it takes."""
        while not self.is_ready and not self._closed:
            self._say("a worker is started again")
            try:
                await asyncio.to_thread(self._process.start, tested=False)
            except (SatchelError, OSError) as error:
                self._process.kill()
                self._say(str(error))
                await asyncio.sleep(RESTART_S)

    def close(self) -> None:
        """Kill the process."""
        self._closed = True
        self._process.close()


def thread_workers(count: int) -> list[Worker]:
    """Return workers for models that are open in this process."""
    return [ThreadWorker() for _ in range(count)]


@dataclass(eq=False)
class _Ticket:
    """A job in the line, and the worker that it gets."""

    address: str
    large: bool
    worker: "asyncio.Future[Worker]" = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


class WorkerPool:
    """Workers that run jobs, and a limited number of jobs that wait for them.

    Only one event loop uses the pool, so its counts need no lock.
    """

    def __init__(self, workers: Sequence[Worker], *, waiting: int) -> None:
        self.waiting = waiting
        self._workers = list(workers)
        self._idle = deque(self._workers)
        self._lines: dict[str, deque[_Ticket]] = {}
        """The tickets of each address. The address that comes first has the next turn."""
        self._running: Counter[str] = Counter()
        self._large_runs = False
        self._users = 0
        self._retired = False
        self._means: dict[str, float] = {}
        self._mean_s = 0.0
        self._tasks: set[asyncio.Task[Any]] = set()

    @property
    def pending(self) -> int:
        """The number of jobs that run or wait."""
        return self.queued + self._running.total()

    @property
    def queued(self) -> int:
        """The number of jobs that wait for a worker."""
        return sum(map(len, self._lines.values()))

    @property
    def process_ids(self) -> list[int | None]:
        """The number of each worker's process, None for one that has none."""
        return [worker.process_id for worker in self._workers]

    def check_capacity(self, address: str = "") -> None:
        """Raise Problem 429 if one more job of ``address`` would be refused."""
        is_new = address not in self._lines and not self._running[address]
        most = len(self._workers) + self.waiting + (RESERVED if is_new else 0)
        if self.pending >= most:
            raise too_many_requests(
                f"at most {self.waiting} requests waiting, got more", self._retry_s()
            )

    async def run(self, job: Job, *, address: str = "") -> ModelOutput:
        """Return the output of ``job``, or raise its error.

        If the caller is cancelled, a job that runs goes on, and counts until it is done.
        """
        return await self.lend(lambda worker: worker.run(job), address=address, large=job.large)

    async def lend(
        self,
        work: Callable[[Worker], Coroutine[Any, Any, T]],
        *,
        address: str = "",
        large: bool = False,
    ) -> T:
        """Return the result of ``work``, which gets a worker when it is its turn, as ``run``."""
        ticket = _Ticket(address, large)
        self._lines.setdefault(address, deque()).append(ticket)
        self._dispatch()
        try:
            worker = await ticket.worker
        except asyncio.CancelledError:
            self._leave(ticket)
            raise
        task = asyncio.create_task(self._run(worker, work, ticket))
        self._keep(task)
        return await asyncio.shield(task)

    @contextmanager
    def used(self) -> Iterator[None]:
        """Keep the workers of a retired pool until the block ends."""
        self._users += 1
        try:
            yield
        finally:
            self._users -= 1
            self._close_if_done()

    def retire(self) -> None:
        """End all workers as soon as nobody uses the pool: another one has taken its place."""
        self._retired = True
        self._close_if_done()

    def close(self) -> None:
        """End all workers."""
        for worker in self._workers:
            worker.close()

    def _close_if_done(self) -> None:
        if self._retired and self._users == 0:
            self.close()

    async def _run(
        self, worker: Worker, work: Callable[[Worker], Coroutine[Any, Any, T]], ticket: _Ticket
    ) -> T:
        loop = asyncio.get_running_loop()
        started = loop.time()
        try:
            return await work(worker)
        finally:
            self._remember(ticket.address, loop.time() - started)
            self._running -= Counter([ticket.address])
            self._large_runs = self._large_runs and not ticket.large
            if worker.is_ready:
                self._give_back(worker)
            else:
                # The answer need not wait until the worker has been replaced.
                self._keep(loop.create_task(self._repair(worker)))

    async def _repair(self, worker: Worker) -> None:
        await worker.repair()
        self._give_back(worker)

    def _give_back(self, worker: Worker) -> None:
        self._idle.append(worker)
        self._dispatch()

    def _keep(self, task: "asyncio.Task[Any]") -> None:
        """Keep a task until it is done. Its error is its caller's, if there still is one."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(lambda done: done.cancelled() or done.exception())

    def _dispatch(self) -> None:
        """Give idle workers to those whose turn it is."""
        while self._idle and (ticket := self._next()) is not None:
            self._running[ticket.address] += 1
            self._large_runs = self._large_runs or ticket.large
            ticket.worker.set_result(self._idle.popleft())

    def _next(self) -> _Ticket | None:
        """Take the ticket whose turn it is out of its line. None if none may run now."""
        for address, line in self._lines.items():
            if self._must_leave_a_worker(address):
                continue
            for ticket in line:
                # The caller of a cancelled ticket will take it out of the line.
                if not ticket.worker.cancelled() and not (ticket.large and self._large_runs):
                    self._leave(ticket)
                    if line:
                        # Behind all others until its next turn.
                        self._lines[address] = self._lines.pop(address)
                    return ticket
        return None

    def _must_leave_a_worker(self, address: str) -> bool:
        last = len(self._idle) == 1 and len(self._workers) > 1
        return last and self._running[address] > 0 and self._means.get(address, 0) > SLOW_S

    def _leave(self, ticket: _Ticket) -> None:
        line = self._lines.get(ticket.address)
        if line is not None and ticket in line:
            line.remove(ticket)
            if not line:
                del self._lines[ticket.address]
        elif ticket.worker.done() and not ticket.worker.cancelled():
            # It got a worker at the moment at which its caller gave up.
            self._running -= Counter([ticket.address])
            self._large_runs = self._large_runs and not ticket.large
            self._give_back(ticket.worker.result())

    def _remember(self, address: str, seconds: float) -> None:
        self._mean_s += SMOOTHING * (seconds - self._mean_s)
        mean = self._means.pop(address, seconds)
        self._means[address] = mean + SMOOTHING * (seconds - mean)
        if len(self._means) > MOST_ADDRESSES:
            del self._means[next(iter(self._means))]

    def _retry_s(self) -> int:
        return min(MOST_RETRY_S, max(1, math.ceil(self._mean_s)))


def too_many_requests(expected: str, retry_s: int = 1) -> Problem:
    """Return Problem 429 for a limit that is reached: ``expected`` says which."""
    return Problem(
        TOO_MANY_REQUESTS,
        f"Expected {expected}: try again in {retry_s} s.",
        headers={"Retry-After": str(retry_s)},
    )
