"""Whose turn it is: workers that the test itself lets finish."""

import asyncio

import pytest

from satchel_pi.http.client_address import client_address
from satchel_pi.http.loaded_model import ModelOutput
from satchel_pi.http.refusal import Problem
from satchel_pi.http.worker_pool import RESERVED, SLOW_S, Job, WorkerPool

DONE = ModelOutput([], b"", 0.0)


class Held:
    """A worker whose jobs end when the test says so."""

    is_ready = True

    def __init__(self, log):
        self._log = log
        self.job = None

    async def run(self, job):
        self._log.append(job.input)
        self.job = asyncio.get_running_loop().create_future()
        return await self.job

    async def repair(self):
        pass

    def close(self):
        pass


class Desk:
    """A pool of held workers, and what they were given, in order."""

    def __init__(self, workers=1, waiting=100):
        self.began = []
        self.workers = [Held(self.began) for _ in range(workers)]
        self.pool = WorkerPool(self.workers, waiting=waiting)

    async def ask(self, name, address, *, large=False):
        task = asyncio.create_task(self.pool.run(Job(None, name, large=large), address=address))
        await settle()
        return task

    async def finish(self, worker=0):
        self.workers[worker].job.set_result(DONE)
        await settle()


async def settle():
    for _ in range(10):
        await asyncio.sleep(0)


def run(scene):
    asyncio.run(asyncio.wait_for(scene, 20))


def test_addresses_take_turns():
    async def scene():
        desk = Desk()
        for name in ("a1", "a2", "a3"):
            await desk.ask(name, "a")
        await desk.ask("b1", "b")
        await desk.ask("c1", "c")
        for _ in range(4):
            await desk.finish()
        assert desk.began == ["a1", "a2", "b1", "c1", "a3"]

    run(scene())


def test_one_large_image_is_decoded_at_a_time():
    async def scene():
        desk = Desk(workers=2)
        await desk.ask("large1", "a", large=True)
        await desk.ask("large2", "b", large=True)
        await desk.ask("small", "c")
        assert desk.began == ["large1", "small"]
        await desk.finish(1)
        assert desk.began == ["large1", "small"]
        await desk.finish(0)
        assert desk.began == ["large1", "small", "large2"]

    run(scene())


def test_an_address_of_slow_jobs_leaves_a_worker_to_others():
    async def scene():
        desk = Desk(workers=2)
        await desk.ask("slow", "a")
        await asyncio.sleep(SLOW_S * 1.2)
        await desk.finish()
        for name in ("a1", "a2"):
            await desk.ask(name, "a")
        assert desk.began == ["slow", "a1"]
        await desk.ask("b1", "b")
        assert desk.began == ["slow", "a1", "b1"]

    run(scene())


def test_a_full_line_has_places_for_newcomers():
    async def scene():
        desk = Desk(waiting=2)
        for name in ("a1", "a2", "a3"):
            await desk.ask(name, "a")
        with pytest.raises(Problem, match="at most 2 requests waiting"):
            desk.pool.check_capacity("a")
        for at in range(RESERVED):
            desk.pool.check_capacity(f"new{at}")
            await desk.ask(f"new{at}", f"new{at}")
        with pytest.raises(Problem, match="at most 2 requests waiting"):
            desk.pool.check_capacity("late")

    run(scene())


def test_a_caller_that_gives_up_leaves_the_line():
    async def scene():
        desk = Desk()
        first = await desk.ask("first", "a")
        gone = await desk.ask("gone", "b")
        last = await desk.ask("last", "c")
        gone.cancel()
        await settle()
        assert desk.pool.pending == 2
        # One that runs goes on, and its worker is free when it is done.
        first.cancel()
        await desk.finish()
        assert desk.began == ["first", "last"]
        await desk.finish()
        assert await last == DONE
        assert desk.pool.pending == 0

    run(scene())


def test_a_worker_that_is_free_at_the_moment_of_giving_up_goes_to_the_next():
    async def scene():
        desk = Desk()
        await desk.ask("first", "a")
        gone = await desk.ask("gone", "b")
        await desk.ask("last", "c")
        gone.cancel()
        # Before the cancelled caller runs again.
        await desk.finish()
        assert desk.began == ["first", "last"]

    run(scene())


@pytest.mark.parametrize(
    ("peer", "stated", "found"),
    [
        ("10.0.0.9", ["203.0.113.7"], "10.0.0.9"),
        ("10.0.0.1", ["203.0.113.7"], "203.0.113.7"),
        ("10.0.0.1", ["1.2.3.4, 203.0.113.7, 10.0.0.2"], "203.0.113.7"),
        ("10.0.0.1", ["1.2.3.4", "203.0.113.7"], "203.0.113.7"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", [" , "], "10.0.0.1"),
    ],
)
def test_only_a_trusted_proxy_states_an_address(peer, stated, found):
    headers = [(b"x-forwarded-for", line.encode()) for line in stated]
    scope = {"type": "http", "client": (peer, 1234), "headers": headers}
    assert client_address(scope, {"10.0.0.1", "10.0.0.2"}) == found
