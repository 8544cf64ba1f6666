"""Writes the model folder, all of it or nothing.

model.keras    the float reference
card.json      how to prepare its inputs and how to read its outputs
vocabulary.txt the vocabulary of a text model, or vocabulary.json, or tokenizer.model
samples/       a calibration part and an evaluation part: raw images, texts or seeds, and labels
training.json  the settings, the figures and the history of the training
curves.png     loss and accuracy by epoch, if there were epochs
*.png          further plots, such as the confusion matrix
"""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from satchel.bundle import Card, Json, card_to_json
from satchel_train.data.samples import Samples, Unlabelled, label_names
from satchel_train.errors import FolderError
from satchel_train.plots.curves import draw_curves
from satchel_train.task import training_task
from satchel_train.trained import Trained

REQUIRED = {"model.keras", "card.json", "samples", "training.json"}
ALLOWED = REQUIRED | {
    *("vocabulary.txt", "vocabulary.json", "tokenizer.model"),
    *("curves.png", "confusion.png", "mistakes.png"),
    *("path.png", "coefficients.png"),
    *("grid.png", "stages.png", "sheet.png"),
}


def check_target(folder: Path, *, replace: bool) -> None:
    """Check that a model folder can be written to ``folder``, and make its parent folder.

    Raises FolderError for a file, for a folder that holds anything but a trained model, for a place
    that cannot be written, and for a trained model unless ``replace`` is true.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        names = {path.name for path in folder.iterdir()} if folder.exists() else set()
    except OSError as error:
        raise _not_writable(folder, error) from error
    if names and not (names >= REQUIRED and names <= ALLOWED):
        strange = sorted(names - ALLOWED) or sorted(names)
        raise FolderError(
            f"Expected a new or empty folder, or a trained model to replace,"
            f" got {str(folder)!r} with {strange[0]!r} in it."
        )
    if names and not replace:
        raise FolderError(
            f"Expected a new or empty folder, got {str(folder)!r} with a trained model in it:"
            " replace it (--replace), or choose another folder."
        )
    if not os.access(folder.parent, os.W_OK):
        raise FolderError(
            f"Expected a place to write the model folder, got {str(folder)!r} without permission."
        )


def write_model_folder(
    folder: Path,
    trained: Trained,
    *,
    replace: bool,
    provenance: Mapping[str, Json],
    training: Mapping[str, Json],
) -> None:
    """Write the model folder to ``folder`` in one step.

    Args:
        folder: a folder that ``check_target`` accepts.
        trained: the result of the recipe.
        replace: whether the folder of an earlier training may be replaced.
        provenance: the provenance for the card.
        training: the content of ``training.json``.

    Raises FolderError if it cannot be written. The earlier folder is kept then.

    """
    try:
        with _taking_place(folder, replace=replace) as new:
            _write_files(new, trained, provenance=provenance, training=training)
    except OSError as error:
        raise _not_writable(folder, error) from error


def _write_files(
    folder: Path,
    trained: Trained,
    *,
    provenance: Mapping[str, Json],
    training: Mapping[str, Json],
) -> None:
    card = trained.card._replace(provenance=provenance)
    _save_model(trained.model, folder / "model.keras", name=card.name)
    (folder / "card.json").write_bytes(card_to_json(card))
    for name in card.input.files:
        assert trained.vocabulary is not None, "a text card comes with its vocabulary"
        (folder / name).write_bytes(trained.vocabulary)
    for part in ("calibration", "evaluation"):
        _write_samples(folder / "samples", part, getattr(trained, part), card)
    content = json.dumps(training, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    (folder / "training.json").write_bytes(content.encode())
    if trained.history is not None:
        (folder / "curves.png").write_bytes(draw_curves(trained.history, title=card.name))
    for name, image in trained.images.items():
        (folder / name).write_bytes(image)


def _save_model(model: Any, path: Path, *, name: str) -> None:
    import keras

    # Save the layers without the optimizer, whose state would triple the file.
    inputs = model.inputs if len(model.inputs) > 1 else model.inputs[0]
    keras.Model(inputs, model.outputs[0], name=name).save(path)


def _write_samples(folder: Path, part: str, samples: Samples | Unlabelled, card: Card) -> None:
    folder.mkdir(exist_ok=True)
    lines = training_task(card.task).sample_fields(samples.contents, folder, part)
    if isinstance(samples, Samples):
        names = label_names(card)
        for line, position in zip(lines, samples.labels, strict=True):
            line["label"] = names[position]
    content = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    (folder / f"{part}.jsonl").write_bytes(content.encode())


@contextmanager
def _taking_place(folder: Path, *, replace: bool) -> Iterator[Path]:
    """Yield an empty folder that replaces ``folder`` at the end, unless an error occurs."""
    target = folder.resolve()
    workshop = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        new = workshop / "new"
        # Use mkdir rather than mkdtemp, so that it has the permissions of any new folder.
        new.mkdir()
        yield new
        check_target(target, replace=replace)
        if target.exists():
            target.rename(workshop / "old")
        new.rename(target)
    except BaseException:
        if (workshop / "old").exists() and not target.exists():
            (workshop / "old").rename(target)
        raise
    finally:
        shutil.rmtree(workshop, ignore_errors=True)


def _not_writable(folder: Path, error: OSError) -> FolderError:
    return FolderError(
        f"Expected a folder to write, got {str(folder)!r}: {error.strerror or error}."
    )
