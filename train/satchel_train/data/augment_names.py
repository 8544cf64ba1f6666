"""The names of the augmentations that a recipe can use. Nothing heavy is imported here."""

from collections.abc import Sequence
from typing import Literal, get_args

from satchel_train.errors import SettingsError

AugmentName = Literal["shift", "mirror", "crop", "colour", "mixup", "cutmix"]
AUGMENTS: tuple[AugmentName, ...] = get_args(AugmentName)
"""The augmentations in the order in which they are applied."""
NONE = "none"
"""The word for no augmentation."""
ON_USERS_IMAGES: tuple[AugmentName, ...] = ("shift", "crop")
"""The default for images of one's own: no mirror, which turns an arrow to the left into one to the
right, and no colour, by which a ripe fruit is told from a green one."""


def parse_augments(text: str) -> tuple[AugmentName, ...]:
    """Return the augmentations that ``text`` lists, such as ``shift,mirror``; ``none`` for none.

    Raises SettingsError for any other word, and for a word that is there twice.
    """
    if text == NONE:
        return ()
    return check_augments(text.split(","))


def check_augments(names: Sequence[str]) -> tuple[AugmentName, ...]:
    """Return ``names`` in the order in which they are applied.

    Raises SettingsError for a name that is none of AUGMENTS, and for one that is there twice.
    """
    for name in names:
        if name not in AUGMENTS:
            raise SettingsError(
                f"Expected augment of {NONE} alone, or of {', '.join(AUGMENTS)}; got {name!r}."
            )
        if names.count(name) > 1:
            raise SettingsError(f"Expected each augment once, got {name!r} twice.")
    return tuple(name for name in AUGMENTS if name in names)
