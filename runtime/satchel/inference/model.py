"""Runs one model of a bundle in one engine: prepared inputs become predictions."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import numpy as np

from satchel.bundle.card import Card, ModelEntry, TensorSpec
from satchel.bundle.reading import Bundle
from satchel.engines.engine import Engine, open_engine
from satchel.errors import EngineError
from satchel.inference.postprocessing import postprocess
from satchel.inference.selection import Default, asked_model, named_models
from satchel.preprocessing.preprocessor import model_tensor
from satchel.quantization import dequantize

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray


class Model:
    """An open model file. Several threads may share it, and one of them runs at a time."""

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
        """The number of the engine's threads. None for an engine that a caller opened."""
        self._card = card
        # Computed once, because around a small model everything else costs more than the model.
        self._dtype = np.dtype(entry.output.dtype)
        self._shape = entry.output.shape or (1, *card.output.shape)
        self._reals = _real_of_each_level(entry.output)
        self._rows = entry.input.rows
        self._engine = engine
        self._lock = threading.Lock()

    def predict(self, prepared: NDArray[Any]) -> NDArray[Any]:
        """Return the prediction for one input that a reader prepared, (1, ...).

        It is probabilities, float32 (labels,), or an image, uint8 (height, width, 3).

        Raises EngineError if the output differs from the card in dtype or shape, or is not finite.
        """
        prediction: NDArray[Any] = self.predict_batch(prepared)[0]
        return prediction

    def predict_batch(self, prepared: NDArray[Any]) -> NDArray[Any]:
        """Return the predictions for the inputs (n, ...), which run one after another.

        They are probabilities, float32 (n, labels), or images, uint8 (n, height, width, 3), with
        the same bits as one by one. Raises EngineError as ``predict`` does.
        """
        tensors = model_tensor(prepared, self._card, self.entry.input)
        return postprocess(self.run(tensors), self._card)

    def run(self, tensors: NDArray[Any]) -> NDArray[np.float32]:
        """Return the model's outputs as real numbers, float32 (n, ...). They run one by one.

        Raises EngineError if an output differs from the card in dtype or shape, or is not finite.
        """
        if self.entry.input.shape:
            inputs = list(tensors.reshape(-1, *self.entry.input.shape))
        else:
            inputs = [tensors[at : at + 1] for at in range(len(tensors))]
        # No engine may run twice at the same time.
        with self._lock:
            if self._rows:
                raws = [self._engine.run(*(each[:, row] for row in self._rows)) for each in inputs]
            else:
                raws = [self._engine.run(each) for each in inputs]
        for raw in raws:
            if raw.dtype != self._dtype or raw.shape != self._shape:
                raise EngineError(
                    f"Expected {self._dtype} {self._shape} from {self.entry.file!r},"
                    f" as its card says, got {raw.dtype} {raw.shape}."
                )
        if self.entry.output.shape:
            raws = [raw.reshape(1, *self._card.output.shape) for raw in raws]
        together = raws[0] if len(raws) == 1 else np.concatenate(raws)
        if self._reals is None:
            values = together.astype(np.float32)
        else:
            values = self._reals.take(together.view(np.uint8))
        if not np.isfinite(values).all():
            odd = values[~np.isfinite(values)]
            raise EngineError(f"Expected finite numbers from {self.entry.file!r}, got {odd[0]}.")
        return values


def open_model(
    bundle: Bundle,
    *,
    file: str | None = None,
    engine: str | None = None,
    threads: int | None = None,
) -> Model:
    """Return the model ``file``, open in ``engine`` with ``threads``.

    If all three are None, they are what ``satchel tune`` chose on this device. Without such a
    choice they are the bundle's first model that runs here, and a single thread.

    Raises EngineError if nothing fits, and the message says what to install. It is also raised for
    a model whose golden vectors have not passed in a child process, if a policy asks for that.
    """
    asked = asked_model(bundle, file=file, engine=engine, threads=threads)
    return open_asked(bundle, asked, lambda: bundle.files[asked.entry.file])


def open_asked(bundle: Bundle, asked: Default, content: Callable[[], bytes]) -> Model:
    """Return the ``asked`` model, whose file ``content`` returns; raises as ``open_model``."""
    if bundle.proven is not None and (asked.entry.file, asked.engine) not in bundle.proven:
        raise EngineError(
            f"Expected golden vectors of {asked.entry.file} that have passed in {asked.engine} in a"
            " child process, as a policy here asks, got none: use satchel.selftest.check_isolated."
        )
    opened = open_engine(asked.engine, content(), threads=asked.threads)
    return Model(asked.entry, bundle.card, opened, asked.engine, asked.threads)


def wrap_engine(engine: Engine, bundle: Bundle, *, file: str | None = None) -> Model:
    """Return the model ``file``, by default the bundle's first, with ``engine`` to run it.

    Raises EngineError for a model that the bundle does not have.
    """
    return Model(named_models(bundle.card, file)[0], bundle.card, engine, type(engine).__name__)


def _real_of_each_level(output: TensorSpec) -> NDArray[np.float32] | None:
    """Return the real number of each byte, float32 (256,), None unless the output is 8-bit."""
    if output.dtype not in ("uint8", "int8"):
        return None
    levels = np.arange(256, dtype=np.uint8).view(output.dtype)
    # A level whose real number is too large for float32 is an error only if the model returns it.
    with np.errstate(over="ignore"):
        return dequantize(levels, scale=output.scale, zero_point=output.zero_point)
