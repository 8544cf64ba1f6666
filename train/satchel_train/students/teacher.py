"""Opens the classifier that teaches a student, so that it reads what the student reads."""

from pathlib import Path
from typing import Any, cast

import numpy as np

from satchel.bundle import Card, ImageInput, parse_card
from satchel.errors import SatchelError
from satchel_train.errors import DataError
from satchel_train.networks.keras_file import load_keras_file
from satchel_train.networks.one_tensor import of_one_tensor

IMAGE_RANK = 3


def open_teacher(folder: Path, *, card: Card, vocabulary: bytes | None = None) -> Any:
    """Return a keras.Model from the inputs of ``card`` to the teacher's scores of its labels.

    ``folder`` is the model folder of the teacher. Its labels may be in another order. Images may
    have another size and another preparation for it: they are converted. Texts must have the
    same token ids.

    Raises DataError for a folder that is no model folder, and for a teacher of other labels or
    other inputs.
    """
    from keras import Input, Model, ops

    theirs, words = _read(folder)
    model = of_one_tensor(load_keras_file(folder / "model.keras"))
    order = _order(card, theirs, folder)
    same = theirs.input == card.input and words == vocabulary
    both_images = len(card.input.shape) == len(theirs.input.shape) == IMAGE_RANK
    if not same and not (both_images and card.input.shape[-1] <= theirs.input.shape[-1]):
        raise DataError(
            f"Expected a teacher that reads {_inputs(card)}, got {_inputs(theirs)}"
            f" in {str(folder)!r}."
        )
    inputs = Input(card.input.shape, dtype=model.inputs[0].dtype, name="students_inputs")
    read = inputs
    if not same:
        read = _converted(inputs, cast("ImageInput", card.input), cast("ImageInput", theirs.input))
    scores = ops.take(model(read), order, axis=-1)
    taught = Model(inputs, scores, name="teacher")
    taught.trainable = False
    return taught


def _read(folder: Path) -> tuple[Card, bytes | None]:
    """Return the card in ``folder``, and the vocabulary of a text model."""
    try:
        card = parse_card((folder / "card.json").read_bytes())
        words = [(folder / name).read_bytes() for name in card.input.files]
    except (OSError, SatchelError) as error:
        raise DataError(
            f"Expected the model folder of a classifier as teacher, got {str(folder)!r}:"
            f" {str(error).partition(chr(10))[0]:.120}."
        ) from error
    return card, words[0] if words else None


def _order(card: Card, theirs: Card, folder: Path) -> list[int]:
    """Return the position of each label of ``card`` among the labels of the teacher."""
    names, known = _names(card), _names(theirs)
    if set(names) != set(known):
        strange = sorted(set(names) ^ set(known))[0]
        raise DataError(
            f"Expected a teacher with the same {len(names)} labels, got {len(known)} in"
            f" {str(folder)!r}: only one of the two has {strange!r}."
        )
    return [known.index(name) for name in names]


def _names(card: Card) -> tuple[str, ...]:
    ids: tuple[str, ...] = getattr(card.output, "ids", ())
    return ids or card.output.labels


def _inputs(card: Card) -> str:
    return f"{' x '.join(map(str, card.input.shape))} of {card.task}"


def _converted(images: Any, ours: ImageInput, theirs: ImageInput) -> Any:
    """Return the student's prepared images as the teacher's card prepares them."""
    from keras import ops

    (scale, offset), (their_scale, their_offset) = (
        (np.array(image.scale, np.float32), np.array(image.offset, np.float32))
        for image in (ours, theirs)
    )
    levels = (_red_first(images, ours) - offset) / scale
    if (ours.height, ours.width) != (theirs.height, theirs.width):
        size = (theirs.height, theirs.width)
        levels = ops.image.resize(levels, size, interpolation="bilinear", antialias=True)
    if ours.channels < theirs.channels:
        levels = ops.repeat(levels, theirs.channels, axis=-1)
    return _red_first(levels * their_scale + their_offset, theirs)


def _red_first(images: Any, image: ImageInput) -> Any:
    """Return ``images`` with their channels turned if ``image`` has blue first."""
    from keras import ops

    return ops.flip(images, axis=-1) if image.channel_order == "bgr" else images
