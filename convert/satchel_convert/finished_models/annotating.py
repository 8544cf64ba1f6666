"""Writes the metadata into a finished .tflite with which MediaPipe Tasks runs it.

MediaPipe refuses a model of real numbers whose file does not say how pixels become them:
"requires specifying NormalizationOptions metadata".
"""

from dataclasses import replace

from satchel.bundle import LabelOutput
from satchel_convert.errors import ModelFolderError
from satchel_convert.finished_models.draft import FinishedFile, draft_finished, labels_of
from satchel_convert.finished_models.finished_model import FinishedModel
from satchel_convert.finished_models.model_input import InputDraft, describe_input
from satchel_convert.finished_models.predictions import isolated, open_finished
from satchel_convert.finished_models.preparation import ask_for_preparation
from satchel_convert.own_models.labels import label_ids
from satchel_convert.samples.files import read_bytes
from satchel_convert.task import converter_task
from satchel_convert.tflite.flatbuffer import read_tree, write_tree
from satchel_convert.tflite.metadata import (
    append_files,
    associated_files,
    describe,
    states_tokenizer,
)
from satchel_convert.tflite.passes.metadata import METADATA_NAME, add_metadata


def annotate_file(finished: FinishedFile, *, deadline_s: float) -> bytes:
    """Return the .tflite with metadata: labels, and normalization or tokenizer and vocabulary.

    What is not stated is taken from the metadata that the file has already; the network itself
    stays as it is. The file is loaded in child processes only.

    Raises ModelFolderError for settings that do not fit the model or cannot be written,
    ConversionError for a file that does not load.
    """
    name = finished.path.name
    if finished.path.suffix.lower() != ".tflite":
        raise ModelFolderError(
            f"Expected a .tflite file, got {name!r}: only such files have this metadata."
        )
    model = open_finished(
        read_bytes(finished.path), finished.pinned, format_="tflite", deadline_s=deadline_s
    )
    taken = describe_input(finished, model)
    labels = labels_of(finished, model)
    _check_writable(taken, name)
    output = LabelOutput(labels, ids=label_ids(labels))
    content: bytes = isolated(_annotated, (finished, model, taken, output), deadline_s=deadline_s)
    return content


def _check_writable(taken: InputDraft, name: str) -> None:
    """Raise ModelFolderError for an input that the metadata cannot describe."""
    functions = converter_task(taken.task).input
    image = functions.image(taken.input)
    if image is None:
        if not states_tokenizer(taken.task, taken.input):
            raise ModelFolderError(
                f"Expected a regex tokenizer for the ids of {name!r} alone, or BERT's in lower case"
                " for ids, mask and segments: no metadata can say another."
            )
        return
    assert taken.preparation is not None
    if not taken.preparation.is_known:
        raise ask_for_preparation(name)
    if image.channels != 3 or taken.tensor.shape:
        raise ModelFolderError(
            f"Expected a model of colour images, (1, height, width, 3), in {name!r}: MediaPipe"
            " feeds no others."
        )
    if image.channel_order == "bgr":
        raise ModelFolderError(
            f"Expected a model that reads red first in {name!r}: MediaPipe feeds red first, and"
            " no metadata can say blue."
        )


def _annotated(
    finished: FinishedFile, model: FinishedModel, taken: InputDraft, output: LabelOutput
) -> bytes:
    """Return the file with its new metadata instead of the old; this runs in a child process."""
    draft = draft_finished(replace(finished, labels=output.labels), model, taken, output)
    found = None if taken.preparation is None else taken.preparation.preprocessing
    tree = read_tree(model.content)
    for entry in tree.metadata or []:
        if entry.name == METADATA_NAME.encode():
            tree.buffers[entry.buffer].data = None
    tree.metadata = [entry for entry in tree.metadata or [] if entry.name != METADATA_NAME.encode()]
    numbers = None if found is None else (found.mean, found.deviation)
    rows = draft.card.models[0].input.rows
    add_metadata(tree, content=describe(draft.card, normalization=numbers, rows=rows))
    # The archive of the old file is gone, because a tree holds the flatbuffer alone.
    return append_files(write_tree(tree), associated_files(draft.card, draft.files))
