"""One model of a bundle, open in one engine: a prepared input in, an answer out."""

import threading
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from satchel.answer import read_answer
from satchel.bundle import Bundle
from satchel.card import Card, ModelEntry, TensorSpec
from satchel.choices import recall
from satchel.engines import (
    ENGINES,
    Engine,
    engine_version,
    installed_engines,
    open_engine,
    release,
)
from satchel.errors import EngineError
from satchel.quantization import dequantize
from satchel.reader import model_tensor


class Model:
    """A model file, open; several threads may share it, one runs at a time."""

    def __init__(
        self,
        entry: ModelEntry,
        card: Card,
        engine: Engine,
        engine_name: str,
        threads: int | None = None,
    ) -> None:
        self.entry = entry
        self.engine_name = engine_name
        self.threads = threads
        """Of the engine; None for one that was not opened by its name"""
        self._input = card.input
        self._output = card.output
        # Worked out once: on a small model everything around it costs more than the model.
        self._dtype = np.dtype(entry.output.dtype)
        self._shape = (1, *card.output.shape)
        self._reals = _real_of_each_level(entry.output)
        self._engine = engine
        self._lock = threading.Lock()

    def answer(self, prepared: NDArray[Any]) -> NDArray[Any]:
        """Return what the model says of one input that a reader prepared.

        Probabilities, float32 (labels,), or a picture, uint8 (height, width, 3).

        Raises EngineError where the model's output is not what its card says, or not finite.
        """
        answer: NDArray[Any] = self.answers(prepared)[0]
        return answer

    def answers(self, prepared: NDArray[Any]) -> NDArray[Any]:
        """Return what the model says of each of the inputs (n, ...), one after another.

        Probabilities, float32 (n, labels), or pictures, uint8 (n, height, width, 3); the same bits
        as of each alone. Raises EngineError as ``answer`` does.
        """
        tensors = model_tensor(prepared, self._input, self.entry.input)
        return read_answer(self.run(tensors), self._output)

    def run(self, tensors: NDArray[Any]) -> NDArray[np.float32]:
        """Return the real numbers that the model puts out, float32 (n, ...), one after another.

        Raises EngineError where they are not what the card says, or not finite.
        """
        # Neither interpreter may be entered twice at a time.
        with self._lock:
            raws = [self._engine.run(tensors[at : at + 1]) for at in range(len(tensors))]
        for raw in raws:
            if raw.dtype != self._dtype or raw.shape != self._shape:
                raise EngineError(
                    f"Expected {self._dtype} {self._shape} from {self.entry.file!r},"
                    f" as its card says, got {raw.dtype} {raw.shape}."
                )
        together = raws[0] if len(raws) == 1 else np.concatenate(raws)
        if self._reals is None:
            values = together.astype(np.float32)
        else:
            values = self._reals.take(together.view(np.uint8))
        if not np.isfinite(values).all():
            odd = values[~np.isfinite(values)]
            raise EngineError(f"Expected finite numbers from {self.entry.file!r}, got {odd[0]}.")
        return values


class Default(NamedTuple):
    """What is taken where neither model, engine nor threads are asked for."""

    entry: ModelEntry
    engine: str
    threads: int
    tuned: str | None
    """The date on which ``satchel tune`` chose it; None for the first model that runs here"""


def open_model(
    bundle: Bundle,
    *,
    file: str | None = None,
    engine: str | None = None,
    threads: int | None = None,
) -> Model:
    """Return the model ``file`` in ``engine`` with ``threads``.

    Where none of the three is asked for, they are what ``satchel tune`` chose on this device, else
    the bundle's first model that runs here and a single thread.

    Raises EngineError where nothing fits, with what to install.
    """
    asked = asked_model(bundle, file=file, engine=engine, threads=threads)
    opened = open_engine(asked.engine, bundle.files[asked.entry.file], threads=asked.threads)
    return Model(asked.entry, bundle.card, opened, asked.engine, asked.threads)


def asked_model(
    bundle: Bundle,
    *,
    file: str | None = None,
    engine: str | None = None,
    threads: int | None = None,
) -> Default:
    """Return what ``open_model`` opens, unopened; raises EngineError where nothing fits."""
    if file is None and engine is None and threads is None:
        return default_model(bundle)
    entry, name = choose_model(bundle.card, file=file, engine=engine)
    return Default(entry, name, 1 if threads is None else threads, tuned=None)


def wrap_engine(engine: Engine, bundle: Bundle, *, file: str | None = None) -> Model:
    """Return the model ``file``, by default the bundle's first, with ``engine`` in its stead.

    Raises EngineError for a model that the bundle has not.
    """
    return Model(_models(bundle.card, file)[0], bundle.card, engine, type(engine).__name__)


def default_model(bundle: Bundle) -> Default:
    """Return what is taken where nothing is asked for; raises EngineError as ``choose_model``."""
    choice = recall(bundle.card_digest) if bundle.card_digest else None
    if choice:
        for model in bundle.card.models:
            if model.file == choice.file and runs(model, choice.engine):
                return Default(model, choice.engine, choice.threads, choice.measured)
    return Default(*choose_model(bundle.card), threads=1, tuned=None)


def choose_model(
    card: Card, *, file: str | None = None, engine: str | None = None
) -> tuple[ModelEntry, str]:
    """Return the first model of the card, and its engine, that run here and are as asked for.

    Raises EngineError where there is none, with what to install.
    """
    models = _models(card, file)
    if engine is not None and engine not in ENGINES:
        raise EngineError(f"Expected an engine of {', '.join(ENGINES)}, got {engine!r}.")
    wanted = installed_engines() if engine is None else [engine]
    for model in models:
        for name in wanted:
            if runs(model, name):
                return model, name
    raise EngineError(_what_to_install(models, list(ENGINES) if engine is None else [engine]))


def runs(model: ModelEntry, engine: str) -> bool:
    """Return whether ``engine`` is installed here and new enough for ``model``."""
    if engine not in installed_engines() or model.format not in ENGINES[engine].formats:
        return False
    needed = model.needs.get(engine)
    return needed is not None and release(engine_version(engine)) >= release(needed)


def _models(card: Card, file: str | None) -> list[ModelEntry]:
    """Return the model ``file`` of the card, or all; raises EngineError where there is none."""
    models = [model for model in card.models if file in (None, model.file)]
    if not models:
        held = ", ".join(model.file for model in card.models)
        raise EngineError(f"Expected a model of {card.name}: {held}; got {file!r}.")
    return models


def runnable(card: Card) -> list[tuple[str, str]]:
    """Return each model of the card, in its order, with each engine here that runs it."""
    return [(model.file, name) for model in card.models for name in ENGINES if runs(model, name)]


def _what_to_install(models: Sequence[ModelEntry], engines: Sequence[str]) -> str:
    """Return why none of ``engines`` runs any of ``models``, and what to do."""
    files = ", ".join(model.file for model in models)
    needed = {name: version for model in models for name, version in model.needs.items()}
    able = [name for name in engines if name in needed]
    if not able:
        return f"Expected an engine for {files}: {', '.join(needed)}; got {', '.join(engines)}."
    here = [f"{name} {engine_version(name)}" for name in able if name in installed_engines()]
    least = " or ".join(f"{name} {needed[name]}" for name in able)
    installs = " or ".join(f"pip install -U 'satchel[{ENGINES[name].extra}]'" for name in able)
    return f"Expected {least} for {files}, got {', '.join(here) or 'none'}: {installs}."


def _real_of_each_level(output: TensorSpec) -> NDArray[np.float32] | None:
    """Return the real number of each byte, float32 (256,), None for an output of other numbers."""
    if output.dtype not in ("uint8", "int8"):
        return None
    levels = np.arange(256, dtype=np.uint8).view(output.dtype)
    # A level too large for float32 is an error when the model says it.
    with np.errstate(over="ignore"):
        return dequantize(levels, scale=output.scale, zero_point=output.zero_point)
