"""The program of a process that measures models of one bundle. ``worker`` starts it.

A job is a line of JSON on standard input, and its reply is a line on standard output. A measured
model shares memory and threads with nothing else, and if it crashes, only this process ends.
"""

import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from numpy.typing import NDArray

from satchel.bundle.reading import Bundle, open_pinned_bundle
from satchel.device.child_process import reply_stream
from satchel.device.health import read_health
from satchel.errors import SatchelError
from satchel.inference.model import open_model
from satchel.preprocessing.preprocessor import open_reader
from satchel.selftest.replay import selftest
from satchel.selftest.vectors import golden_vectors
from satchel.tuning.timing import peak_bytes, summarize, time_calls

WARM_UP_S = 0.005
"""The seconds of predictions that are not timed, after a model is opened."""
PREPARING_SHARE = 0.1
"""The share of a profile's seconds in which the reading of inputs is timed."""


def profile(
    path: str, card_digest: str, *, file: str, engine: str, threads: int, seconds: float
) -> dict[str, Any]:
    """Return the fields of a Profile of one model."""
    started = time.perf_counter()
    bundle = open_pinned_bundle(path, card_digest)
    read = open_reader(bundle.card, bundle.files)
    model = open_model(bundle, file=file, engine=engine, threads=threads)
    load_ms = (time.perf_counter() - started) * 1e3
    vectors = golden_vectors(bundle)
    raws = [vector.input.raw for vector in vectors]
    prepared = [vector.prepared(read) for vector in vectors]
    started = time.perf_counter()
    model.predict(prepared[0])
    first_ms = (time.perf_counter() - started) * 1e3
    preparing = summarize(time_calls(read, raws, seconds=PREPARING_SHARE * seconds))
    time_calls(model.predict, prepared, seconds=WARM_UP_S)
    # Read before the long part, which needs memory for its measurements.
    peak = peak_bytes()
    before = read_health()
    latency = summarize(time_calls(model.predict, prepared, seconds=seconds))
    return {
        "load_ms": load_ms,
        "first_ms": first_ms,
        "prepare_ms": preparing.p50_ms,
        "latency": latency._asdict(),
        "peak_bytes": peak,
        "before": before._asdict(),
        "after": read_health()._asdict(),
    }


def prove(path: str, card_digest: str, *, file: str, engine: str, threads: int) -> dict[str, Any]:
    """Return the names of the golden vectors that are out of tolerance."""
    bundle, _ = _opened(path, card_digest)
    results = selftest(bundle, model=file, engine=engine, threads=threads)
    return {"failed": [result.vector for result in results if not result.passed]}


def time_block(
    path: str, card_digest: str, *, file: str, engine: str, threads: int, seconds: float
) -> dict[str, Any]:
    """Return the median milliseconds of a prediction, by a model that is opened for this block."""
    bundle, prepared = _opened(path, card_digest)
    model = open_model(bundle, file=file, engine=engine, threads=threads)
    time_calls(model.predict, prepared, seconds=WARM_UP_S)
    durations_ms = time_calls(model.predict, prepared, seconds=seconds)
    return {"p50_ms": summarize(durations_ms).p50_ms}


JOBS: Mapping[str, Callable[..., dict[str, Any]]] = {
    "profile": profile,
    "prove": prove,
    "time_block": time_block,
}


def replies(path: str, card_digest: str, lines: Iterable[str]) -> Iterator[str]:
    """Yield one line for each job: its reply, or an error if the job fails."""
    for line in lines:
        job = json.loads(line)
        try:
            found = JOBS[job.pop("job")](path, card_digest, **job)
        except (SatchelError, OSError, MemoryError) as error:
            found = {"error": str(error) or type(error).__name__}
        yield json.dumps(found)


@cache
def _opened(path: str, card_digest: str) -> tuple[Bundle, list[NDArray[Any]]]:
    """Return the bundle, and its golden inputs as prepared by its reader."""
    bundle = open_pinned_bundle(path, card_digest)
    read = open_reader(bundle.card, bundle.files)
    return bundle, [vector.prepared(read) for vector in golden_vectors(bundle)]


def main() -> None:
    """Do the jobs on standard input for the bundle that the command line names.

    The process that started this one has opened it, and names it by the digest of its card.
    """
    with reply_stream() as out:
        for reply in replies(sys.argv[1], sys.argv[2], sys.stdin):
            print(reply, file=out, flush=True)


if __name__ == "__main__":
    main()
