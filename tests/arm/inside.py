"""Runs under emulation: each model of the bundles given, in each engine that is installed.

A line of JSON for this system, then one for each model and engine. A model is opened in a child:
one that ends its process must not end the table. Engines that a card does not name are tried as
well, to hear what they say.
"""

import json
import os
import platform
import signal
import sys
from importlib.metadata import version

from satchel.answer import difference
from satchel.bundle import Bundle, open_bundle
from satchel.card import ModelEntry
from satchel.engines import ENGINES, engine_version, installed_engines, open_engine
from satchel.errors import EngineError
from satchel.golden import golden_vectors
from satchel.model import Model
from satchel.reader import open_reader


def main() -> None:
    """Print the lines for the bundles on the command line."""
    engines = {name: engine_version(name) for name in installed_engines()}
    libraries = {name: version(name) for name in ("numpy", "pillow")}
    system = {"python": platform.python_version(), "machine": platform.machine()}
    print(json.dumps({**system, **libraries, "engines": engines}), flush=True)
    for path in sys.argv[1:]:
        bundle = open_bundle(path)
        for entry in bundle.card.models:
            for engine in engines:
                if entry.format in ENGINES[engine].formats:
                    named = {"bundle": bundle.card.name, "file": entry.file, "engine": engine}
                    promised = {"promised": engine in entry.needs}
                    print(json.dumps({**named, **promised, **in_child(bundle, entry, engine)}))


def in_child(bundle: Bundle, entry: ModelEntry, engine: str) -> dict[str, object]:
    """Return ``examine``'s fields, or that it crashed."""
    sys.stdout.flush()
    receiving, sending = os.pipe()
    child = os.fork()
    if child == 0:
        with os.fdopen(sending, "w") as pipe:
            json.dump(examine(bundle, entry, engine), pipe)
        # Not the parent's exit handlers.
        os._exit(0)
    os.close(sending)
    with os.fdopen(receiving) as pipe:
        said = pipe.read()
    status = os.waitpid(child, 0)[1]
    if os.WIFSIGNALED(status):
        return {"outcome": "crashed", "detail": signal.Signals(os.WTERMSIG(status)).name}
    if status:
        return {"outcome": "crashed", "detail": f"exit code {os.waitstatus_to_exitcode(status)}"}
    return json.loads(said)


def examine(bundle: Bundle, entry: ModelEntry, engine: str) -> dict[str, object]:
    """Return how the golden vectors of a model fare in ``engine``, or why it is refused."""
    try:
        opened = open_engine(engine, bundle.files[entry.file], threads=1)
        model = Model(entry, bundle.card, opened, engine)
        read = open_reader(bundle.card.input, bundle.files)
        differences = [
            difference(vector.answer, model.answer(read(vector.raw)), bundle.card.output)
            for vector in golden_vectors(bundle)
        ]
    except EngineError as error:
        return {"outcome": "refused", "detail": str(error)}
    passed = max(differences) <= entry.golden_tolerance
    return {
        "outcome": "passed" if passed else "failed",
        "vectors": len(differences),
        "difference": max(differences),
        "tolerance": entry.golden_tolerance,
    }


if __name__ == "__main__":
    main()
