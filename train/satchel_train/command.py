"""``satchel train``: a recipe to a model folder."""

import argparse
import json
import math
import os
import shlex
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, fields
from pathlib import Path
from typing import get_args

from satchel.commands.command import OK, Command, positive
from satchel.plain_json import Json
from satchel_train.checkpoint import Checkpoint, checkpoint_path
from satchel_train.errors import SettingsError
from satchel_train.fit import make_reproducible
from satchel_train.hyper_parameters import Schedule
from satchel_train.model_folder import check_target, write_model_folder
from satchel_train.optimizers import OPTIMIZERS
from satchel_train.provenance import commit, created, device, package_versions
from satchel_train.recipe import RECIPES, Recipe, Settings, Trained, Training, load_recipe

DEFAULT_SEED = 7
SCHEDULES = get_args(Schedule)
PLACES = {
    "--features": ("DIR", "a classifier's model folder, to measure generated pictures with"),
}
"""Files and folders that some recipes ask for: flag to what stands for it, and what it is"""
MAX_SEED = 2**32 - 1
"""NumPy takes no larger one"""
OPTIONS = {field.name for field in fields(Settings)} - {"seed", "data_dir", "model", "epochs"}
FLAGS = {"test_time_augmentation": "--tta"}
"""Of settings that are not called what their flag is called"""


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
    for flag, (metavar, meaning) in PLACES.items():
        parser.add_argument(flag, type=Path, metavar=metavar, help=meaning)
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


def run(given: argparse.Namespace) -> int:
    """Train, write the model folder and print what came out."""
    check_target(given.out)
    recipe = load_recipe(given.recipe)
    settings = _settings(recipe, given)
    path = _checkpoint_path(given.out, resume=given.resume)
    with _quiet_start():
        make_reproducible(settings.seed)
    started = time.monotonic()
    training = recipe.prepare(settings)
    checkpoint = Checkpoint(path, _identity(recipe, settings, training))
    trained = training.run(checkpoint=checkpoint, callbacks=())
    seconds = time.monotonic() - started
    write_model_folder(
        given.out,
        trained,
        provenance=_provenance(recipe, settings, trained),
        training=_training(recipe, settings, trained, seconds=seconds),
    )
    checkpoint.remove()
    if given.json:
        summary = {
            "recipe": recipe.name,
            "folder": str(given.out),
            **trained.measured,
            "evaluation_samples": len(trained.evaluation.contents),
            "parameters": trained.model.count_params(),
            "seconds": seconds,
        }
        print(json.dumps(summary))
    else:
        print(_last_line(recipe, given.out, trained, seconds))
    return OK


def _settings(recipe: Recipe, given: argparse.Namespace) -> Settings:
    """Return what the user chose; raises SettingsError for what the recipe does not have."""
    if given.model is not None and given.model not in recipe.models:
        known = ", ".join(recipe.models) or "nothing, it has one model"
        raise SettingsError(f"Expected --model of {recipe.name}: {known}; got {given.model!r}.")
    settings = Settings(
        seed=given.seed,
        data_dir=given.data_dir,
        model=given.model or next(iter(recipe.models), None),
        epochs=given.epochs,
        optimizer=given.optimizer,
        learning_rate=given.learning_rate,
        schedule=given.schedule,
        test_time_augmentation=given.tta,
        features=given.features,
    )
    for name in sorted(OPTIONS - recipe.options):
        if getattr(settings, name):
            flag = FLAGS.get(name, "--" + name.replace("_", "-"))
            raise SettingsError(f"Expected no {flag} for {recipe.name}: it does not apply there.")
    return settings


def _checkpoint_path(folder: Path, *, resume: bool) -> Path:
    """Return where to keep checkpoints; raises SettingsError rather than lose an earlier one."""
    path = checkpoint_path(folder)
    if path.exists() and not resume:
        raise SettingsError(
            f"Expected no interrupted training in {str(path)!r}:"
            " add --resume to go on with it, or remove it."
        )
    if resume and not path.exists():
        raise SettingsError(f"Expected an interrupted training in {str(path)!r}, there is none.")
    return path


def _identity(recipe: Recipe, settings: Settings, training: Training) -> dict[str, Json]:
    """Return what a checkpoint and the training that goes on with it must have in common."""
    import keras

    return {
        "recipe": recipe.name,
        **{
            name: str(value) if isinstance(value, Path) else value
            for name, value in asdict(settings).items()
            if name != "data_dir"
        },
        "data": training.data_sha256,
        "backend": keras.backend.backend(),
    }


def _last_line(recipe: Recipe, folder: Path, trained: Trained, seconds: float) -> str:
    bundle = f"{folder.resolve().name}.satchel"
    following = shlex.join(["satchel", "convert", str(folder), "--out", bundle])
    found = ", ".join(
        f"{name.replace('_', ' ')} {value:{'.2%' if 'accuracy' in name else '.4g'}}"
        for name, value in trained.measured.items()
    )
    return (
        f"{recipe.name}: {found} on {len(trained.evaluation.contents):,} samples"
        f" after {seconds:.1f} s, in {folder}; next: {following}"
    )


def _models_help() -> str:
    recipes = (load_recipe(name) for name in RECIPES)
    return (
        "; ".join(
            f"{recipe.name}: {', '.join(recipe.models)}" for recipe in recipes if recipe.models
        )
        or argparse.SUPPRESS
    )


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


def _provenance(recipe: Recipe, settings: Settings, trained: Trained) -> dict[str, Json]:
    """Return what the card says of the model's origin."""
    import keras

    versions = package_versions()
    backend = keras.backend.backend()
    found = {"commit": commit()}
    return {
        "recipe": recipe.name,
        "seed": settings.seed,
        **{name: versions[name] for name in ("keras", "tensorflow") if name in versions},
        "backend": backend,
        "data": f"sha256:{trained.data_sha256}",
        "created": created(),
        **{name: value for name, value in found.items() if value is not None},
    }


def _training(
    recipe: Recipe, settings: Settings, trained: Trained, *, seconds: float
) -> dict[str, Json]:
    """Return the content of ``training.json``."""
    import keras

    return {
        "recipe": recipe.name,
        "model": settings.model,
        "seed": settings.seed,
        "hyper": dict(trained.hyper),
        "kept_epoch": trained.history.kept,
        **trained.measured,
        "evaluation_samples": len(trained.evaluation.contents),
        "calibration_samples": len(trained.calibration.contents),
        "parameters": trained.model.count_params(),
        "seconds": seconds,
        "data": f"sha256:{trained.data_sha256}",
        "commit": commit(),
        "created": created(),
        "backend": keras.backend.backend(),
        "device": device(),
        "packages": dict(package_versions()),
        "history": [dict(epoch._asdict()) for epoch in trained.history.epochs],
    }


@contextmanager
def _quiet_start() -> Iterator[None]:
    """Import Keras and its backend in here, without TensorFlow's lines on standard error.

    It writes some of them before it reads its own log level. Whoever sets TF_CPP_MIN_LOG_LEVEL
    wants to see them, and sees them.
    """
    if "TF_CPP_MIN_LOG_LEVEL" in os.environ:
        yield
        return
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    sys.stderr.flush()
    kept = os.dup(2)
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


COMMAND = Command(
    summary="train a recipe and write its model folder",
    example="satchel train digits --out models/digits",
    add_arguments=add_arguments,
    run=run,
)
