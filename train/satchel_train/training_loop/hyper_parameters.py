"""How a recipe trains, in one place a recipe."""

from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

from satchel_train.training_loop.optimizers import OptimizerName

Schedule = Literal["constant", "cosine", "warmup_cosine", "exponential", "step"]
SCHEDULES: tuple[Schedule, ...] = get_args(Schedule)

WARMUP_SHARE = 0.1
"""Of all steps"""
FIRST_SHARE = 0.05
"""Of the highest rate: where a warm-up begins"""
LAST_SHARE = 0.01
"""Of the first rate: where ``exponential`` ends"""
STEPS_DOWN = ((0.5, 0.1), (0.75, 0.01))
"""``step``: behind this share of all steps, this share of the first rate (He et al. 2016)"""
FINETUNING_OF = 4
"""Epochs of a training for one of the fine-tuning behind it"""
FINETUNING_RATE = 1e-3
"""Of Adam"""


@dataclass(frozen=True)
class HyperParameters:
    """How a recipe trains; what the model is made of stands where the model is built."""

    epochs: int
    batch_size: int
    learning_rate: float
    """The highest"""
    optimizer: OptimizerName = "adam"
    schedule: Schedule = "constant"
    """``cosine`` falls to 0 over all steps; ``warmup_cosine`` first rises for a tenth of them;
    ``exponential`` falls to a hundredth; ``step`` falls to a tenth at one half, and again at three
    quarters"""
    weight_decay: float = 0.0
    """Share of a kernel that is taken away in a step of rate 1 (Loshchilov and Hutter 2019)"""
    label_smoothing: float = 0.0
    """Share of the target that all labels have in common (Szegedy et al. 2016)"""
    patience: int | None = None
    """Epochs without a better validation accuracy until it stops and goes back to the best one;
    None trains every epoch and keeps the last"""


def finetuning_hyper(hyper: HyperParameters) -> HyperParameters:
    """Return how to fine-tune under rounding what was trained by ``hyper``: shortly and gently.

    A recipe's own rate may be that of another optimizer, and its patience knows no rounding.
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
    """Return a number, or a keras.optimizers.schedules.LearningRateSchedule over ``steps``."""
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
