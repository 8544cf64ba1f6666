"""The Protocol of an engine, the table of all engines, and how one is opened."""

import os
import re
from collections.abc import Mapping, Sequence
from importlib import import_module
from importlib.machinery import PathFinder
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, runtime_checkable

from satchel import limits
from satchel.bundle.card import Format
from satchel.errors import EngineError

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_INPUTS = 3
"""The largest number of inputs of a model: the ids, the mask and the segments of a text."""

_FACTS = ".dist-info"
# The import of importlib.util, for its find_spec, takes longer than all searches of this module.
find_spec = PathFinder.find_spec


@runtime_checkable
class Engine(Protocol):
    """An open model file with one output, and one input but for some models of texts.

    A Model calls it from one thread at a time, and checks what it returns.
    """

    def run(self, *tensors: "NDArray[Any]") -> "NDArray[Any]":
        """Return the output for a tensor for each input, in the order of the model's inputs.

        All have the dtype and the shape that the model states.
        """
        ...


class EngineInfo(NamedTuple):
    """Where an engine comes from, and which model files it runs."""

    package: str
    """The name of the package to import."""
    distribution: str
    """The name of the distribution on PyPI."""
    formats: tuple[Format, ...]


ENGINES: Mapping[str, EngineInfo] = {
    "litert": EngineInfo("ai_edge_litert", "ai-edge-litert", ("tflite",)),
    "tflite_runtime": EngineInfo("tflite_runtime", "tflite-runtime", ("tflite",)),
    "onnx": EngineInfo("onnxruntime", "onnxruntime", ("onnx",)),
}
"""The engines in order of preference. ``satchel.engines.NAME`` holds ``open_engine`` of each."""


def installed_engines() -> list[str]:
    """Return the names of the engines that are installed here, the preferred one first."""
    return [name for name in ENGINES if is_installed(name)]


def is_installed(name: str) -> bool:
    """Return whether the engine ``name`` is installed here."""
    return find_spec(ENGINES[name].package) is not None


def engine_version(name: str) -> str:
    """Return the installed version of the engine ``name``, such as ``2.3.0``."""
    # The name of the wheel's .dist-info folder beside the package says it (PEP 427). Asking
    # importlib.metadata would cost a cold start more than everything else in here.
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
    """Return the numbers of ``version``. A release candidate equals its release, and 2.0 equals 2.

    >>> release("2.1.0rc1") == release("2.1") < release("2.10")
    True
    """
    numbers = [int(number) for number in re.findall(r"(?:^|\.)(\d+)", version)]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)


def open_engine(name: str, model: bytes, *, threads: int) -> Engine:
    """Return the engine ``name`` with ``model`` loaded.

    Raises EngineError for an unknown engine, one that is not installed, a number of threads out of
    range and a model that the engine refuses.
    """
    if name not in ENGINES:
        raise EngineError(f"Expected an engine of {', '.join(ENGINES)}, got {name!r}.")
    if not is_installed(name):
        raise EngineError(
            f"Expected the engine {name}, got none installed:"
            f" pip install {ENGINES[name].distribution}."
        )
    if not 1 <= threads <= limits.MAX_THREADS:
        raise EngineError(f"Expected 1 to {limits.MAX_THREADS} threads, got {threads}.")
    engine: Engine = import_module(f"satchel.engines.{name}").open_engine(model, threads=threads)
    return engine


def check_counts(form: str, inputs: int, outputs: int) -> None:
    """Raise EngineError for a model without an input, with too many, or without a single output."""
    if not 1 <= inputs <= MAX_INPUTS or outputs != 1:
        raise EngineError(
            f"Expected a model in {form} with one to {MAX_INPUTS} inputs and one output,"
            f" got {inputs} and {outputs}."
        )


def check_forms(
    tensors: "Sequence[NDArray[Any]]", forms: Sequence[tuple[str, tuple[int, ...]]]
) -> None:
    """Raise EngineError unless the tensors have the dtypes and shapes that a model states."""
    found = [(str(tensor.dtype), tensor.shape) for tensor in tensors]
    if found != forms:
        expected, got = (
            " and ".join(f"{dtype} {shape}" for dtype, shape in each) for each in (forms, found)
        )
        raise EngineError(f"Expected {expected} by the model, got {got}.")
