"""A function over many items by several threads: order, errors in their place, bounded."""

import threading

import pytest

from satchel.tasks.parallel import map_ahead

WAIT_SECONDS = 60
"""For another thread on a busy machine; nothing here takes long"""


def test_results_come_in_the_order_of_the_items_however_long_each_takes():
    first_may_end = threading.Event()

    def square(number):
        if number == 0:
            assert first_may_end.wait(WAIT_SECONDS)
        if number == 3:
            first_may_end.set()
        return number * number

    found = list(map_ahead(square, range(10), workers=2, window=4))
    assert found == [number * number for number in range(10)]


def test_as_many_items_as_workers_are_under_way_at_once():
    both_are_here = threading.Barrier(2, timeout=WAIT_SECONDS)
    assert len(list(map_ahead(lambda _: both_are_here.wait(), range(6), workers=2, window=2))) == 6


@pytest.mark.parametrize("window", [1, 2, 5])
def test_no_more_items_are_taken_than_the_window_holds(window):
    taken = []

    def items():
        for number in range(50):
            taken.append(number)
            yield number

    for found in map_ahead(lambda number: number, items(), workers=2, window=window):
        assert len(taken) - found <= window


def test_an_error_of_the_function_comes_behind_the_results_before_it():
    def invert(number):
        return 1 / number

    results = map_ahead(invert, [1, 2, 0, 4], workers=2, window=4)
    assert [next(results), next(results)] == [1, 0.5]
    with pytest.raises(ZeroDivisionError):
        next(results)
    assert list(results) == []


def test_an_error_of_the_items_comes_behind_the_results_before_it():
    def items():
        yield from (1, 2)
        raise OSError("the camera was unplugged")

    results = map_ahead(lambda number: number, items(), workers=2, window=8)
    assert [next(results), next(results)] == [1, 2]
    with pytest.raises(OSError, match="unplugged"):
        next(results)


def test_whoever_stops_early_leaves_no_thread_behind():
    before = threading.active_count()
    results = map_ahead(lambda number: number, range(1000), workers=2, window=4)
    assert next(results) == 0
    results.close()
    assert threading.active_count() == before


def test_no_items_are_no_results():
    assert list(map_ahead(lambda number: number, [], workers=2, window=2)) == []
