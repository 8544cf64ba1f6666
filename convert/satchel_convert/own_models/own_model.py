"""What is not in the file of a classifier, and the model folder that both amount to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from satchel.bundle import Activation, Fit, Input
from satchel_convert.model_folder import Sample
from satchel_convert.own_models.preprocessing import Preprocessing
from satchel_convert.settings import Labels


@dataclass(frozen=True)
class OwnModel:
    """What is not in the file of a model that classifies images or texts."""

    path: Path
    """A .keras or .h5 file, or a SavedModel's folder"""
    labels: Labels
    """In the order of the outputs"""
    evaluation: Path
    """A folder a label, called as it, with images or .txt files; or a table of texts"""
    calibration: Path | None = None
    """The same, in folders or not"""
    task: str | None = None
    """What the model is for, where its input does not tell"""
    activation: Activation | None = None
    """What the model ends in, where its last layer does not tell"""
    size: tuple[int, int] | None = None
    """Height and width, where the model takes images of any"""
    fit: Fit | None = None
    preprocessing: Preprocessing | None = None
    vocabulary: Path | None = None
    """Lines of ``token id``, see ``satchel.preprocessing.tokenizers.regex``"""
    delimiter: str | None = None
    """What texts are split at: a repeated character class"""
    length: int | None = None
    """Ids, where the model takes texts of any number"""
    name: str | None = None
    """None for one made of the file's"""
    version: str | None = None
    """None for the first one"""


class OwnInput(NamedTuple):
    """What a model takes, with samples of it."""

    input: Input
    files: Mapping[str, bytes]
    """What inputs are prepared with: the vocabulary of a model of texts"""
    calibration: Sequence[Sample]
    evaluation: Sequence[Sample]
