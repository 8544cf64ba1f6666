"""The hyper-parameters of a recipe's training."""

from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

from satchel_train.training_loop.optimizers import OptimizerName

Schedule = Literal["constant", "cosine", "warmup_cosine", "exponential", "step"]
SCHEDULES: tuple[Schedule, ...] = get_args(Schedule)
ClassWeights = Literal["none", "balanced"]
CLASS_WEIGHTS: tuple[ClassWeights, ...] = get_args(ClassWeights)

WARMUP_SHARE = 0.1
"""The share of all steps in which a warm-up raises the rate."""
FIRST_SHARE = 0.05
"""The rate at the start of a warm-up, as a share of the highest rate."""
LAST_SHARE = 0.01
"""The rate at the end of ``exponential``, as a share of the first rate."""
STEPS_DOWN = ((0.5, 0.1), (0.75, 0.01))
"""For ``step``: a share of all steps, and the share of the first rate after it (He et al. 2016)."""
FINETUNING_OF = 4
"""Fine-tuning has one epoch for this many epochs of the training before it."""
FINETUNING_RATE = 1e-3
"""The learning rate of fine-tuning, with Adam."""


@dataclass(frozen=True)
class HyperParameters:
    """The hyper-parameters of a training. Those of the network are where it is built."""

    epochs: int
    batch_size: int
    learning_rate: float
    """The highest learning rate of the schedule."""
    optimizer: OptimizerName = "adam"
    schedule: Schedule = "constant"
    """How the learning rate changes. ``cosine`` falls to 0 over all steps; ``warmup_cosine`` first
    rises for a tenth of them; ``exponential`` falls to a hundredth; ``step`` falls to a tenth at
    one half, and again at three quarters."""
    weight_decay: float = 0.0
    """The share by which a step of rate 1 shrinks a kernel (Loshchilov and Hutter 2019)."""
    label_smoothing: float = 0.0
    """The share of the target that is spread evenly over all labels (Szegedy et al. 2016)."""
    patience: int | None = None
    """The number of epochs without a better validation accuracy after which the training stops and
    returns to the best epoch. None trains every epoch and keeps the last one. With balanced class
    weights, the validation loss decides, which they weight, too."""
    class_weights: ClassWeights = "none"
    """The weights of the labels in the loss. ``balanced`` is the inverse of a label's share of the
    training part, so that a rare label counts as much as a common one."""


def finetuning_hyper(hyper: HyperParameters) -> HyperParameters:
    """Return hyper-parameters to fine-tune under rounding after a training by ``hyper``.

    They are few epochs with a low rate. The recipe's own rate may be for another optimizer, and its
    patience was chosen for a training without rounding.
    """
    return replace(
        hyper,
        epochs=max(1, hyper.epochs // FINETUNING_OF),
        learning_rate=FINETUNING_RATE,
        optimizer="adam",
        schedule="cosine",
        weight_decay=0.0,
        patience=None,
    )


def learning_rate(hyper: HyperParameters, *, steps: int) -> Any:
    """Return a constant, or a keras.optimizers.schedules.LearningRateSchedule for ``steps``."""
    from keras.optimizers import schedules

    rate = hyper.learning_rate
    match hyper.schedule:
        case "constant":
            return rate
        case "cosine":
            return schedules.CosineDecay(rate, steps)
        case "warmup_cosine":
            rising = max(1, int(steps * WARMUP_SHARE))
            return schedules.CosineDecay(
                rate * FIRST_SHARE, max(1, steps - rising), warmup_target=rate, warmup_steps=rising
            )
        case "exponential":
            return schedules.ExponentialDecay(rate, steps, LAST_SHARE)
        case "step":
            shares, factors = zip(*STEPS_DOWN, strict=True)
            boundaries = [int(steps * share) for share in shares]
            return schedules.PiecewiseConstantDecay(
                boundaries, [rate, *(rate * factor for factor in factors)]
            )
