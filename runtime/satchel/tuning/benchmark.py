"""Measures how fast the models of a bundle are on this device, each in its own process."""

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from satchel.bundle.reading import Bundle, open_bundle
from satchel.device.health import Health
from satchel.engines.engine import engine_version
from satchel.errors import EngineError
from satchel.inference.selection import choose_model, default_model, runnable
from satchel.tuning.timing import Latency
from satchel.tuning.worker import Measuring

if TYPE_CHECKING:
    from satchel.bundle.policy import Policy
    from satchel.bundle.trust import TrustSource

_PATIENCE_S = 120.0
"""The extra time for a job, for a slow disk, a slow engine or a busy device."""


class Profile(NamedTuple):
    """What one model costs a user, from opening the file to many predictions."""

    load_ms: float
    """The time from the bundle's file to an open model, the engine's import included."""
    first_ms: float
    """The time of the first prediction."""
    prepare_ms: float
    """The median time to read a golden input: to decode an image or to split a text."""
    latency: Latency
    """The time of a prediction for a prepared input."""
    peak_bytes: int
    """The peak memory of the process that loaded only this model."""
    before: Health
    after: Health


class Answered(NamedTuple):
    """What a model answers on samples of one's own, from a decoded file to the answer."""

    samples: int
    right: int
    """The number of samples with the right answer."""
    accuracy_ci95: tuple[float, float]
    """The exact confidence interval of the share of right answers."""
    p50_ms: float
    p95_ms: float

    @property
    def words(self) -> str:
        """The accuracy with its count and interval."""
        low, high = self.accuracy_ci95
        share = f"{self.right / self.samples:.2%} ({self.right:,} of {self.samples:,})"
        return f"{share}, 95 % from {low:.2%} to {high:.2%}"


class Benched(NamedTuple):
    """One model in one engine, with its measurements or the reason why there are none."""

    file: str
    engine: str
    engine_version: str
    threads: int
    profile: Profile | None
    failure: str | None
    """Why there is no profile. None if there is one."""
    answered: Answered | None = None
    """What it answers on samples of one's own. None if there are none."""


def bench(
    path: str | os.PathLike[str],
    *,
    model: str | None = None,
    engine: str | None = None,
    threads: int = 1,
    seconds: float = 3.0,
    watch: Callable[[str, str], object] = lambda *_: None,
    trust: "TrustSource | None" = None,
    policy: "Policy | None" = None,
) -> list[Benched]:
    """Return a profile of every model and engine that run here and fit the arguments.

    Predictions are timed for ``seconds`` for each. ``watch`` is called with each model and engine
    before it is measured. ``trust`` and ``policy`` are those of ``open_bundle``.

    Raises EngineError if nothing runs here, and what ``open_bundle`` raises.
    """
    bundle = open_bundle(path, trust=trust, policy=policy)
    card = bundle.card
    # Raises an error that says what to install if nothing fits.
    choose_model(card, file=model, engine=engine)
    results = []
    for file, name in runnable(card):
        if model in (None, file) and engine in (None, name):
            watch(file, name)
            one = _bench_one(path, bundle, file, name, threads=threads, seconds=seconds)
            results.append(one)
    return results


def bench_default(
    path: str | os.PathLike[str],
    *,
    seconds: float = 3.0,
    trust: "TrustSource | None" = None,
    policy: "Policy | None" = None,
) -> Benched:
    """Return a profile of the model that is used by default; raises what ``bench`` raises."""
    bundle = open_bundle(path, trust=trust, policy=policy)
    entry, engine, threads, _ = default_model(bundle)
    return _bench_one(path, bundle, entry.file, engine, threads=threads, seconds=seconds)


def _bench_one(
    path: str | os.PathLike[str],
    bundle: Bundle,
    file: str,
    engine: str,
    *,
    threads: int,
    seconds: float,
) -> Benched:
    deadline_s = _PATIENCE_S + 2 * seconds
    words = {"file": file, "engine": engine, "threads": threads, "seconds": seconds}
    version = engine_version(engine)
    with Measuring(path, bundle.card_digest) as process:
        try:
            if bundle.proven is not None:
                # A policy asks for it.
                from satchel.selftest.sandbox import check_isolated

                check_isolated(bundle, model=file, engine=engine)
            reply = process.ask("profile", deadline_s=deadline_s, **words)
        except EngineError as error:
            return Benched(file, engine, version, threads, None, str(error))
    return Benched(file, engine, version, threads, _profile(reply), None)


def _profile(reply: dict[str, Any]) -> Profile:
    nested = {
        "latency": Latency(**reply["latency"]),
        "before": Health(**reply["before"]),
        "after": Health(**reply["after"]),
    }
    return Profile(**{**reply, **nested})
