"""Opens Keras files of others, and names the layers in them."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from satchel_train.errors import DataError

_NUMBERED = re.compile(r"(.+?)_\d+")


def load_keras_file(file: Path) -> Any:
    """Return the keras.Model in ``file``, without its optimizer.

    Raises DataError for a file that is missing or damaged, and for one that needs code of others,
    such as a Lambda layer.
    """
    import keras

    if not file.exists():
        raise DataError(f"Expected a Keras file, got {str(file)!r}: there is none.")
    try:
        return keras.models.load_model(file, compile=False, safe_mode=True)
    # Keras raises many kinds of errors for files that are damaged or need code of others.
    except Exception as error:
        raise DataError(
            f"Expected a Keras file of layers that Keras knows, got {str(file)!r}:"
            f" {str(error).strip().partition(chr(10))[0].rstrip('.'):.160}."
        ) from error


def leaves(model: Any) -> Iterator[Any]:
    """Yield the layers of ``model`` and of the models in it, in the order of the graph."""
    for layer in model.layers:
        if hasattr(layer, "layers"):
            yield from leaves(layer)
        else:
            yield layer


def named_leaves(model: Any) -> dict[str, Any]:
    """Return the layers of ``model`` that have weights, by names that are the same every time.

    Keras numbers layers without a name through all models of a process. Here, they are numbered
    within the model: ``dense``, ``dense_1``.
    """
    found: dict[str, Any] = {}
    counts: dict[str, int] = {}
    for layer in leaves(model):
        if not layer.weights:
            continue
        name = layer.name
        kind = _kind(layer)
        numbered = _NUMBERED.fullmatch(name)
        if name == kind or (numbered and numbered[1] == kind):
            number = counts.get(kind, 0)
            counts[kind] = number + 1
            name = kind if number == 0 else f"{kind}_{number}"
        found.setdefault(name, layer)
    return found


def _kind(layer: Any) -> str:
    """Return the name that Keras gives the first layer of this class, such as ``conv2d``."""
    name = re.sub(r"(.)([A-Z][a-z0-9]+)", r"\1_\2", type(layer).__name__)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()
