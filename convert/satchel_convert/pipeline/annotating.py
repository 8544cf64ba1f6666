"""Writes metadata into a finished .tflite file, with which MediaPipe Tasks runs it."""

from pathlib import Path

from satchel_convert.errors import ModelFolderError
from satchel_convert.finished_models.annotating import annotate_file
from satchel_convert.isolation import DEADLINE_S
from satchel_convert.pipeline.packing import finished_file
from satchel_convert.releases import check_release
from satchel_convert.settings import ImageSettings, Labels, PathLike, TextSettings


def annotate(
    model: PathLike,
    *,
    labels: Labels | None = None,
    images: ImageSettings | None = None,
    texts: TextSettings | None = None,
    name: str | None = None,
    version: str | None = None,
    deadline_s: float = DEADLINE_S,
) -> bytes:
    """Return the .tflite ``model`` with TFLite Model Metadata, which MediaPipe Tasks asks for.

    The file is opened in child processes, which import the main module: a script needs the guard
    ``if __name__ == "__main__":``.

    Args:
        model: a .tflite file that classifies images or texts.
        labels: a list in the order of the outputs, or the path of a file with one on each line;
            None for those that the file holds already.
        images: how the training images were prepared, by mean and std or by preprocess.
        texts: the vocabulary and the delimiter of a text model.
        name: the name in the metadata, instead of the file's.
        version: the version in the metadata, three numbers, instead of 1.0.0.
        deadline_s: seconds for each step.

    Raises ModelFolderError for settings that do not fit the model or cannot be written;
    ConversionError for a file that does not load.

    """
    check_release(name, version)
    if texts is not None and texts.tokenizer is not None:
        raise ModelFolderError(
            f"Expected --vocabulary, and no --tokenizer, for {Path(model).name!r}: the metadata of"
            " a .tflite knows only tokens that a delimiter splits."
        )
    finished = finished_file(
        model,
        labels=labels,
        evaluation=None,
        images=images or ImageSettings(),
        texts=texts or TextSettings(),
        activation=None,
        name=name,
        version=version,
    )
    return annotate_file(finished, deadline_s=deadline_s)
