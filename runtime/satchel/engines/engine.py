"""What runs a model file: one module an engine, behind one small Protocol."""

import os
import re
from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import Any, NamedTuple, Protocol, runtime_checkable

from numpy.typing import NDArray

from satchel import limits
from satchel.bundle.card import Format
from satchel.errors import EngineError

_FACTS = ".dist-info"


@runtime_checkable
class Engine(Protocol):
    """A model file, open: takes its one input, returns its one output.

    A classifier lets one thread in at a time, and looks at what comes back before it is used.
    """

    def run(self, tensor: NDArray[Any]) -> NDArray[Any]:
        """Return the output for ``tensor``, both in the dtype and shape that the model states."""
        ...


class EngineInfo(NamedTuple):
    """Where an engine is found and what it runs."""

    package: str
    """To import"""
    distribution: str
    """On PyPI"""
    formats: tuple[Format, ...]


ENGINES: Mapping[str, EngineInfo] = {
    "litert": EngineInfo("ai_edge_litert", "ai-edge-litert", ("tflite",)),
    "tflite_runtime": EngineInfo("tflite_runtime", "tflite-runtime", ("tflite",)),
    "onnx": EngineInfo("onnxruntime", "onnxruntime", ("onnx",)),
}
"""In order of preference; ``satchel.engines.NAME`` holds each one's ``open_engine``"""


def installed_engines() -> list[str]:
    """Return the names of the engines that can be imported here, best first."""
    return [name for name, engine in ENGINES.items() if find_spec(engine.package)]


def engine_version(name: str) -> str:
    """Return the installed version of the engine ``name``, such as ``2.3.0``."""
    # As a wheel names the folder of its facts (PEP 427), beside the package. To look it up by
    # importlib.metadata costs a cold start more than everything else in here.
    prefix = ENGINES[name].distribution.replace("-", "_") + "-"
    package = find_spec(ENGINES[name].package)
    for location in (package and package.submodule_search_locations) or []:
        beside = os.listdir(os.path.dirname(location))
        found = [each for each in beside if each.startswith(prefix) and each.endswith(_FACTS)]
        if len(found) == 1:
            return found[0][len(prefix) : -len(_FACTS)]
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(ENGINES[name].distribution)
    except PackageNotFoundError:
        # The same package from another distribution, such as onnxruntime-gpu.
        return str(import_module(ENGINES[name].package).__version__)


def release(version: str) -> tuple[int, ...]:
    """Return the numbers of ``version``, a release candidate's like its release's, 2.0 like 2.

    >>> release("2.1.0rc1") == release("2.1") < release("2.10")
    True
    """
    numbers = [int(number) for number in re.findall(r"(?:^|\.)(\d+)", version)]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)


def open_engine(name: str, model: bytes, *, threads: int) -> Engine:
    """Return the engine ``name`` with ``model`` loaded.

    Raises EngineError for an unknown engine, one that is not installed and a model it refuses.
    """
    if name not in ENGINES:
        raise EngineError(f"Expected an engine of {', '.join(ENGINES)}, got {name!r}.")
    if not find_spec(ENGINES[name].package):
        raise EngineError(
            f"Expected the engine {name}, it is not installed:"
            f" pip install {ENGINES[name].distribution}."
        )
    if not 1 <= threads <= limits.MAX_THREADS:
        raise EngineError(f"Expected 1 to {limits.MAX_THREADS} threads, got {threads}.")
    engine: Engine = import_module(f"satchel.engines.{name}").open_engine(model, threads=threads)
    return engine
