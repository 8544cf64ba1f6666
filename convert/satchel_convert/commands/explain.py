"""``satchel explain``: explains why a quantized model differs from the float model."""

import argparse
from pathlib import Path

from satchel.cli import OK, add_trust_arguments, trust_of
from satchel_convert.commands.arguments import add_deadline_argument
from satchel_convert.commands.own_model import ModelPath, add_own_model_arguments, source_of
from satchel_convert.commands.progress import shown_progress


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``satchel explain``."""
    parser.add_argument(
        "model",
        metavar="MODEL",
        type=Path,
        action=ModelPath,
        help="a .satchel file with --samples, a model folder, your own model as convert takes it,"
        " or a finished .tflite or .onnx with --evaluation; what is no bundle and not finished"
        " is converted first",
    )
    parser.add_argument(
        "--samples", metavar="MODEL_FOLDER", type=Path, help="the model folder of a bundle"
    )
    parser.add_argument(
        "--file",
        metavar="NAME.tflite",
        default="full_int8.tflite",
        help="the model to explain, full_int8.tflite or dynamic_int8.tflite (full_int8.tflite)",
    )
    add_own_model_arguments(parser)
    add_trust_arguments(parser)
    add_deadline_argument(parser)
    parser.add_argument(
        "--json", action="store_true", help="print the explanation as JSON, for programs"
    )


def run(args: argparse.Namespace) -> int:
    """Measure the model and print the explanation."""
    from satchel_convert import explain
    from satchel_convert.explanation.table import show

    with shown_progress() as on_progress:
        explanation = explain(
            args.model,
            **source_of(args),
            samples=args.samples,
            file=args.file,
            trust=trust_of(args),
            deadline_s=args.deadline,
            on_progress=on_progress,
        )
    show(explanation, as_json=args.json)
    return OK
