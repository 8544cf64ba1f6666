"""Opens a finished file: what it holds, what is stated, and what its outputs tell, in one draft."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import Bundle, Json, LabelOutput, digest
from satchel.inference import open_model
from satchel.preprocessing import model_tensor
from satchel_convert.errors import ModelFolderError
from satchel_convert.finished_models.draft import (
    FinishedFile,
    draft_finished,
    labels_of,
    output_count,
)
from satchel_convert.finished_models.finished_model import FINISHED_FORMATS, FinishedModel
from satchel_convert.finished_models.golden_inputs import made_up
from satchel_convert.finished_models.guessing import guess_preparation
from satchel_convert.finished_models.model_input import (
    InputDraft,
    describe_input,
    with_preprocessing,
)
from satchel_convert.finished_models.predictions import isolated, open_finished, sample_folder
from satchel_convert.finished_models.preparation import ask_for_preparation
from satchel_convert.model_folder import Sample, prepare
from satchel_convert.own_models.labels import label_ids
from satchel_convert.own_models.output_meaning import (
    CLEAR,
    OutputMeaning,
    StatedOutput,
    output_meaning,
)
from satchel_convert.sample_inputs import Inputs
from satchel_convert.samples.files import read_bytes
from satchel_convert.samples.reading import check_label_counts, read_evaluation
from satchel_convert.task import converter_task

SHOWN = 32
"""The number of samples whose outputs decide what outputs mean, if nothing else does"""


class OpenedFile(NamedTuple):
    """A draft of a finished model's bundle, with what was found out about it."""

    draft: Bundle
    samples: Sequence[Sample]
    """The evaluation samples; none if there is no evaluation"""
    provenance: dict[str, Json]
    notes: Sequence[str]
    """What the user should know: decisions that nobody stated, and contradictions"""


def open_file(
    finished: FinishedFile, *, deadline_s: float, must_be_clear: bool = True
) -> OpenedFile:
    """Return the draft of a finished file's bundle.

    ``must_be_clear`` asks for the preprocessing if evaluation samples do not show it clearly.

    Raises ModelFolderError for files and settings that do not fit together or leave something open,
    ConversionError for a file that is no model for a bundle.
    """
    name = finished.path.name
    suffix = finished.path.suffix.lower()
    if suffix not in FINISHED_FORMATS:
        raise ModelFolderError(
            f"Expected a .tflite or .onnx file, got {name!r}: satchel convert makes such a file of"
            " a Keras model."
        )
    source = read_bytes(finished.path)
    model = open_finished(
        source, finished.pinned, format_=FINISHED_FORMATS[suffix], deadline_s=deadline_s
    )
    output_count(model, name)
    taken = describe_input(finished, model)
    labels = labels_of(finished, model)
    unknown = taken.preparation is not None and not taken.preparation.is_known
    if unknown and finished.evaluation is None:
        raise ask_for_preparation(name)
    meaning = _meaning(finished, model, taken, labels, deadline_s)
    draft = draft_finished(finished, model, taken, meaning.output)
    samples = _samples(finished, draft)
    notes = [] if taken.preparation is None else [taken.preparation.warning]
    prepared = "" if taken.preparation is None else taken.preparation.reason
    if unknown:
        guess = guess_preparation(
            draft,
            samples,
            order_is_known=finished.channels is not None,
            blue_first=finished.channels == "bgr",
            name=name,
            deadline_s=deadline_s,
            decide=not must_be_clear,
        )
        taken, prepared = with_preprocessing(taken, guess.preprocessing), guess.reason
        notes.append(prepared)
        draft = draft_finished(finished, model, taken, meaning.output)
    if model.activation is None and finished.activation is None:
        notes.append(f"outputs are {meaning.reason}")
    if model.metadata.calibrated:
        notes.append("the score calibration in the file's metadata is left out: scores are raw.")
    provenance: dict[str, Json] = {"model": digest(source)}
    if model.stated != model.shape:
        provenance["pinned"] = f"{model.stated} to {model.shape}"
    if prepared:
        provenance["preprocessing"] = prepared
    provenance["outputs"] = meaning.reason
    return OpenedFile(draft, samples, provenance, [each for each in notes if each])


def _samples(finished: FinishedFile, draft: Bundle) -> Sequence[Sample]:
    if finished.evaluation is None:
        return []
    files = converter_task(draft.card.task).input.SAMPLE_FILES
    output = draft.card.output
    assert files is not None
    assert isinstance(output, LabelOutput)
    samples = read_evaluation(finished.evaluation, files, output.labels, ids=output.ids)
    check_label_counts(samples, output)
    return samples


def _meaning(
    finished: FinishedFile,
    model: FinishedModel,
    taken: InputDraft,
    labels: tuple[str, ...],
    deadline_s: float,
) -> OutputMeaning:
    """Return what the outputs mean: by the last operator, or by what comes out."""
    count = output_count(model, finished.path.name)
    stated = StatedOutput(finished.activation, finished.multi_label, finished.thresholds)
    values = None
    if finished.activation is None and model.activation not in CLEAR:
        # Any meaning of that shape does here, because only the raw numbers are looked at.
        raw = LabelOutput(labels, "logit" if count == 1 else "none", ids=label_ids(labels))
        values = _some_outputs(draft_finished(finished, model, taken, raw), deadline_s)
    return output_meaning(
        labels,
        count=count,
        last=model.activation,
        values=values,
        stated=stated,
        name=finished.path.name,
    )


def _some_outputs(draft: Bundle, deadline_s: float) -> NDArray[np.float32]:
    """Return the model's outputs for a few made-up inputs, float32 (inputs, count)."""
    inputs = prepare(sample_folder(draft, []), made_up(draft).raws[:SHOWN])
    values: NDArray[np.float32] = isolated(_run, (draft, inputs), deadline_s=deadline_s)
    return values


def _run(draft: Bundle, inputs: Inputs) -> NDArray[np.float32]:
    model = open_model(draft)
    return model.run(model_tensor(inputs, draft.card, model.entry.input))
