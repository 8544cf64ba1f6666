"""Applies a function to many items in several threads, a few items ahead of the caller."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

ItemT = TypeVar("ItemT")
ResultT = TypeVar("ResultT")


def map_ahead(
    function: Callable[[ItemT], ResultT], items: Iterable[ItemT], *, workers: int, window: int
) -> Iterator[ResultT]:
    """Yield ``function`` of each of ``items``, in their order. At most ``window`` are under way.

    Raises what ``function`` or ``items`` raise, after the results of all items before.
    """
    # One content is classified without it.
    from concurrent.futures import ThreadPoolExecutor

    pool = ThreadPoolExecutor(workers, thread_name_prefix="satchel")
    waiting: deque[Future[ResultT]] = deque()
    try:
        for future in _submitted(pool, function, items):
            waiting.append(future)
            while waiting and (len(waiting) == window or waiting[0].done()):
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        # If the caller stops early, items that have not begun never begin.
        pool.shutdown(cancel_futures=True)


def _submitted(
    pool: "ThreadPoolExecutor", function: Callable[[ItemT], ResultT], items: Iterable[ItemT]
) -> "Iterator[Future[ResultT]]":
    """Yield a future for each item. An error of ``items`` itself becomes a failed future."""
    from concurrent.futures import Future

    try:
        for item in items:
            yield pool.submit(function, item)
    except Exception as error:  # noqa: BLE001 - raised again where the result is read
        failed: Future[ResultT] = Future()
        failed.set_exception(error)
        yield failed
