"""The optimizers of a training, by their usual names."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple, get_args

OptimizerName = Literal[
    "sgd",
    "momentum",
    "nesterov",
    "adagrad",
    "adadelta",
    "rmsprop",
    "adam",
    "adamw",
    "radam",
    "lookahead",
    "adabelief",
    "adabound",
    "amsbound",
    "ranger",
]
OPTIMIZER_NAMES: tuple[OptimizerName, ...] = get_args(OptimizerName)
SEEDS = 3
"""The number of trainings with each optimizer in a comparison, to see how far chance moves them."""


class OptimizerChoice(NamedTuple):
    """An optimizer and its default learning rate."""

    kind: str
    """The name of a class in ``keras.optimizers`` or in ``adam_variants``."""
    learning_rate: float
    settings: Mapping[str, float | bool] = {}


OPTIMIZERS: Mapping[OptimizerName, OptimizerChoice] = {
    "sgd": OptimizerChoice("SGD", 0.1),
    "momentum": OptimizerChoice("SGD", 0.05, {"momentum": 0.9}),
    "nesterov": OptimizerChoice("SGD", 0.05, {"momentum": 0.9, "nesterov": True}),
    "adagrad": OptimizerChoice("Adagrad", 0.03),
    "adadelta": OptimizerChoice("Adadelta", 1.0),
    "rmsprop": OptimizerChoice("RMSprop", 1e-3),
    "adam": OptimizerChoice("Adam", 1e-3),
    "adamw": OptimizerChoice("AdamW", 1e-3),
    "radam": OptimizerChoice("RectifiedAdam", 1e-3),
    "lookahead": OptimizerChoice("LookaheadAdam", 1e-3),
    # The authors' epsilon: it is added to squares.
    "adabelief": OptimizerChoice("AdaBelief", 1e-3, {"epsilon": 1e-16}),
    "adabound": OptimizerChoice("AdaBound", 1e-3, {"epsilon": 1e-8}),
    "amsbound": OptimizerChoice("AdaBound", 1e-3, {"epsilon": 1e-8, "amsgrad": True}),
    "ranger": OptimizerChoice("Ranger", 1e-3, {"beta_1": 0.95}),
}


def build_optimizer(
    name: OptimizerName,
    *,
    learning_rate: Any,
    highest_rate: float | None = None,
    weight_decay: float = 0.0,
) -> Any:
    """Return the keras.optimizers.Optimizer ``name``, one of OPTIMIZERS.

    Args:
        name: the optimizer's usual name.
        learning_rate: a number or a schedule.
        highest_rate: the highest rate of a schedule, which AdaBound and AMSBound need.
        weight_decay: is decoupled from the gradient. It does not apply to biases and to the scales
            and offsets of normalization. With 0, AdamW uses Keras's default.

    """
    from keras import backend, optimizers

    from satchel_train.training_loop import adam_variants

    choice = OPTIMIZERS[name]
    kind = getattr(adam_variants, choice.kind, None) or getattr(optimizers, choice.kind)
    decay = {"weight_decay": weight_decay} if weight_decay else {}
    bounds = {"highest_rate": highest_rate} if kind is adam_variants.AdaBound else {}
    optimizer = kind(learning_rate=learning_rate, **choice.settings, **decay, **bounds)
    if optimizer.weight_decay:
        optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    if backend.backend() == "tensorflow":
        _add_up_repeated_rows(optimizer)
    return optimizer


def _add_up_repeated_rows(optimizer: Any) -> None:
    """Make ``optimizer`` convert the gradients of embeddings to whole tables.

    TensorFlow gives such a gradient as rows: two rows for a word that occurs twice in a batch.
    Keras squares these rows before it adds them up, so that Adam makes steps longer than its rate.
    No other backend does so.
    """
    import tensorflow

    apply = optimizer.apply

    def apply_dense(grads: Sequence[Any], trainable_variables: Sequence[Any] | None = None) -> None:
        apply([tensorflow.convert_to_tensor(gradient) for gradient in grads], trainable_variables)

    optimizer.apply = apply_dense
