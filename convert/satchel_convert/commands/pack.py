"""``satchel pack``: a finished .tflite or .onnx file as a bundle."""

import argparse
import json
import sys
from pathlib import Path
from typing import get_args

from satchel.bundle import Fit
from satchel.cli import OK
from satchel.writing import check_writable, make_folder, write_atomically
from satchel_convert.commands.arguments import add_deadline_argument, bundle_path
from satchel_convert.commands.own_model import (
    add_activation_argument,
    add_preprocessing_arguments,
    preprocessing_of,
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``satchel pack``."""
    parser.add_argument(
        "model", metavar="MODEL", type=Path, help="a .tflite or .onnx file that classifies pictures"
    )
    parser.add_argument(
        "--out", metavar="NAME.satchel", type=bundle_path, required=True, help="the bundle to write"
    )
    parser.add_argument(
        "--labels",
        type=Path,
        metavar="FILE",
        required=True,
        help="a line a label, in the order of the outputs",
    )
    parser.add_argument(
        "--evaluation", type=Path, metavar="DIR", help="pictures, in a folder for each label"
    )
    add_preprocessing_arguments(parser)
    parser.add_argument(
        "--fit",
        choices=get_args(Fit),
        default="stretch",
        help="how a picture is brought to the size (stretch)",
    )
    add_activation_argument(parser)
    add_deadline_argument(parser)
    parser.add_argument("--json", action="store_true", help="what was found, for programs")


def run(given: argparse.Namespace) -> int:
    """Wrap the model, write the bundle and print what was found."""
    from satchel_convert.finished_models.draft import FinishedFile
    from satchel_convert.finished_models.wrapping import wrap_model

    make_folder(given.out.parent)
    check_writable(given.out)
    finished = FinishedFile(
        path=given.model,
        labels=given.labels,
        evaluation=given.evaluation,
        preprocessing=preprocessing_of(given),
        fit=given.fit,
        activation=given.activation,
    )
    wrapped = wrap_model(finished, deadline_s=given.deadline)
    write_atomically(wrapped.content, given.out)
    card, found = wrapped.card, wrapped.evaluation
    if given.json:
        print(json.dumps({"name": card.name, "file": card.models[0].file, **card.provenance}))
    elif found is not None:
        print(
            f"{card.name}: {len(found.samples)} samples, {found.accuracy:.2%} accurate"
            f" (95 %: {found.interval.lower:.2%} to {found.interval.upper:.2%})"
        )
    if pinned := card.provenance.get("pinned"):
        print(f"{given.model}: pinned {pinned}", file=sys.stderr)
    print(
        f"{given.out}: {card.models[0].file}, {len(wrapped.content):,} bytes"
        f" (next: satchel run {given.out} INPUT)",
        file=sys.stderr,
    )
    return OK
