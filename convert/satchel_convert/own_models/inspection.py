"""Refuses what a Keras file alone shows not to be a classifier, before a converter is started."""

from collections.abc import Sequence
from pathlib import Path

from satchel_convert.errors import ConversionError
from satchel_convert.keras_models.configuration import read_configuration
from satchel_convert.keras_models.file_shapes import FileShapes, read_shapes
from satchel_convert.keras_models.foreign_code import check_code
from satchel_convert.keras_models.hub_model import find_hub_model
from satchel_convert.own_models.labels import check_count


def inspect_file(path: Path, labels: Sequence[str]) -> None:
    """Raise an error if the Keras file at ``path`` cannot be a classifier of ``labels``.

    A SavedModel's folder is not read: its graph says nothing that can be read quickly.

    Raises ConversionError for a file that is damaged, needs code of others, or is no classifier;
    ModelFolderError for a number of labels that cannot fit.
    """
    if path.is_dir():
        return
    configuration = read_configuration(path)
    hub = find_hub_model(path, configuration)
    if hub is not None:
        configuration = hub.configuration
    check_code(configuration, name=path.name)
    shapes = read_shapes(configuration, name=path.name)
    if shapes.outputs is None:
        return
    if _repeats_its_input(shapes) and shapes.outputs != len(labels):
        raise ConversionError(
            f"Expected a classifier in {path.name!r}, got a model that puts out {shapes.outputs}"
            " numbers for the same many that it reads, as an autoencoder does."
        )
    check_count(shapes.outputs, labels, name=path.name)


def _repeats_its_input(shapes: FileShapes) -> bool:
    return shapes.input is not None and tuple(shapes.input[1:]) == (shapes.outputs,)
