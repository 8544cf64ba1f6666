"""Makes the augmented batches of a training on images, by the names of the augmentations."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import Json
from satchel_train.data import augment, mixing
from satchel_train.data.augment_names import ON_USERS_IMAGES, AugmentName
from satchel_train.data.image_inputs import ImageInputs
from satchel_train.data.inputs import Examples

LOGGER = logging.getLogger("satchel_train.augment")
"""Says, as information, what was chosen for the user's images."""

_MIXES: Mapping[str, mixing.Mix] = {"mixup": mixing.mixup, "cutmix": mixing.cutmix}


@dataclass(frozen=True)
class Augmentation:
    """Augmentations of images, applied one after the other to every batch."""

    names: tuple[AugmentName, ...]
    """The names of the augmentations, in the order in which they are applied."""
    shift: int
    """The largest shift, in pixels."""
    labels: int
    """The number of labels."""

    def __call__(
        self, examples: Examples, chosen: NDArray[np.intp], randomness: np.random.Generator
    ) -> tuple[NDArray[np.float32], NDArray[Any]]:
        """Return the changed inputs of the examples at ``chosen``, (n, height, width, channels).

        Their labels are positions, int32 (n,), or after a mixing the share of each label, float32
        (n, labels). The bits depend on the arguments only.
        """
        inputs, labels = examples.inputs, examples.labels[chosen]
        assert isinstance(inputs, ImageInputs), "only recipes on images have an augmentation"
        pixels = inputs.images[chosen]
        for change in self._changes():
            pixels = change(pixels, randomness)
        changed = inputs.convert(pixels)
        mixes = [_MIXES[name] for name in self.names if name in _MIXES]
        if not mixes:
            return changed, labels
        shares = mixing.shares_of(labels, count=self.labels)
        for mix in mixes:
            changed, shares = mix(changed, shares, randomness)
        return changed, shares

    def record(self) -> dict[str, Json]:
        """Return the augmentations and their parameters, for ``training.json``."""
        parameters: dict[str, dict[str, Json]] = {
            "shift": {"pixels": self.shift},
            "mirror": {"probability": 0.5},
            "crop": {
                "smallest_share": augment.SMALLEST_SHARE,
                "widest_ratio": augment.WIDEST_RATIO,
            },
            "colour": {"strength": augment.COLOUR_STRENGTH},
            "mixup": {"alpha": mixing.MIXUP_ALPHA},
            "cutmix": {"alpha": mixing.CUTMIX_ALPHA},
        }
        return {name: parameters[name] for name in self.names}

    def _changes(self) -> Sequence[augment.ChangeImages]:
        changes: Mapping[str, augment.ChangeImages] = {
            "shift": partial(augment.shift, pixels=self.shift),
            "mirror": augment.mirror,
            "crop": augment.crop,
            "colour": augment.colour,
        }
        return [changes[name] for name in self.names if name in changes]


def choose_augmentation(
    chosen: tuple[AugmentName, ...] | None,
    *,
    own: tuple[AugmentName, ...] | None,
    shift: int,
    labels: int,
) -> Augmentation | None:
    """Return the augmentation of a training, or None if there is none.

    Args:
        chosen: the user's choice; None leaves it to the recipe.
        own: the recipe's choice for its own data set, None for images of the user's.
        shift: the largest shift, in pixels.
        labels: the number of labels.

    """
    names = own if chosen is None else chosen
    if names is None:
        names = ON_USERS_IMAGES
        LOGGER.info(
            "augment %s, the default for images of your own: choose others with --augment"
            " (mirror suits images that mean the same when left and right are swapped)",
            ",".join(names),
        )
    return Augmentation(names, shift, labels) if names else None
