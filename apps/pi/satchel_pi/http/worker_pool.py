"""A bounded queue of work, done by a few threads: the event loop only waits."""

import asyncio
import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from satchel_pi.http.problems import Problem

ResultT = TypeVar("ResultT")

SMOOTHING = 0.1
"""Of the running mean of what a job takes"""
MOST_RETRY_S = 60
"""What a refused client is asked to wait at most"""


class WorkerPool:
    """Threads that do jobs, and room for jobs that wait for them.

    Used from one event loop alone, so its counts need no lock.
    """

    def __init__(self, *, workers: int, waiting: int) -> None:
        self.workers = workers
        self.waiting = waiting
        self.pending = 0
        """Jobs that are done now or wait"""
        self._mean_s = 0.0
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="satchel-work")

    @property
    def queued(self) -> int:
        """How many jobs wait for a thread."""
        return max(0, self.pending - self.workers)

    def check_capacity(self) -> None:
        """Raise Problem 429 where one more job would be refused."""
        if self.pending >= self.workers + self.waiting:
            raise too_many_requests(
                f"at most {self.waiting} requests waiting, they are", self._retry_s()
            )

    async def run(self, job: Callable[[], ResultT]) -> ResultT:
        """Return what ``job`` returns, or raise what it raises; Problem 429 where there is no room.

        A caller that is cancelled leaves the job to its thread, and its place stays taken until it
        is done.
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
        """Let the threads end once their jobs are done."""
        self._pool.shutdown(wait=True)

    def _retry_s(self) -> int:
        return min(MOST_RETRY_S, max(1, math.ceil(self._mean_s)))


def too_many_requests(expected: str, retry_s: int = 1) -> Problem:
    """Return the refusal of what would be too much at once."""
    return Problem(
        429,
        f"Expected {expected}: try again in {retry_s} s.",
        headers={"Retry-After": str(retry_s)},
    )
