"""The optimizers that a training may choose from, by the names that courses give them."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple


class OptimizerChoice(NamedTuple):
    """An optimizer, and the rate to begin with where nobody knows better."""

    build: Callable[..., Any]
    """learning_rate and weight_decay to a keras.optimizers.Optimizer"""
    learning_rate: float


def _sgd(**settings: Any) -> Any:
    from keras.optimizers import SGD

    return SGD(**settings)


def _momentum(**settings: Any) -> Any:
    from keras.optimizers import SGD

    return SGD(momentum=0.9, **settings)


def _nesterov(**settings: Any) -> Any:
    from keras.optimizers import SGD

    return SGD(momentum=0.9, nesterov=True, **settings)


def _adam(**settings: Any) -> Any:
    from keras.optimizers import Adam

    return Adam(**settings)


OPTIMIZERS: Mapping[str, OptimizerChoice] = {
    "sgd": OptimizerChoice(_sgd, 0.1),
    "momentum": OptimizerChoice(_momentum, 0.05),
    "nesterov": OptimizerChoice(_nesterov, 0.05),
    "adam": OptimizerChoice(_adam, 1e-3),
}


def build_optimizer(name: str, *, learning_rate: Any, weight_decay: float = 0.0) -> Any:
    """Return the keras.optimizers.Optimizer ``name``, one of OPTIMIZERS.

    ``weight_decay`` spares biases and the scales and offsets of normalization.
    """
    optimizer = OPTIMIZERS[name].build(
        learning_rate=learning_rate, weight_decay=weight_decay or None
    )
    if weight_decay:
        optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return optimizer
