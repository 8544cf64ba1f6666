"""A score for each label as the output of a model, as its card describes it."""

from typing import Literal, NamedTuple, TypeAlias

Activation: TypeAlias = Literal["softmax", "sigmoid", "logit", "none"]
THRESHOLD = 0.5
"""The threshold of a label of a multi-label model, unless its card states another one."""


class LabelOutput(NamedTuple):
    """An output with one score for each label."""

    labels: tuple[str, ...]
    activation: Activation = "softmax"
    """The last function of the model. The runtime computes probabilities from what it returns.

    Of one label: ``softmax`` returns a probability for each label, ``none`` a logit for each.
    ``sigmoid`` returns one number for two labels, the probability of the second, and ``logit``
    returns that label's logit. With ``multi_label``, ``sigmoid`` returns a probability for each
    label, ``none`` a logit for each.
    """
    multi_label: bool = False
    """Whether any number of labels may be right at once, so that each has its own probability."""
    thresholds: tuple[float, ...] = ()
    """The lowest probability, 0 to 1, with which each label of a multi-label model is chosen. Empty
    for THRESHOLD everywhere, and for other models."""
    ids: tuple[str, ...] = ()
    """A distinct name for each label, for labels that repeat. Empty if the labels are distinct."""
    kind: Literal["labels"] = "labels"

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the output tensor, without its batch of 1."""
        single = self.activation == "logit" or (
            self.activation == "sigmoid" and not self.multi_label
        )
        return (1 if single else len(self.labels),)

    @property
    def name_of_each(self) -> tuple[str, ...]:
        """A distinct name for each label: its id, or the label itself if labels do not repeat."""
        return self.ids or self.labels

    def threshold(self, position: int) -> float:
        """Return the lowest probability with which the label at ``position`` is chosen."""
        return self.thresholds[position] if self.thresholds else THRESHOLD

    @property
    def features(self) -> tuple[str, ...]:
        """The features that a reader needs for this output, as a card names them."""
        repeated = len(set(self.labels)) < len(self.labels)
        return tuple(
            feature
            for feature, used in (
                ("multi-label", self.multi_label),
                ("repeated-labels", repeated),
                ("single-logit", self.activation == "logit"),
            )
            if used
        )


class VerifiedLabels(NamedTuple):
    """The results of verifying such a model, on the machine that packed it."""

    samples: int
    accuracy: float
    """The share of samples that the model classifies correctly, 0 to 1."""
    drop_points: float
    """Percentage points of accuracy lost against the float model. Negative if the model gained."""
    agreement: float
    """The share of samples for which both models have the same top label, 0 to 1."""
    largest_difference: float
    """The largest difference of any one probability, 0 to 1."""
    sqnr_db: float | None
    """The signal-to-quantization-noise ratio in decibel. None if nothing differs."""
    drop_ci95: tuple[float, ...] = ()
    """The ends of the 95 % confidence interval for the drop, in percentage points. Empty if the
    interval is not known."""
