"""Tells what a path holds: a bundle, a finished or Keras model, or a folder."""

import os
from pathlib import Path
from typing import Literal, TypeAlias

from satchel_convert.finished_models.finished_model import FINISHED_FORMATS
from satchel_convert.keras_models.configuration import SAVED_MODEL, container_of

Kind: TypeAlias = Literal["bundle", "finished", "keras", "folder"]

MODEL_SUFFIXES = (".keras", ".h5", ".hdf5")
REQUIRED: dict[Kind, tuple[str, ...]] = {
    "bundle": ("samples",),
    "finished": (),
    "keras": ("labels", "evaluation"),
    "folder": (),
}
"""The arguments that a path of each kind needs beside it. Only ``explain`` accepts a bundle."""


def kind_of(path: str | os.PathLike[str]) -> Kind:
    """Return the kind of model at ``path``; a folder without a SavedModel is a model folder.

    A Keras file is known by its content too, whatever its name.
    """
    place = Path(path)
    suffix = place.suffix.lower()
    if suffix == ".satchel":
        return "bundle"
    if suffix in FINISHED_FORMATS:
        return "finished"
    if suffix in MODEL_SUFFIXES or (place / SAVED_MODEL).is_file() or container_of(place):
        return "keras"
    return "folder"
