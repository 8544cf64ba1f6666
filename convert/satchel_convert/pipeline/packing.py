"""Wraps a finished .tflite or .onnx file in a bundle."""

from collections.abc import Sequence
from pathlib import Path

from satchel.bundle import Activation
from satchel_convert.errors import ModelFolderError
from satchel_convert.finished_models.draft import FinishedFile
from satchel_convert.finished_models.wrapping import PackedModel, wrap_model
from satchel_convert.isolation import DEADLINE_S
from satchel_convert.own_models.preprocessing import preprocessing_of
from satchel_convert.releases import check_release
from satchel_convert.settings import (
    EXPECT_DIFFERENCE,
    ImageSettings,
    Labels,
    PathLike,
    TextSettings,
)

_NO_TEXTS = TextSettings()


def pack(
    model: PathLike,
    *,
    labels: Labels | None = None,
    evaluation: PathLike | None = None,
    images: ImageSettings | None = None,
    texts: TextSettings | None = None,
    activation: Activation | None = None,
    multi_label: bool | None = None,
    thresholds: Sequence[float] | None = None,
    name: str | None = None,
    version: str | None = None,
    accept_accuracy: bool = False,
    expect: PathLike | None = None,
    expect_difference: float = EXPECT_DIFFERENCE,
    deadline_s: float = DEADLINE_S,
) -> PackedModel:
    """Return a bundle of a finished classifier, with golden vectors of its own predictions.

    The file is opened and run in child processes, which import the main module: a script needs the
    guard ``if __name__ == "__main__":``.

    Args:
        model: a .tflite or .onnx file.
        labels: a list in the order of the outputs, or the path of a file with one on each line;
            None for those in the metadata of a .tflite.
        evaluation: samples, in a folder for each label or in a table.
        images: how the training images were prepared. Where neither this nor the file says it, a
            model of real numbers needs evaluation samples, on which the usual ways are tried.
        texts: the vocabulary of a text model, if the metadata of a .tflite does not hold it.
        activation: the activation of the outputs, if the last operator does not show it.
        multi_label: whether any number of labels may be right at once.
        thresholds: the lowest probability with which each label of a multi-label model is chosen.
        name: the name of the bundle, instead of the file's.
        version: the version of the bundle, three numbers, instead of 1.0.0.
        accept_accuracy: whether the model is packed although its accuracy is doubtful: no better
            than chance, or repaired by another preparation of the images.
        expect: a file with the author's own predictions of evaluation images, with which the model
            is compared from the raw images on.
        expect_difference: the largest allowed difference of a score from these predictions, if the
            model computes with floats.
        deadline_s: seconds for each step.

    Raises DoubtfulModelError for a doubtful accuracy that was not accepted; ModelFolderError for
    files that do not fit together; ConversionError for a model that does not run or is not what a
    bundle may hold.

    """
    check_release(name, version)
    finished = finished_file(
        model,
        labels=labels,
        evaluation=evaluation,
        images=images or ImageSettings(),
        texts=texts or TextSettings(),
        activation=activation,
        multi_label=bool(multi_label),
        thresholds=tuple(thresholds or ()),
        name=name,
        version=version,
    )
    if expect is not None and evaluation is None:
        raise ModelFolderError(
            f"Expected evaluation with expect: the images that {str(expect)!r} has answers for."
        )
    return wrap_model(
        finished,
        accept_accuracy=accept_accuracy,
        expect=None if expect is None else Path(expect),
        expect_difference=expect_difference,
        deadline_s=deadline_s,
    )


def finished_file(
    model: PathLike,
    *,
    labels: Labels | None,
    evaluation: PathLike | None,
    images: ImageSettings,
    texts: TextSettings = _NO_TEXTS,
    activation: Activation | None,
    multi_label: bool = False,
    thresholds: tuple[float, ...] = (),
    name: str | None = None,
    version: str | None = None,
) -> FinishedFile:
    """Return the description of a finished model; raises ModelFolderError for unknown settings."""
    return FinishedFile(
        path=Path(model),
        labels=labels,
        evaluation=None if evaluation is None else Path(evaluation),
        preprocessing=preprocessing_of(images),
        fit=images.fit,
        channels=images.channels,
        padding=images.padding,
        size=images.size,
        vocabulary=None if texts.vocabulary is None else Path(texts.vocabulary),
        delimiter=texts.delimiter,
        length=texts.length,
        tokenizer=None if texts.tokenizer is None else Path(texts.tokenizer),
        padding_side=texts.padding,
        truncating=texts.truncating,
        standardize=texts.standardize,
        activation=activation,
        multi_label=multi_label,
        thresholds=thresholds,
        name=name,
        version=version,
    )
