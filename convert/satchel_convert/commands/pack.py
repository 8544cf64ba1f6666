"""``satchel pack``: wraps a finished .tflite or .onnx file in a bundle."""

import argparse
import json
import sys
from pathlib import Path

from satchel.cli import OK
from satchel.writing import check_creatable
from satchel_convert.commands.arguments import (
    add_deadline_argument,
    add_release_arguments,
    bundle_path,
)
from satchel_convert.commands.own_model import (
    add_activation_argument,
    add_fit_argument,
    add_preprocessing_arguments,
    images_of,
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``satchel pack``."""
    parser.add_argument(
        "model", metavar="MODEL", type=Path, help="a .tflite or .onnx file that classifies images"
    )
    parser.add_argument(
        "--out", metavar="NAME.satchel", type=bundle_path, required=True, help="the bundle to write"
    )
    parser.add_argument(
        "--labels",
        type=Path,
        metavar="FILE",
        required=True,
        help="one label on each line, in the order of the outputs",
    )
    parser.add_argument(
        "--evaluation", type=Path, metavar="DIR", help="images, in one folder for each label"
    )
    add_release_arguments(parser)
    add_preprocessing_arguments(parser)
    add_fit_argument(parser)
    add_activation_argument(parser)
    add_deadline_argument(parser)
    parser.add_argument(
        "--json", action="store_true", help="print the results as JSON, for programs"
    )


def run(args: argparse.Namespace) -> int:
    """Wrap the model, write the bundle and print the results."""
    from satchel_convert import pack

    check_creatable(args.out)
    packed = pack(
        args.model,
        labels=args.labels,
        evaluation=args.evaluation,
        images=images_of(args),
        activation=args.activation,
        name=args.name,
        version=args.version,
        deadline_s=args.deadline,
    )
    packed.save(args.out)
    card, found = packed.bundle.card, packed.evaluation
    if args.json:
        print(json.dumps({"name": card.name, "file": card.models[0].file, **card.provenance}))
    elif found is not None:
        print(
            f"{card.name}: {len(found.samples)} samples, {found.accuracy:.2%} accurate"
            f" (95 %: {found.interval.lower:.2%} to {found.interval.upper:.2%})"
        )
    if pinned := card.provenance.get("pinned"):
        print(f"{args.model}: pinned {pinned}", file=sys.stderr)
    print(
        f"{args.out}: {card.models[0].file}, {len(packed.content):,} bytes"
        f" (next: satchel run {args.out} INPUT)",
        file=sys.stderr,
    )
    return OK
