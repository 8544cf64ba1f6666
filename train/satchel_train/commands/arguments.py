"""The arguments of ``satchel train``, and their conversion to settings."""

import argparse
import os
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from satchel_train.data.augment_names import (
    AUGMENTS,
    NONE,
    ON_USERS_IMAGES,
    AugmentName,
    parse_augments,
)
from satchel_train.data.tokenizer_kinds import KINDS
from satchel_train.errors import SettingsError
from satchel_train.hyper_search_space import SEEDS as SEARCH_SEEDS
from satchel_train.recipe import RECIPES, does_not_apply, load_recipe, recipes_with
from satchel_train.recipes.faces import SIZES
from satchel_train.settings import Settings
from satchel_train.training_loop.device import DEVICES, PRECISIONS
from satchel_train.training_loop.hyper_parameters import CLASS_WEIGHTS, SCHEDULES
from satchel_train.training_loop.optimizers import OPTIMIZER_NAMES, SEEDS as OPTIMIZER_SEEDS

FLAGS = {
    "seed": "--seed",
    "data_dir": "--data-dir",
    "model": "--model",
    "tokenizer": "--tokenizer",
    "epochs": "--epochs",
    "optimizer": "--optimizer",
    "learning_rate": "--learning-rate",
    "schedule": "--schedule",
    "augment": "--augment",
    "class_weights": "--class-weights",
    "weight_decay": "--weight-decay",
    "quantization_aware": "--quantization-aware",
    "test_time_augmentation": "--tta",
    "weights": "--weights",
    "backbone": "--backbone",
    "mean": "--mean",
    "std": "--std",
    "teacher": "--teacher",
    "init_from": "--init-from",
    "style": "--style",
    "loss_network": "--loss-network",
    "features": "--features",
    "size": "--size",
}
"""Each field of a recipe's settings to its option."""
STUDIES = ("--folds", "--compare-optimizers", "--search")
"""The options for several trainings, which are written beside the model folder."""
ONE_TRAINING = (
    *("--resume", "--replace", "--tensorboard", "--workers", "--worker"),
    "--quantization-aware",
)
"""The options that cannot be used with a study, which runs several trainings."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``satchel train``."""
    options: dict[str, argparse.Action] = {}
    parser.add_argument(
        "recipe",
        metavar="RECIPE",
        choices=sorted(RECIPES),
        action=_recipe_action(options),
        help="; ".join(f"{name}: {load_recipe(name).summary}" for name in RECIPES),
    )
    parser.add_argument(
        "--out", required=True, type=Path, metavar="DIR", help="the model folder to write"
    )
    parser.add_argument("--replace", action="store_true", help="replace an existing model folder")
    parser.add_argument("--resume", action="store_true", help="continue an interrupted training")
    _add_settings(parser.add_argument_group("how it is trained"))
    options |= _add_places(parser.add_argument_group("files and folders"))
    _add_machines(parser.add_argument_group("where it is trained"))
    _add_studies(parser.add_argument_group("several trainings, instead of one"))
    parser.add_argument("--json", action="store_true", help="print the result as one JSON object")


def settings_of(args: argparse.Namespace) -> Settings:
    """Return the settings for the recipe and the options in ``args``.

    Raises SettingsError for an option that the recipe does not have, and for a value out of range.
    """
    recipe = load_recipe(args.recipe)
    said = {name: value for name in FLAGS if (value := getattr(args, name)) is not None}
    model = args.model if args.model in recipe.models else None
    place = recipe.name if model is None else f"{recipe.name} --model {model}"
    for name in said:
        if not recipe.has(name, model=model):
            raise SettingsError(does_not_apply(name, called=FLAGS[name], place=place))
    return recipe.settings(**said)


def words_of(settings: Settings) -> list[str]:
    """Return the options that give ``settings``, without those of default values."""
    words = []
    for field in fields(settings):
        value = getattr(settings, field.name)
        if value == field.default or value is None:
            continue
        words.append(FLAGS[field.name])
        if isinstance(value, tuple):
            words.append(",".join(value) or "none")
        elif value is not True:
            words.append(str(value))
    return words


def check_one_purpose(args: argparse.Namespace) -> None:
    """Raise SettingsError for two studies at once, or an option that a study cannot use."""
    studies, alone = (
        [flag for flag in flags if _has(args, flag)] for flags in (STUDIES, ONE_TRAINING)
    )
    if studies == ["--search"]:
        alone = [flag for flag in alone if flag != "--resume"]
    if studies and len(both := studies + alone) > 1:
        raise SettingsError(f"Expected one of {' and '.join(both[:2])}, got both.")
    if args.seeds is not None and args.compare_optimizers is None and args.search is None:
        raise SettingsError(
            "Expected --compare-optimizers or --search with --seeds, got --seeds alone."
        )


def _has(args: argparse.Namespace, flag: str) -> bool:
    return getattr(args, flag[2:].replace("-", "_")) not in (None, False)


def _recipe_action(options: Mapping[str, argparse.Action]) -> type[argparse.Action]:
    """Return an action that makes the options required that the chosen recipe needs.

    ``options`` holds the options that a recipe may require, by name. The action runs while argparse
    parses, so that argparse names all missing options in one message.
    """

    class RecipeAction(argparse.Action):
        def __call__(
            self,
            parser: argparse.ArgumentParser,  # noqa: ARG002  what argparse passes
            namespace: argparse.Namespace,
            values: Any,
            option_string: str | None = None,  # noqa: ARG002
        ) -> None:
            setattr(namespace, self.dest, values)
            for name in load_recipe(values).required:
                options[name].required = options[name].default is None

    return RecipeAction


def _add_settings(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--model", metavar="NAME", help=_models_help())
    group.add_argument(
        "--tokenizer",
        choices=KINDS,
        metavar="KIND",
        help=f"{', '.join(KINDS)}: for {', '.join(recipes_with('tokenizer'))}",
    )
    group.add_argument("--epochs", type=int, metavar="N", help="default: the recipe's own")
    group.add_argument(
        "--optimizer",
        choices=OPTIMIZER_NAMES,
        metavar="NAME",
        help=", ".join(OPTIMIZER_NAMES),
    )
    group.add_argument(
        "--learning-rate",
        type=float,
        metavar="RATE",
        help="the highest learning rate; default: the optimizer's",
    )
    group.add_argument(
        "--weight-decay",
        type=float,
        metavar="SHARE",
        help="the share by which a step of rate 1 shrinks a kernel; default: the recipe's own",
    )
    group.add_argument("--schedule", choices=SCHEDULES, metavar="NAME", help=", ".join(SCHEDULES))
    group.add_argument(
        "--augment",
        type=_augments,
        metavar="A,B",
        help=f"changes to training images: {NONE}, or some of {', '.join(AUGMENTS)}; for"
        f" {', '.join(recipes_with('augment'))} (default: the recipe's own on its own data set,"
        f" {','.join(ON_USERS_IMAGES)} on images of your own)",
    )
    group.add_argument(
        "--class-weights",
        choices=CLASS_WEIGHTS,
        metavar="KIND",
        help=f"{', '.join(CLASS_WEIGHTS)}; balanced: a rare label counts as much as a common one",
    )
    group.add_argument(
        "--size",
        type=int,
        choices=SIZES,
        metavar="N",
        help="height and width of the images, 32 or 64 pixels, for faces; default: 64 for images of"
        " your own, 32 for CIFAR-100's",
    )
    group.add_argument(
        "--tta",
        dest="test_time_augmentation",
        action="store_true",
        default=None,
        help="test-time augmentation: also measure the mean of each image's and its mirror image's"
        " scores, which a bundle does not compute:"
        f" {', '.join(recipes_with('test_time_augmentation'))}",
    )
    group.add_argument(
        "--quantization-aware",
        action="store_true",
        default=None,
        help="then fine-tune under the rounding of int8, so that full_int8 loses less accuracy:"
        f" {', '.join(recipes_with('quantization_aware'))}",
    )
    group.add_argument(
        "--seed",
        type=int,
        metavar="N",
        help=f"the same seed gives the same weights again on a CPU ({Settings.seed})",
    )


def _add_places(group: argparse._ArgumentGroup) -> dict[str, argparse.Action]:
    """Add the options for files and folders; return those that a recipe may require, by name."""
    data_dir = group.add_argument(
        "--data-dir",
        type=Path,
        default=os.environ.get("SATCHEL_DATA") or None,
        metavar="DIR",
        help="a folder with the publisher's files, instead of a download, or with your own data"
        " (default: $SATCHEL_DATA); required by"
        f" {', '.join(name for name in RECIPES if 'data_dir' in load_recipe(name).required)}",
    )
    group.add_argument(
        "--weights",
        type=Path,
        metavar="FILE",
        help="a local copy of the pretrained weights; none: begin with random weights",
    )
    group.add_argument(
        "--backbone",
        type=Path,
        metavar="FILE",
        help="photos: a network of your own instead of --model, a .keras file or a model folder;"
        " its last layer is replaced",
    )
    for name, meaning in (
        ("--mean", "mean of the pixels, 0 to 255, that a .keras file of --backbone was trained on"),
        ("--std", "the divisor in (pixel - mean) / std of such a file"),
    ):
        group.add_argument(name, type=_numbers, metavar="R,G,B", help=meaning)
    group.add_argument(
        "--teacher",
        type=Path,
        metavar="DIR",
        help="the model folder of a classifier with the same labels, whose scores are learned, too:"
        f" {', '.join(recipes_with('teacher'))}",
    )
    group.add_argument(
        "--init-from",
        type=Path,
        metavar="FILE",
        help="a model folder or .keras file: layers of the same name and shape begin with its"
        f" weights: {', '.join(recipes_with('init_from'))}",
    )
    style = group.add_argument(
        "--style",
        type=Path,
        metavar="FILE",
        help="the image whose style is learned; required by style",
    )
    group.add_argument(
        "--loss-network",
        type=Path,
        metavar="DIR",
        help="a classifier's model folder, whose features compare images instead of VGG19's",
    )
    group.add_argument(
        "--features",
        type=Path,
        metavar="DIR",
        help="a classifier's model folder, whose features measure generated images",
    )
    group.add_argument(
        "--tensorboard", type=Path, metavar="DIR", help="write TensorBoard logs, too"
    )
    return {"data_dir": data_dir, "style": style}


def _add_machines(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--device",
        choices=DEVICES,
        default="auto",
        metavar="KIND",
        help=f"{', '.join(DEVICES)} (auto)",
    )
    group.add_argument(
        "--precision",
        choices=PRECISIONS,
        default="auto",
        metavar="NAME",
        help=f"{', '.join(PRECISIONS)}; auto: mixed if the device supports it well",
    )
    group.add_argument(
        "--workers",
        metavar="HOST:PORT,HOST:PORT",
        help="machines that train together; run the same command on each (default: $TF_CONFIG)",
    )
    group.add_argument(
        "--worker", type=int, metavar="N", help="the position of this machine in --workers, from 0"
    )


def _add_studies(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--folds",
        type=_folds,
        metavar="K",
        help="K-fold cross-validation, a table and a plot in OUT.folds",
    )
    group.add_argument(
        "--compare-optimizers",
        nargs="?",
        const=OPTIMIZER_NAMES,
        type=_optimizers,
        metavar="A,B",
        help="train with each optimizer, by default with all, and draw their losses, in"
        " OUT.optimizers",
    )
    group.add_argument(
        "--seeds",
        type=_at_least_1,
        metavar="N",
        help="the trainings with each optimizer"
        f" ({OPTIMIZER_SEEDS}), or of each trial of a search ({SEARCH_SEEDS}), from N seeds",
    )
    group.add_argument(
        "--search",
        type=_at_least_1,
        metavar="TRIALS",
        help="search for the learning rate, weight decay and augmentation that validate best, of"
        " those that you leave out; --resume goes on",
    )


def _models_help() -> str:
    recipes = (load_recipe(name) for name in RECIPES)
    return "; ".join(
        f"{recipe.name}: {', '.join(recipe.models)}" for recipe in recipes if recipe.models
    )


def _numbers(text: str) -> tuple[float, ...]:
    try:
        return tuple(map(float, text.split(",")))
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"expected one number, or three with commas, got {text!r}"
        ) from error


def _folds(text: str) -> int:
    return _whole(text, least=2)


def _at_least_1(text: str) -> int:
    return _whole(text, least=1)


def _whole(text: str, *, least: int) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < least:
        raise argparse.ArgumentTypeError(
            f"expected a whole number of at least {least}, got {text!r}"
        )
    return int(text)


def _augments(text: str) -> tuple[AugmentName, ...]:
    try:
        return parse_augments(text)
    except SettingsError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _optimizers(text: str) -> tuple[str, ...]:
    names = tuple(text.split(","))
    if unknown := [name for name in names if name not in OPTIMIZER_NAMES]:
        raise argparse.ArgumentTypeError(
            f"expected {', '.join(OPTIMIZER_NAMES)}; got {unknown[0]!r}"
        )
    return names
