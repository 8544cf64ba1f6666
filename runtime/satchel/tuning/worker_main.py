"""A process that measures models of one bundle: ``worker`` starts it and gives it jobs.

A job is a line of JSON on standard input, its answer a line on standard output. What is measured
here shares memory and threads with nothing else, and what a model breaks is only this.
"""

import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from numpy.typing import NDArray

from satchel.bundle.reading import Bundle, open_bundle
from satchel.device.child_process import reply_stream
from satchel.device.health import read_health
from satchel.errors import SatchelError
from satchel.inference.model import open_model
from satchel.preprocessing.preprocessor import open_reader
from satchel.selftest.replay import selftest
from satchel.selftest.vectors import golden_vectors
from satchel.tuning.timing import peak_bytes, summarize, time_calls

WARM_UP_S = 0.005
"""Of answers that are not timed, after a model is opened"""
PREPARING_SHARE = 0.1
"""Of a profile's seconds, for how long it takes to read an input"""


def profile(path: str, *, file: str, engine: str, threads: int, seconds: float) -> dict[str, Any]:
    """Return what a user meets on the way from a file to many answers."""
    started = time.perf_counter()
    bundle = open_bundle(path)
    read = open_reader(bundle.card, bundle.files)
    model = open_model(bundle, file=file, engine=engine, threads=threads)
    load_ms = (time.perf_counter() - started) * 1e3
    vectors = golden_vectors(bundle)
    raws = [vector.raw for vector in vectors]
    prepared = [vector.prepared(read) for vector in vectors]
    started = time.perf_counter()
    model.predict(prepared[0])
    first_ms = (time.perf_counter() - started) * 1e3
    preparing = summarize(time_calls(read, raws, seconds=PREPARING_SHARE * seconds))
    time_calls(model.predict, prepared, seconds=WARM_UP_S)
    # Before the long part, whose own notes take memory.
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


def prove(path: str, *, file: str, engine: str, threads: int) -> dict[str, Any]:
    """Return the golden vectors that the model does not answer as the float model did."""
    bundle, _ = _opened(path)
    results = selftest(bundle, model=file, engine=engine, threads=threads)
    return {"failed": [result.vector for result in results if not result.passed]}


def time_block(
    path: str, *, file: str, engine: str, threads: int, seconds: float
) -> dict[str, Any]:
    """Return the median of an answer, by a model that is opened for this block of answers."""
    bundle, prepared = _opened(path)
    model = open_model(bundle, file=file, engine=engine, threads=threads)
    time_calls(model.predict, prepared, seconds=WARM_UP_S)
    taken_ms = time_calls(model.predict, prepared, seconds=seconds)
    return {"p50_ms": summarize(taken_ms).p50_ms}


JOBS: Mapping[str, Callable[..., dict[str, Any]]] = {
    "profile": profile,
    "prove": prove,
    "time_block": time_block,
}


def answers(path: str, lines: Iterable[str]) -> Iterator[str]:
    """Yield the answer to each job, a line each, one of an error where it cannot be done."""
    for line in lines:
        job = json.loads(line)
        try:
            found = JOBS[job.pop("job")](path, **job)
        except (SatchelError, OSError, MemoryError) as error:
            found = {"error": str(error) or type(error).__name__}
        yield json.dumps(found)


@cache
def _opened(path: str) -> tuple[Bundle, list[NDArray[Any]]]:
    """Return the bundle, and its golden inputs as its reader prepares them."""
    bundle = open_bundle(path)
    read = open_reader(bundle.card, bundle.files)
    return bundle, [vector.prepared(read) for vector in golden_vectors(bundle)]


def main() -> None:
    """Answer the jobs on standard input, about the bundle that the command line names."""
    with reply_stream() as out:
        for answer in answers(sys.argv[1], sys.stdin):
            print(answer, file=out, flush=True)


if __name__ == "__main__":
    main()
