"""Writes a model folder that ``satchel convert`` and the other commands open again."""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from satchel.bundle import Json, Output, card_to_json
from satchel.errors import OutputError
from satchel.writing import check_creatable, make_folder
from satchel_convert.errors import NoModelPassedError
from satchel_convert.model_folder import ModelFolder, Sample, label_names
from satchel_convert.onnx.weights import whole_content
from satchel_convert.settings import PathLike
from satchel_convert.task import converter_task


def check_keepable(place: Path) -> None:
    """Raise OutputError unless a folder can be made at ``place``, where only an empty one may be.

    Call it before hours of work, not after.
    """
    if place.is_symlink() or (place.exists() and (not place.is_dir() or any(place.iterdir()))):
        raise OutputError(
            f"Expected a new or an empty folder to keep the model in, got {str(place)!r}: remove"
            " it, or name another one."
        )
    if not place.exists():
        check_creatable(place)


def keep_model_folder(folder: ModelFolder, place: Path) -> None:
    """Write the model, the card, its files and copies of all samples to the new folder ``place``.

    The folder appears when it is whole, or not at all. Raises OutputError if it cannot be written,
    and if there is a folder that is not empty.
    """
    check_keepable(place)
    make_folder(place.parent)
    try:
        written = Path(tempfile.mkdtemp(prefix=f".{place.name}.", dir=place.parent))
        try:
            _write(folder, written)
            # A temporary folder is private, but this one is the user's.
            written.chmod(0o777 & ~_mask())
            if place.exists():
                place.rmdir()
            written.rename(place)
        except BaseException:
            shutil.rmtree(written, ignore_errors=True)
            raise
    except OSError as error:
        raise OutputError(
            f"Expected to write the folder {str(place)!r}, got: {error.strerror or error}."
        ) from error


@contextmanager
def kept(folder: ModelFolder, place: PathLike | None) -> Iterator[None]:
    """Keep ``folder`` at ``place``, if there is one, after the block has ended.

    A block that no model passed counts as ended: what failed is explained from the kept folder.
    Raises OutputError as ``keep_model_folder``.
    """
    try:
        yield
    except NoModelPassedError:
        if place is not None:
            keep_model_folder(folder, Path(place))
        raise
    if place is not None:
        keep_model_folder(folder, Path(place))


def _mask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _write(folder: ModelFolder, place: Path) -> None:
    model = folder.model_path
    if model.is_dir():
        shutil.copytree(model, place / "saved_model")
    elif model.suffix.lower() == ".onnx":
        (place / "model.onnx").write_bytes(whole_content(model))
    else:
        shutil.copyfile(model, place / f"model{model.suffix.lower()}")
    (place / "card.json").write_bytes(card_to_json(folder.card))
    for name, content in folder.files.items():
        (place / name).write_bytes(content)
    (place / "samples").mkdir()
    for part in ("calibration", "evaluation"):
        samples: Sequence[Sample] = getattr(folder, part)
        if samples:
            _write_samples(samples, place / "samples", part, folder)


def _write_samples(samples: Sequence[Sample], place: Path, part: str, folder: ModelFolder) -> None:
    key = converter_task(folder.card.task).input.SAMPLE_KEY
    used: set[str] = set()
    lines = []
    for number, sample in enumerate(samples):
        value: Json = sample.value
        if isinstance(sample.value, Path):
            value = f"{part}/{_free_name(sample, number, part, used)}"
            copy = place / value
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(sample.value, copy)
        fields: dict[str, Json] = {key: value, **_label_fields(sample, folder.card.output)}
        if sample.name and sample.name != sample.value:
            fields["name"] = sample.name
        lines.append(json.dumps(fields) + "\n")
    (place / f"{part}.jsonl").write_text("".join(lines), encoding="utf-8")


def _free_name(sample: Sample, number: int, part: str, used: set[str]) -> str:
    """Return a path for the copy of a sample's file that no sample before has.

    Some file systems take two names for one that differ only in capitals.
    """
    name = sample.name.removeprefix(f"{part}/") or sample.value.name
    if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts or not name.strip():
        name = sample.value.name
    if name.lower() in used:
        name = f"{number:06}-{sample.value.name}"
    used.add(name.lower())
    return name


def _label_fields(sample: Sample, output: Output) -> dict[str, Json]:
    names = label_names(output)
    if len(sample.labels) > 1 or (not sample.labels and getattr(output, "multi_label", False)):
        return {"labels": [names[at] for at in sample.labels]}
    # Seeds have no label, and calibration samples need none.
    return {} if sample.label is None else {"label": names[sample.label]}
