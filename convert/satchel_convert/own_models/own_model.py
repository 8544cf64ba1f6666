"""The description of a classifier without a model folder, as data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from satchel.bundle import Activation, ChannelOrder, Color, Fit, Input, Json
from satchel_convert.model_folder import Sample
from satchel_convert.own_models.preprocessing import Preprocessing
from satchel_convert.settings import Labels
from satchel_convert.tokenizers.settings import Side, Standardize


@dataclass(frozen=True)
class OwnModel:
    """A model that classifies images or texts, and the facts that its file does not hold."""

    path: Path
    """A .keras or .h5 file, or a SavedModel's folder"""
    labels: Labels
    """The labels in the order of the outputs"""
    evaluation: Path
    """A folder with a folder of images or .txt files for each label, or a table of texts"""
    calibration: Path | None = None
    """A folder of images or .txt files, in any folders, or a table of texts"""
    task: str | None = None
    """The task of the model, if its input does not show it"""
    activation: Activation | None = None
    """The activation of the outputs, if the last operation does not show it"""
    multi_label: bool = False
    """Whether any number of labels may be right at once"""
    thresholds: tuple[float, ...] = ()
    """The lowest probability with which each label of a multi-label model is chosen"""
    size: tuple[int, int] | None = None
    """Height and width in pixels, if the model accepts images of any size"""
    fit: Fit | None = None
    channels: ChannelOrder | None = None
    padding: Color | None = None
    preprocessing: Preprocessing | None = None
    vocabulary: Path | None = None
    """A file with lines of ``token id``, see ``satchel.preprocessing.tokenizers.regex``"""
    delimiter: str | None = None
    """The separator of tokens: a repeated character class"""
    tokenizer: Path | None = None
    """A file that holds a tokenizer, see ``satchel_convert.tokenizers.reading``"""
    padding_side: Side | None = None
    """The side of the padding, for Keras's legacy Tokenizer"""
    truncating: Side | None = None
    """The end that is cut off, for Keras's legacy Tokenizer"""
    standardize: Standardize | None = None
    """The standardization, for the vocabulary of a TextVectorization"""
    length: int | None = None
    """The number of ids, if the model accepts any number"""
    name: str | None = None
    """The name of the bundle; None for a name made from the file's"""
    version: str | None = None
    """The version of the bundle; None for FIRST_VERSION"""


class OwnInput(NamedTuple):
    """The input of a model, with samples."""

    input: Input
    files: Mapping[str, bytes]
    """The files that prepare an input, by name: the vocabulary of a text model"""
    calibration: Sequence[Sample]
    evaluation: Sequence[Sample]
    provenance: Mapping[str, Json] = MappingProxyType({})
    """What the card keeps about where the input was read from"""
