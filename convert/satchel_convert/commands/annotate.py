"""``satchel annotate``: writes the metadata that MediaPipe asks for into a .tflite file."""

import argparse
import sys
from pathlib import Path

from satchel.cli import OK
from satchel.writing import check_creatable, write_atomically
from satchel_convert.commands.arguments import add_deadline_argument, add_release_arguments
from satchel_convert.commands.own_model import (
    add_preprocessing_arguments,
    add_text_arguments,
    texts_of,
)
from satchel_convert.settings import ImageSettings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``satchel annotate``."""
    parser.add_argument("model", metavar="MODEL", type=Path, help="a .tflite classifier")
    parser.add_argument(
        "--out", metavar="FILE", type=Path, required=True, help="the .tflite to write"
    )
    parser.add_argument(
        "--labels",
        type=Path,
        metavar="FILE",
        help="one label on each line, in the order of the outputs (those in the file's metadata)",
    )
    add_release_arguments(parser)
    add_preprocessing_arguments(parser.add_argument_group("image models"))
    add_text_arguments(parser)
    add_deadline_argument(parser)


def run(args: argparse.Namespace) -> int:
    """Write the file with its metadata."""
    from satchel_convert import annotate

    check_creatable(args.out)
    content = annotate(
        args.model,
        labels=args.labels,
        images=ImageSettings(preprocess=args.preprocess, mean=args.mean, std=args.std),
        texts=texts_of(args),
        name=args.name,
        version=args.version,
        deadline_s=args.deadline,
    )
    write_atomically(content, args.out)
    print(f"{args.out}: {len(content):,} bytes, with metadata for MediaPipe", file=sys.stderr)
    return OK
