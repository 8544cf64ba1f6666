"""What a path holds, by its name: a bundle, a finished model, a Keras model or a model folder."""

import os
from pathlib import Path
from typing import Literal, TypeAlias

from satchel_convert.finished_models.finished_model import FINISHED_FORMATS
from satchel_convert.keras_models.saved_model import SAVED_MODEL

Kind: TypeAlias = Literal["bundle", "finished", "keras", "folder"]

MODEL_SUFFIXES = (".keras", ".h5")
REQUIRED: dict[Kind, tuple[str, ...]] = {
    "bundle": ("samples",),
    "finished": (),
    "keras": ("labels", "evaluation"),
    "folder": (),
}
"""What has to be said beside the path; only ``explain`` takes bundles"""


def kind_of(path: str | os.PathLike[str]) -> Kind:
    """Return what is at ``path``: a folder that is no SavedModel counts as a model folder."""
    place = Path(path)
    suffix = place.suffix.lower()
    if suffix == ".satchel":
        return "bundle"
    if suffix in FINISHED_FORMATS:
        return "finished"
    if suffix in MODEL_SUFFIXES or (place / SAVED_MODEL).is_file():
        return "keras"
    return "folder"
