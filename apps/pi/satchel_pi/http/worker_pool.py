"""A limited queue of jobs for a few threads, so that the event loop only waits."""

import asyncio
import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from satchel_pi.http.problems import Problem

ResultT = TypeVar("ResultT")

SMOOTHING = 0.1
"""The weight of the newest job in the moving average of a job's time."""
MOST_RETRY_S = 60
"""The longest time that a refused client is asked to wait."""


class WorkerPool:
    """Threads that run jobs, and a limited number of jobs that wait for them.

    Only one event loop uses the pool, so its counts need no lock.
    """

    def __init__(self, *, workers: int, waiting: int) -> None:
        self.workers = workers
        self.waiting = waiting
        self.pending = 0
        """The number of jobs that run or wait."""
        self._mean_s = 0.0
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="satchel-work")

    @property
    def queued(self) -> int:
        """The number of jobs that wait for a thread."""
        return max(0, self.pending - self.workers)

    def check_capacity(self) -> None:
        """Raise Problem 429 if one more job would be refused."""
        if self.pending >= self.workers + self.waiting:
            raise too_many_requests(
                f"at most {self.waiting} requests waiting, got more", self._retry_s()
            )

    async def run(self, job: Callable[[], ResultT]) -> ResultT:
        """Return the result of ``job``, or raise its error.

        If the caller is cancelled, the job goes on in its thread and counts until it is done.
        Raises Problem 429 if the queue is full.
        """
        self.check_capacity()
        loop = asyncio.get_running_loop()
        started = loop.time()
        self.pending += 1

        def done(_: "asyncio.Future[ResultT]") -> None:
            self.pending -= 1
            self._mean_s += SMOOTHING * (loop.time() - started - self._mean_s)

        future = loop.run_in_executor(self._pool, job)
        future.add_done_callback(done)
        return await asyncio.shield(future)

    def close(self) -> None:
        """Wait until all jobs are done, then end the threads."""
        self._pool.shutdown(wait=True)

    def _retry_s(self) -> int:
        return min(MOST_RETRY_S, max(1, math.ceil(self._mean_s)))


def too_many_requests(expected: str, retry_s: int = 1) -> Problem:
    """Return Problem 429 for a limit that is reached: ``expected`` says which."""
    return Problem(
        429,
        f"Expected {expected}: try again in {retry_s} s.",
        headers={"Retry-After": str(retry_s)},
    )
