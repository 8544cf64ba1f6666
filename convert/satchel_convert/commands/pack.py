"""``satchel pack``: wraps a finished .tflite or .onnx file in a bundle."""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from satchel.cli import CHECK_FAILED, OK
from satchel.writing import check_creatable
from satchel_convert.commands.arguments import (
    add_accept_accuracy_argument,
    add_deadline_argument,
    add_expect_arguments,
    add_release_arguments,
    bundle_path,
    not_written,
)
from satchel_convert.commands.own_model import (
    add_activation_argument,
    add_image_arguments,
    add_text_arguments,
    images_of,
    texts_of,
)
from satchel_convert.commands.progress import shown_progress

if TYPE_CHECKING:
    from satchel_convert import PackedModel


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``satchel pack``."""
    parser.add_argument("model", metavar="MODEL", type=Path, help="a .tflite or .onnx classifier")
    parser.add_argument(
        "--out", metavar="NAME.satchel", type=bundle_path, required=True, help="the bundle to write"
    )
    parser.add_argument(
        "--labels",
        type=Path,
        metavar="FILE",
        help="one label on each line, in the order of the outputs (those in the file's metadata)",
    )
    parser.add_argument(
        "--evaluation",
        type=Path,
        metavar="PLACE",
        help="images or .txt files, in one folder for each label; or a .csv, .tsv or .jsonl table",
    )
    add_release_arguments(parser)
    add_activation_argument(parser)
    add_image_arguments(parser)
    add_text_arguments(parser)
    add_deadline_argument(parser)
    add_accept_accuracy_argument(parser)
    add_expect_arguments(parser)
    parser.add_argument(
        "--json", action="store_true", help="print the results as JSON, for programs"
    )


def run(args: argparse.Namespace) -> int:
    """Wrap the model, write the bundle and print the results."""
    from satchel_convert import DoubtfulModelError
    from satchel_convert.reporting.terminal import show

    check_creatable(args.out)
    try:
        packed = _pack(args)
    except DoubtfulModelError as error:
        show(error.report, as_json=args.json)
        print(not_written(args.out), file=sys.stderr)
        return CHECK_FAILED
    packed.save(args.out)
    card, found = packed.bundle.card, packed.evaluation
    if args.json:
        print(json.dumps({"name": card.name, "file": card.models[0].file, **card.provenance}))
    else:
        for doubt in packed.doubts:
            print(doubt.line)
        for line in packed.expected.lines if packed.expected else ():
            print(line)
        if found is not None:
            print(
                f"{card.name}: {len(found.samples)} samples, {found.accuracy:.2%} accurate"
                f" (95 %: {found.interval.lower:.2%} to {found.interval.upper:.2%})"
            )
    for note in packed.notes:
        print(f"{args.model}: {note}", file=sys.stderr)
    if pinned := card.provenance.get("pinned"):
        print(f"{args.model}: pinned {pinned}", file=sys.stderr)
    print(
        f"{args.out}: {card.models[0].file}, {len(packed.content):,} bytes"
        f" (next: satchel run {args.out} INPUT)",
        file=sys.stderr,
    )
    return OK


def _pack(args: argparse.Namespace) -> "PackedModel":
    from satchel_convert import pack

    with shown_progress():
        return pack(
            args.model,
            labels=args.labels,
            evaluation=args.evaluation,
            images=images_of(args),
            texts=texts_of(args),
            activation=args.activation,
            multi_label=args.multi_label,
            thresholds=args.thresholds,
            name=args.name,
            version=args.version,
            accept_accuracy=args.accept_accuracy,
            expect=args.expect,
            expect_difference=args.expect_difference,
            deadline_s=args.deadline,
        )
