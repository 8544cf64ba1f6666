"""How fast the models of a bundle are on this device, each in a process of its own."""

import os
from collections.abc import Callable
from typing import Any, NamedTuple

from satchel.bundle.reading import open_bundle
from satchel.device.health import Health
from satchel.engines.engine import engine_version
from satchel.errors import EngineError
from satchel.inference.selection import choose_model, default_model, runnable
from satchel.tuning.timing import Latency
from satchel.tuning.worker import Measuring

_PATIENCE_S = 120.0
"""Beyond the seconds that are measured: a slow disk, a slower engine, a busy device"""


class Profile(NamedTuple):
    """What a user meets on the way from a file to many answers."""

    load_ms: float
    """From the bundle's file to a model that is open, the engine's import among it"""
    first_ms: float
    """The first answer"""
    prepare_ms: float
    """Median of reading a golden input: decoding an image, splitting a text"""
    latency: Latency
    """Of the answers to prepared inputs"""
    peak_bytes: int
    """Of the process that loaded this one model"""
    before: Health
    after: Health


class Benched(NamedTuple):
    """One model in one engine, measured or not."""

    file: str
    engine: str
    engine_version: str
    threads: int
    profile: Profile | None
    failure: str | None
    """Why there is no profile"""


def bench(
    path: str | os.PathLike[str],
    *,
    model: str | None = None,
    engine: str | None = None,
    threads: int = 1,
    seconds: float = 3.0,
    watch: Callable[[str, str], object] = lambda *_: None,
) -> list[Benched]:
    """Return a profile of every model and engine that run here and are as asked for.

    ``seconds`` of answers are timed for each; ``watch`` is told which.

    Raises EngineError where nothing runs, and what ``open_bundle`` raises.
    """
    card = open_bundle(path).card
    # Says what to install, should nothing fit.
    choose_model(card, file=model, engine=engine)
    results = []
    for file, name in runnable(card):
        if model in (None, file) and engine in (None, name):
            watch(file, name)
            one = _bench_one(path, file=file, engine=name, threads=threads, seconds=seconds)
            results.append(one)
    return results


def bench_default(path: str | os.PathLike[str], *, seconds: float = 3.0) -> Benched:
    """Return a profile of what is taken where nothing is asked for; raises as ``bench`` does."""
    entry, engine, threads, _ = default_model(open_bundle(path))
    return _bench_one(path, file=entry.file, engine=engine, threads=threads, seconds=seconds)


def _bench_one(
    path: str | os.PathLike[str], *, file: str, engine: str, threads: int, seconds: float
) -> Benched:
    deadline_s = _PATIENCE_S + 2 * seconds
    words = {"file": file, "engine": engine, "threads": threads, "seconds": seconds}
    version = engine_version(engine)
    with Measuring(path) as process:
        try:
            answer = process.ask("profile", deadline_s=deadline_s, **words)
        except EngineError as error:
            return Benched(file, engine, version, threads, None, str(error))
    return Benched(file, engine, version, threads, _profile(answer), None)


def _profile(answer: dict[str, Any]) -> Profile:
    nested = {
        "latency": Latency(**answer["latency"]),
        "before": Health(**answer["before"]),
        "after": Health(**answer["after"]),
    }
    return Profile(**{**answer, **nested})
