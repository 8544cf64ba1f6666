"""One model of a bundle, open in one engine: a prepared input in, an answer out."""

import threading
from typing import Any

import numpy as np
from numpy.typing import NDArray

from satchel.bundle.card import Card, ModelEntry, TensorSpec
from satchel.bundle.reading import Bundle
from satchel.engines.engine import (
    Engine,
    open_engine,
)
from satchel.errors import EngineError
from satchel.inference.postprocessing import postprocess
from satchel.inference.selection import asked_model, named_models
from satchel.preprocessing.preprocessor import model_tensor
from satchel.quantization import dequantize


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
        self._card = card
        # Worked out once: on a small model everything around it costs more than the model.
        self._dtype = np.dtype(entry.output.dtype)
        self._shape = (1, *card.output.shape)
        self._reals = _real_of_each_level(entry.output)
        self._engine = engine
        self._lock = threading.Lock()

    def predict(self, prepared: NDArray[Any]) -> NDArray[Any]:
        """Return what the model says of one input that a reader prepared.

        Probabilities, float32 (labels,), or an image, uint8 (height, width, 3).

        Raises EngineError where the model's output is not what its card says, or not finite.
        """
        prediction: NDArray[Any] = self.predict_batch(prepared)[0]
        return prediction

    def predict_batch(self, prepared: NDArray[Any]) -> NDArray[Any]:
        """Return what the model says of each of the inputs (n, ...), one after another.

        Probabilities, float32 (n, labels), or images, uint8 (n, height, width, 3); the same bits
        as of each alone. Raises EngineError as ``answer`` does.
        """
        tensors = model_tensor(prepared, self._card, self.entry.input)
        return postprocess(self.run(tensors), self._card)

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


def wrap_engine(engine: Engine, bundle: Bundle, *, file: str | None = None) -> Model:
    """Return the model ``file``, by default the bundle's first, with ``engine`` in its stead.

    Raises EngineError for a model that the bundle has not.
    """
    return Model(named_models(bundle.card, file)[0], bundle.card, engine, type(engine).__name__)


def _real_of_each_level(output: TensorSpec) -> NDArray[np.float32] | None:
    """Return the real number of each byte, float32 (256,), None for an output of other numbers."""
    if output.dtype not in ("uint8", "int8"):
        return None
    levels = np.arange(256, dtype=np.uint8).view(output.dtype)
    # A level too large for float32 is an error when the model says it.
    with np.errstate(over="ignore"):
        return dequantize(levels, scale=output.scale, zero_point=output.zero_point)
