"""Mixed precision for the training, float32 for the trained model."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from satchel_train.training_loop.variables import assign, values


@contextmanager
def dtype_policy(name: str) -> Iterator[None]:
    """Make a context in which new layers compute by Keras's dtype policy ``name``."""
    from keras import config

    before = config.dtype_policy()
    config.set_dtype_policy(name)
    try:
        yield
    finally:
        config.set_dtype_policy(before)


def with_loss_scaling(optimizer: Any) -> Any:
    """Return ``optimizer``, in the policy mixed_float16 within Keras's LossScaleOptimizer.

    Gradients in float16 would be 0 where they are small. Keras scales the loss by itself only for
    models whose own policy is mixed_float16.
    """
    from keras import config, optimizers

    if config.dtype_policy().name != "mixed_float16":
        return optimizer
    return optimizers.LossScaleOptimizer(optimizer)


def in_float32(model: Any, build: Callable[[], Any]) -> Any:
    """Return a new model of ``build``, in float32, with the weights of ``model``.

    Mixed models have float32 weights, but their graph rounds between the layers, and converters
    would keep that rounding.
    """
    with dtype_policy("float32"):
        again = build()
    assign(again.weights, values(model.weights))
    return again
