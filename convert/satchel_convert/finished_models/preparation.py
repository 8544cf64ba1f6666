"""Finds out how a finished model's images are prepared, from what is stated and from its file."""

from typing import TYPE_CHECKING, NamedTuple

from satchel.bundle import TensorSpec
from satchel_convert.errors import ModelFolderError
from satchel_convert.finished_models.finished_model import FinishedModel
from satchel_convert.own_models.preprocessing import AS_THEY_ARE, PREPROCESSING, Preprocessing

if TYPE_CHECKING:
    from satchel_convert.finished_models.draft import FinishedFile

USUAL: dict[str, Preprocessing] = {
    "-1 to 1 (--mean 127.5 --std 127.5)": Preprocessing((127.5,), (127.5,)),
    "0 to 1 (--std 255)": Preprocessing((0.0,), (255.0,)),
    "0 to 255 (--std 1)": AS_THEY_ARE,
    "ImageNet's mean and std (--preprocess keras:densenet)": PREPROCESSING["densenet"],
    "ImageNet's mean (--preprocess keras:resnet50)": PREPROCESSING["resnet50"]._replace(
        blue_first=False
    ),
}
"""The usual preparations, red first, by the words that name them"""
_LEVELS = 2.0
"""How many 8-bit levels the metadata of a file may differ from a pixel's byte: its numbers are
rounded"""


class Preparation(NamedTuple):
    """The preprocessing of images, and where it is known from."""

    preprocessing: Preprocessing
    reason: str
    """Where it is known from; empty if it is not known"""
    warning: str = ""
    """A contradiction between what is stated and the file, in one sentence"""

    @property
    def is_known(self) -> bool:
        """Whether anything says how images are prepared."""
        return bool(self.reason)


def prepare_images(finished: "FinishedFile", model: FinishedModel, *, channels: int) -> Preparation:
    """Return what is known of the preprocessing of a model's images.

    Stated numbers win over those in the file's metadata. Without any, the levels of an 8-bit input
    are the bytes of the pixels, and for an input of floats nothing is known.

    Raises ModelFolderError for settings that do not fit the model or each other.
    """
    name, stated = finished.path.name, finished.preprocessing
    held = in_metadata(model, name)
    if stated is not None and model.input == TensorSpec("uint8"):
        raise ModelFolderError(
            f"Expected no --mean, --std or --preprocess for {name!r}: its bytes are the pixels."
        )
    found = _found(stated, held, model.input)
    if stated is not None and stated.blue_first and finished.channels == "rgb":
        raise ModelFolderError(
            f"Expected no --channels rgb for {name!r}: --preprocess says blue first."
        )
    if finished.channels == "bgr":
        preprocessing = found.preprocessing._replace(blue_first=True)
        found = found._replace(preprocessing=preprocessing)
    # Raises for a number of means that does not fit the channels.
    found.preprocessing.factors(channels)
    return found


def ask_for_preparation(name: str) -> ModelFolderError:
    """Return the error for a model of which nothing says how its images are prepared."""
    return ModelFolderError(
        f"Expected --mean and --std, --preprocess keras:NAME, or --evaluation to find out, for"
        f" {name!r}: it reads real numbers, and nothing says which a pixel is. {ask()}."
    )


def ask() -> str:
    """Return the usual preparations in words, for a message that asks for one."""
    return f"Usual are {'; '.join(USUAL)}; --channels bgr if blue comes first"


def in_metadata(model: FinishedModel, name: str) -> Preprocessing | None:
    """Return the preprocessing in the file's metadata; raises ModelFolderError for a std of 0."""
    mean, std = model.metadata.mean, model.metadata.std
    if not mean and not std:
        return None
    if 0 in std or not std or not mean:
        raise ModelFolderError(
            f"Expected a mean and a std other than 0 in the metadata of {name!r}, got {mean} and"
            f" {std}: state --mean and --std."
        )
    return Preprocessing(mean, std)


def _found(
    stated: Preprocessing | None, held: Preprocessing | None, tensor: TensorSpec
) -> Preparation:
    if stated is not None:
        warning = ""
        if held is not None and not _alike(stated, held):
            warning = (
                f"the stated {_words(stated)} differ from the file's metadata, {_words(held)}: the"
                " stated ones are packed."
            )
        return Preparation(stated, f"{_words(stated)}, as stated", warning)
    if tensor.dtype in ("uint8", "int8"):
        return _of_levels(held, tensor)
    if held is not None:
        return Preparation(held, f"{_words(held)}, from the file's metadata")
    return Preparation(AS_THEY_ARE, "")


def _of_levels(held: Preprocessing | None, tensor: TensorSpec) -> Preparation:
    """Return the preprocessing of an input of levels: level 0 of a pixel is the lowest level.

    Applications feed the bytes to a uint8 input, whatever its metadata says, and MediaPipe does.
    An int8 input is fed by the metadata where that says something else.
    """
    lowest = -128 if tensor.dtype == "int8" else 0
    as_bytes = _bytes(tensor, lowest)
    reason = "the bytes of the pixels, because the input has 8 bits"
    # A mean of 0 and a std of 1 say that the pixels go in as they are.
    if held is None or held == AS_THEY_ARE or _levels_apart(held, tensor, lowest) <= _LEVELS:
        return Preparation(as_bytes, reason)
    if tensor.dtype == "int8":
        return Preparation(held, f"{_words(held)}, from the file's metadata")
    warning = (
        f"the file's metadata, {_words(held)}, does not give the bytes of the pixels, which"
        " applications feed to such a model: the bytes are packed."
    )
    return Preparation(as_bytes, reason, warning)


def _bytes(tensor: TensorSpec, lowest: int) -> Preprocessing:
    """Return the preprocessing that makes the levels of ``tensor`` the bytes of the pixels."""
    return Preprocessing(
        (float(tensor.zero_point - lowest),), (1 / tensor.scale,) if tensor.scale else (1.0,)
    )


def _levels_apart(held: Preprocessing, tensor: TensorSpec, lowest: int) -> float:
    """Return the largest distance between the levels by the metadata and the bytes."""
    distances = [
        abs((pixel - mean) / std / tensor.scale + tensor.zero_point - lowest - pixel)
        for pixel in (0, 255)
        for mean in held.mean
        for std in held.deviation
    ]
    return max(distances)


def _alike(one: Preprocessing, other: Preprocessing) -> bool:
    return all(
        abs(first - second) <= 0.01 * abs(second) + 0.5
        for firsts, seconds in ((one.mean, other.mean), (one.deviation, other.deviation))
        for first in firsts
        for second in seconds
    )


def _words(found: Preprocessing) -> str:
    mean, std = (",".join(f"{each:g}" for each in part) for part in found[:2])
    order = ", blue first" if found.blue_first else ""
    return f"mean {mean} and std {std}{order}"
