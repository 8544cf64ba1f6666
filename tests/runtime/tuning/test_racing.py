"""A race: who is dropped and when, what noise may do, and what ends it."""

import itertools
import random

import pytest

from satchel.errors import EngineError
from satchel.tuning.racing import MOST_ROUNDS, Record, is_beaten, race, still_in

NEVER = itertools.repeat(False).__next__


def noisy(times, *, noise=0.2, seed=7):
    """Return a measurement around ``times``, with a slow moment that all share now and then."""
    draw = random.Random(seed)

    def measure(name):
        slow_moment = 3.0 if draw.random() < 0.1 else 1.0
        return times[name] * slow_moment * draw.lognormvariate(0, noise)

    return measure


def ending_after(turns):
    left = iter(range(turns))
    return lambda: next(left, None) is None


@pytest.mark.parametrize("seed", range(20))
def test_noise_does_not_drop_the_fastest(seed):
    # Noise of a fifth, and others a tenth apart: one round would be wrong two times in three.
    times = {name: 1.0 + at / 10 for at, name in enumerate("abcdef")}
    records = race(times, noisy(times, seed=seed), is_over=NEVER)
    assert "a" in still_in(records)


def test_what_is_clearly_slower_costs_few_rounds():
    times = {"fast": 1.0, "close": 1.01, "slow": 1.3, "hopeless": 10.0}
    records = race(times, noisy(times, noise=0.02), is_over=NEVER)
    assert records["hopeless"].beaten
    assert len(records["hopeless"].rounds_ms) == 3
    assert records["slow"].beaten
    assert len(records["slow"].rounds_ms) < 20 < len(records["fast"].rounds_ms)


def test_two_that_are_alike_stay_to_the_end():
    records = race({"a": 1, "b": 1}, noisy({"a": 1.0, "b": 1.0}), is_over=NEVER)
    assert {len(record.rounds_ms) for record in records.values()} <= {MOST_ROUNDS}


def test_a_race_of_one_is_a_single_round():
    records = race(["only"], lambda _: 1.0, is_over=NEVER)
    assert records["only"].rounds_ms == [1.0]


def test_a_race_of_none_is_no_race():
    assert race([], lambda _: 1.0, is_over=NEVER) == {}


def test_who_fails_is_out_with_the_reason_and_the_others_go_on():
    def measure(name):
        if name == "breaks":
            raise EngineError("its process ended by SIGSEGV")
        return {"a": 1.0, "b": 3.0}[name]

    records = race(["a", "breaks", "b"], measure, is_over=NEVER)
    assert records["breaks"] == Record([], "its process ended by SIGSEGV")
    assert still_in(records) == ["a"]
    assert len(records["b"].rounds_ms) == 3


def test_who_fails_later_keeps_its_rounds():
    turns = itertools.count()

    def measure(name):
        if name == "tires" and next(turns) == 2:
            raise EngineError("took longer than 10 s")
        return 1.0

    records = race(["a", "b", "tires"], measure, is_over=NEVER)
    assert records["tires"].rounds_ms == [1.0, 1.0]
    assert records["tires"].failure == "took longer than 10 s"


def test_where_all_fail_none_is_in():
    def measure(name):
        raise EngineError("no")

    records = race(["a", "b"], measure, is_over=NEVER)
    assert still_in(records) == []
    assert {record.failure for record in records.values()} == {"no"}


def test_it_is_over_when_time_is_and_some_have_no_round():
    records = race(["a", "b", "c"], lambda _: 1.0, is_over=ending_after(2))
    assert [len(record.rounds_ms) for record in records.values()] == [1, 1, 0]


def test_rounds_go_there_and_back():
    order = []

    def measure(name):
        order.append(name)
        return 1.0

    race(["a", "b", "c"], measure, is_over=ending_after(6))
    assert order == ["a", "b", "c", "c", "b", "a"]


@pytest.mark.parametrize(
    ("mine", "leader", "beaten"),
    [
        ([1.1] * 9, [1.0] * 9, False),
        # Ten times of ten: less likely than one in a thousand of two that are alike.
        ([1.1] * 10, [1.0] * 10, True),
        ([1.1] * 10 + [0.9], [1.0] * 11, False),
        ([1.6] * 2, [1.0] * 2, False),
        ([1.6] * 3, [1.0] * 3, True),
        ([1.6, 1.6, 1.4], [1.0] * 3, False),
        ([0.5] * 50, [1.0] * 50, False),
        ([1.0] * 50, [1.0] * 50, False),
        ([9.0], [1.0], False),
    ],
)
def test_slower_counts_when_it_is_beyond_chance(mine, leader, beaten):
    assert is_beaten(mine, leader) is beaten


def test_how_slow_one_is_to_another_is_told_round_by_round():
    # The same slow moment in both, and one round more of the other.
    mine, other = Record([1.1, 11.0, 1.1]), Record([1.0, 10.0, 1.0, 1.0])
    assert mine.times_as_slow_as(other) == pytest.approx(1.1)
