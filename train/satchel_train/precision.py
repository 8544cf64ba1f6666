"""Mixed precision for the training, float32 for what comes out of it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def dtype_policy(name: str) -> Iterator[None]:
    """Make layers that are built in here compute by Keras's policy ``name``."""
    from keras import config

    before = config.dtype_policy()
    config.set_dtype_policy(name)
    try:
        yield
    finally:
        config.set_dtype_policy(before)


def in_float32(model: Any, build: Callable[[], Any]) -> Any:
    """Return ``model`` if it computes in float32, else another of ``build`` with its weights.

    Mixed models keep float32 weights, but their graph rounds between the layers, and converters
    would keep that.
    """
    if all(layer.dtype_policy.compute_dtype in ("float32", None) for layer in model.layers):
        return model
    with dtype_policy("float32"):
        again = build()
    again.set_weights(model.get_weights())
    return again
