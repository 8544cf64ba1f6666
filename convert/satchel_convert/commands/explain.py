"""``satchel explain``: why a quantized model differs from the float one."""

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from satchel.cli import OK, add_trust_arguments, trust_of
from satchel_convert.commands.arguments import add_deadline_argument
from satchel_convert.commands.own_model import FLAGS, add_own_model_arguments, open_model
from satchel_convert.commands.progress import progress

if TYPE_CHECKING:
    from collections.abc import Callable

    from satchel_convert.explanation.subject import Subject

STEPS = 9
"""Of an explanation, and of the conversions before it where there are most"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``satchel explain``."""
    parser.add_argument(
        "model",
        metavar="MODEL",
        type=Path,
        help="a .satchel file with --samples, a model folder, or a .keras or .h5 file of your own;"
        " what is no bundle is converted first",
    )
    parser.add_argument(
        "--samples", metavar="MODEL_FOLDER", type=Path, help="of a bundle: its model folder"
    )
    parser.add_argument(
        "--file",
        metavar="NAME.tflite",
        default="full_int8.tflite",
        help="the model to explain: full_int8.tflite, or dynamic_int8.tflite (full_int8.tflite)",
    )
    add_own_model_arguments(parser)
    add_trust_arguments(parser)
    add_deadline_argument(parser)
    parser.add_argument("--json", action="store_true", help="the explanation for programs")


def run(given: argparse.Namespace) -> int:
    """Measure, and print what is wrong."""
    from satchel_convert.explanation.explain import explain
    from satchel_convert.explanation.table import show

    _check_file(given.file)
    with (
        TemporaryDirectory(prefix="satchel-") as scratch,
        progress("explaining", STEPS) as on_done,
    ):
        name, subject = _subject(given, Path(scratch), on_done)
        explanation = explain(
            subject.float32,
            subject.quantized,
            calibration=subject.calibration,
            evaluation=subject.evaluation,
            truth=subject.truth,
            image=subject.image,
            on_done=on_done,
        )
    show(explanation, name=name, file=given.file, as_json=given.json)
    return OK


def _check_file(file: str) -> None:
    from satchel_convert.errors import ConversionError

    if not file.endswith(".tflite"):
        raise ConversionError(
            f"Expected --file NAME.tflite, got {file!r}: the .tflite of the same scheme is rounded"
            " alike, explain that."
        )


def _subject(
    given: argparse.Namespace, scratch: Path, on_done: "Callable[[str], None]"
) -> "tuple[str, Subject]":
    from satchel.bundle import open_bundle
    from satchel_convert.errors import ConversionError, ModelFolderError
    from satchel_convert.explanation import subject
    from satchel_convert.model_folder import open_model_folder

    if given.model.suffix.lower() == ".satchel":
        stated = [flag for name, flag in FLAGS.items() if getattr(given, name) is not None]
        if stated:
            raise ModelFolderError(
                f"Expected no {stated[0]} for a bundle: its model folder, --samples, has its own."
            )
        if given.samples is None:
            raise ModelFolderError(
                f"Expected --samples MODEL_FOLDER for {str(given.model)!r}: the one it was"
                " converted from."
            )
        bundle = open_bundle(given.model, trust=trust_of(given))
        folder = open_model_folder(given.samples)
        return bundle.card.name, subject.of_bundle(
            bundle, folder, file=given.file, deadline_s=given.deadline, on_done=on_done
        )
    for flag, value in (("--samples", given.samples), ("--trust", trust_of(given))):
        if value is not None:
            raise ModelFolderError(
                f"Expected no {flag} for {str(given.model)!r}: it is for a .satchel file."
            )
    schemes = {f"{scheme}.tflite": scheme for scheme in subject.SCHEMES}
    if given.file not in schemes:
        raise ConversionError(f"Expected --file of {', '.join(schemes)}, got {given.file!r}.")
    folder = open_model(given, scratch=scratch)
    return folder.card.name, subject.of_folder(
        folder, scheme=schemes[given.file], deadline_s=given.deadline, on_done=on_done
    )
