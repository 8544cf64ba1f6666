"""Runs under emulation: each model of the bundles given, in each engine that is installed.

A line of JSON for this system, then one for each model and engine. They are opened in a child: a
model that ends its process must not end the table, another child goes on behind it. Engines that a
card does not name are tried as well, to hear what they say.
"""

import json
import os
import platform
import signal
import sys
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from typing import TypeAlias

from satchel.bundle.card import ModelEntry
from satchel.bundle.reading import Bundle, open_bundle
from satchel.engines.engine import ENGINES, engine_version, installed_engines, open_engine
from satchel.errors import EngineError
from satchel.inference.model import Model
from satchel.inference.postprocessing import difference
from satchel.preprocessing.preprocessor import open_reader
from satchel.selftest.vectors import golden_vectors

Job: TypeAlias = tuple[Bundle, ModelEntry, str]
"""A model, and the engine to open it in"""


def main() -> None:
    """Print the lines for the bundles on the command line."""
    engines = {name: engine_version(name) for name in installed_engines()}
    libraries = {name: version(name) for name in ("numpy", "pillow")}
    system = {"python": platform.python_version(), "machine": platform.machine()}
    print(json.dumps({**system, **libraries, "engines": engines}), flush=True)
    jobs = [
        (bundle, entry, engine)
        for bundle in map(open_bundle, sys.argv[1:])
        for entry in bundle.card.models
        for engine in engines
        if entry.format in ENGINES[engine].formats
    ]
    for (bundle, entry, engine), told in zip(jobs, tell_all(jobs), strict=True):
        named = {"bundle": bundle.card.name, "file": entry.file, "engine": engine}
        print(json.dumps({**named, "promised": engine in entry.needs, **told}), flush=True)


def tell_all(jobs: Sequence[Job]) -> Iterator[dict[str, object]]:
    """Yield ``examine``'s fields for each job, or that it crashed."""
    while jobs:
        sys.stdout.flush()
        receiving, sending = os.pipe()
        child = os.fork()
        if child == 0:
            with os.fdopen(sending, "w", buffering=1) as pipe:
                for job in jobs:
                    print(json.dumps(examine(*job)), file=pipe)
            # Not the parent's exit handlers.
            os._exit(0)
        os.close(sending)
        with os.fdopen(receiving) as pipe:
            told = list(map(json.loads, pipe))
        yield from told
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if code:
            detail = signal.Signals(-code).name if code < 0 else f"exit code {code}"
            yield {"outcome": "crashed", "detail": detail}
        # Behind the one that crashed, where one did.
        jobs = jobs[len(told) + 1 :]


def examine(bundle: Bundle, entry: ModelEntry, engine: str) -> dict[str, object]:
    """Return how the golden vectors of a model fare in ``engine``, or why it is refused."""
    try:
        opened = open_engine(engine, bundle.files[entry.file], threads=1)
        model = Model(entry, bundle.card, opened, engine)
        read = open_reader(bundle.card, bundle.files)
        vectors = golden_vectors(bundle)
        differences = [
            difference(vector.prediction, model.predict(vector.prepared(read)), bundle.card)
            for vector in vectors
        ]
    except EngineError as error:
        return {"outcome": "refused", "detail": str(error)}
    passed = all(
        found <= vector.tolerance(entry) for found, vector in zip(differences, vectors, strict=True)
    )
    return {
        "outcome": "passed" if passed else "failed",
        "vectors": len(differences),
        "difference": max(differences),
        "tolerance": entry.golden_tolerance,
    }


if __name__ == "__main__":
    main()
