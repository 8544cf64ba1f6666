"""The options --model and --engine of every command that runs a model."""

import argparse


def add_model_arguments(parser: argparse.ArgumentParser) -> None:
    """Add --model and --engine."""
    parser.add_argument(
        "--model", metavar="FILE", help="a model of the bundle, such as full_int8.tflite"
    )
    parser.add_argument("--engine", metavar="NAME", help="litert, tflite_runtime or onnx")
