"""The arguments of ``satchel train``."""

import argparse
import math
import os
from pathlib import Path
from typing import get_args

from satchel.cli import positive
from satchel_train.fitting.device import DEVICES, PRECISIONS
from satchel_train.fitting.hyper_parameters import Schedule
from satchel_train.fitting.optimizers import OPTIMIZERS
from satchel_train.recipe import RECIPES, load_recipe

DEFAULT_SEED = 7
SCHEDULES = get_args(Schedule)
PLACES = {
    "--weights": ("FILE", "a local copy of the pretrained weights; none: begin with random ones"),
    "--style": ("FILE", "the picture whose style is learned"),
    "--loss-network": ("DIR", "a classifier's model folder to compare pictures in, not VGG19"),
    "--features": ("DIR", "a classifier's model folder, to measure generated pictures with"),
}
"""Files and folders that some recipes ask for: flag to what stands for it, and what it is"""
MAX_SEED = 2**32 - 1
"""NumPy takes no larger one"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``satchel train``."""
    parser.add_argument(
        "recipe",
        metavar="RECIPE",
        choices=sorted(RECIPES),
        help="; ".join(f"{name}: {load_recipe(name).summary}" for name in RECIPES),
    )
    parser.add_argument(
        "--out", required=True, type=Path, metavar="DIR", help="the model folder to write"
    )
    parser.add_argument(
        "--data-dir",
        type=Path,
        default=os.environ.get("SATCHEL_DATA") or None,
        metavar="DIR",
        help="holds the publisher's files, instead of a download (default: $SATCHEL_DATA)",
    )
    parser.add_argument("--model", metavar="NAME", help=_models_help())
    parser.add_argument("--epochs", type=positive, metavar="N", help="default: the recipe's own")
    parser.add_argument(
        "--optimizer", choices=OPTIMIZERS, metavar="NAME", help=", ".join(OPTIMIZERS)
    )
    parser.add_argument(
        "--learning-rate", type=_rate, metavar="RATE", help="the highest; default: the optimizer's"
    )
    parser.add_argument("--schedule", choices=SCHEDULES, metavar="NAME", help=", ".join(SCHEDULES))
    parser.add_argument(
        "--tta",
        action="store_true",
        help="test-time augmentation: measure it on mirrored pictures, too",
    )
    parser.add_argument(
        "--quantization-aware",
        action="store_true",
        help="then fine-tune under the rounding of int8, so that full_int8 costs less:"
        f" {', '.join(recipes_with('quantization_aware'))}",
    )
    for flag, (metavar, meaning) in PLACES.items():
        parser.add_argument(flag, type=Path, metavar=metavar, help=meaning)
    parser.add_argument(
        "--device",
        choices=DEVICES,
        default="auto",
        metavar="KIND",
        help=f"{', '.join(DEVICES)} (auto)",
    )
    parser.add_argument(
        "--precision",
        choices=PRECISIONS,
        default="auto",
        metavar="NAME",
        help=f"{', '.join(PRECISIONS)}; auto: mixed where the device has it",
    )
    parser.add_argument(
        "--tensorboard", type=Path, metavar="DIR", help="write TensorBoard logs, too"
    )
    parser.add_argument(
        "--workers",
        metavar="HOST:PORT,HOST:PORT",
        help="train together: the same command on each machine (default: those of $TF_CONFIG)",
    )
    parser.add_argument("--worker", type=_worker, metavar="N", help="which of --workers this is")
    parser.add_argument(
        "--folds",
        type=_folds,
        metavar="K",
        help="instead: K-fold cross-validation, a table and a plot",
    )
    parser.add_argument(
        "--compare-optimizers",
        nargs="?",
        const=tuple(OPTIMIZERS),
        type=_optimizers,
        metavar="A,B",
        help="instead: train with each of them, by default with all, and draw their losses",
    )
    parser.add_argument(
        "--resume", action="store_true", help="go on where an interrupted training stopped"
    )
    parser.add_argument(
        "--seed",
        type=_seed,
        default=DEFAULT_SEED,
        metavar="N",
        help=f"the same seed gives the same weights again on a CPU ({DEFAULT_SEED})",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object")


def recipes_with(option: str) -> list[str]:
    """Return the names of the recipes that have ``option``."""
    return [name for name in RECIPES if option in load_recipe(name).options]


def _models_help() -> str:
    recipes = (load_recipe(name) for name in RECIPES)
    return (
        "; ".join(
            f"{recipe.name}: {', '.join(recipe.models)}" for recipe in recipes if recipe.models
        )
        or argparse.SUPPRESS
    )


def _worker(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise argparse.ArgumentTypeError(f"expected a whole number from 0, got {text!r}")
    return int(text)


def _folds(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 2:
        raise argparse.ArgumentTypeError(f"expected a whole number of at least 2, got {text!r}")
    return int(text)


def _optimizers(text: str) -> tuple[str, ...]:
    names = tuple(text.split(","))
    if unknown := [name for name in names if name not in OPTIMIZERS]:
        raise argparse.ArgumentTypeError(f"expected {', '.join(OPTIMIZERS)}; got {unknown[0]!r}")
    return names


def _rate(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"expected a number above 0, got {text!r}")
    return value


def _seed(text: str) -> int:
    value = int(text) if text.isascii() and text.isdigit() else -1
    if not 0 <= value <= MAX_SEED:
        raise argparse.ArgumentTypeError(
            f"expected a whole number from 0 to {MAX_SEED}, got {text!r}"
        )
    return value
