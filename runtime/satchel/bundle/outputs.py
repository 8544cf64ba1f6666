"""What a model returns, as its card says it: scores of labels, or a picture."""

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

from satchel import limits
from satchel.bundle.inputs import parse_channels
from satchel.bundle.strict_json import Fields

_UNFIT_FOR_A_LINE = re.compile(
    "[\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069\\ud800-\\udfff]"
)
"""Controls, line separators, changes of direction and lone surrogates"""

Activation: TypeAlias = Literal["softmax", "sigmoid", "none"]


@dataclass(frozen=True)
class LabelOutput:
    """Scores, one a label."""

    labels: tuple[str, ...]
    activation: Activation = "softmax"
    """What the model ends in; the runtime adds what is missing to a probability for each label"""
    kind: Literal["labels"] = "labels"

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the output tensor, without its batch of 1."""
        return (1 if self.activation == "sigmoid" else len(self.labels),)


@dataclass(frozen=True)
class ImageOutput:
    """A picture, whose pixels are ``value * scale + offset`` (1, height, width, channels)."""

    height: int
    width: int
    channels: int = 3
    """3, or 1 for a Keras model of grey pictures; always 3 in a bundle"""
    scale: tuple[float, ...] = (1.0,)
    """One factor, or one a channel"""
    offset: tuple[float, ...] = (0.0,)
    kind: Literal["image"] = "image"

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the output tensor, without its batch of 1."""
        return (self.height, self.width, self.channels)


Output: TypeAlias = LabelOutput | ImageOutput


def parse_label_output(fields: Fields) -> LabelOutput:
    """Return the labels that ``output`` of a card describes; raises CardError."""
    fields.constant("kind", "labels")
    labels = fields.texts("labels")
    activation = fields.choice("activation", Activation)
    for label in labels:
        # One label a line: that is how TFLite Model Metadata and the apps write them.
        if not label.strip() or _UNFIT_FOR_A_LINE.search(label):
            raise fields.wrong("labels", "labels of one line without control characters", label)
    if not 2 <= len(labels) <= limits.MAX_LABELS or len(set(labels)) != len(labels):
        raise fields.wrong(
            "labels", f"2 to {limits.MAX_LABELS:,} different labels", f"{len(labels)}"
        )
    if activation == "sigmoid" and len(labels) != 2:
        raise fields.wrong("labels", "2 labels for a sigmoid", f"{len(labels)}")
    return LabelOutput(labels=labels, activation=activation)


def parse_image_output(fields: Fields) -> ImageOutput:
    """Return the picture that ``output`` of a card describes; raises CardError."""
    fields.constant("kind", "image")
    channels = parse_channels(fields)
    height = fields.integer("height", 1, limits.MAX_SIDE)
    width = fields.integer("width", 1, limits.MAX_SIDE)
    if height * width > limits.MAX_OUTPUT_PIXELS:
        raise fields.wrong(
            "width", f"at most {limits.MAX_OUTPUT_PIXELS:,} pixels", f"{height} x {width}"
        )
    return ImageOutput(
        height=height,
        width=width,
        channels=channels,
        scale=fields.factors("scale", (1, channels)),
        offset=fields.numbers("offset", (1, channels), missing=(0.0,)),
    )
