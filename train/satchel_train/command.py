"""``satchel train``: a recipe to a model folder."""

import argparse
import json
import logging
import math
import os
import shlex
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from importlib.util import find_spec
from pathlib import Path
from typing import Any, get_args

from satchel.commands.command import OK, Command, positive
from satchel.plain_json import Json
from satchel_train.checkpoint import Checkpoint, checkpoint_path
from satchel_train.classification import Classification
from satchel_train.device import DEVICES, PRECISIONS, Device, choose_device, choose_precision
from satchel_train.errors import SettingsError
from satchel_train.fit import make_reproducible
from satchel_train.hyper_parameters import Schedule
from satchel_train.model_folder import check_target, write_model_folder
from satchel_train.optimizers import OPTIMIZERS
from satchel_train.provenance import commit, created, package_versions
from satchel_train.recipe import RECIPES, Recipe, Settings, Trained, Training, load_recipe
from satchel_train.study import compare_optimizers, cross_validate, table, write_study
from satchel_train.workers import Workers, read_cluster

DEFAULT_SEED = 7
SCHEDULES = get_args(Schedule)
PLACES = {
    "--weights": ("FILE", "a local copy of the pretrained weights; none: begin with random ones"),
    "--style": ("FILE", "the picture whose style is learned"),
    "--loss-network": ("DIR", "a classifier's model folder to compare pictures in, not VGG19"),
    "--features": ("DIR", "a classifier's model folder, to measure generated pictures with"),
}
"""Files and folders that some recipes ask for: flag to what stands for it, and what it is"""
OPTIONS = {
    "epochs": "--epochs",
    "optimizer": "--optimizer",
    "learning_rate": "--learning-rate",
    "schedule": "--schedule",
    "test_time_augmentation": "--tta",
    "weights": "--weights",
    "style": "--style",
    "loss_network": "--loss-network",
    "features": "--features",
    "workers": "--workers",
}
"""Settings that not every recipe has, each with its flag"""
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


def run(given: argparse.Namespace) -> int:
    """Train, write the model folder and print what came out."""
    recipe = load_recipe(given.recipe)
    _check(recipe, given)
    cluster = read_cluster(given.workers, given.worker)
    writes = cluster is None or cluster.index == 0
    studying = given.folds is not None or given.compare_optimizers is not None
    if writes and not studying:
        check_target(given.out)
    path = _checkpoint_path(given.out, resume=given.resume)
    with quiet_start():
        device = choose_device(given.device)
        workers = None if cluster is None else Workers(cluster)
        precision = choose_precision(given.precision, device)
        settings = _settings(recipe, given, precision, workers)
        make_reproducible(settings.seed)
    backend = _backend_name()
    _say(f"{device.kind} ({device.name}), {backend}, {settings.precision}", given)
    started = time.monotonic()
    training = recipe.prepare(settings)
    if studying:
        return _study(recipe, training, given)
    checkpoint = Checkpoint(path, _identity(recipe, settings, training))
    trained = training.run(checkpoint=checkpoint, callbacks=_callbacks(given.tensorboard))
    seconds = time.monotonic() - started
    if not writes:
        _say(f"done; worker 0 writes {given.out}", given)
        return OK
    write_model_folder(
        given.out,
        trained,
        provenance=_provenance(recipe, settings, trained),
        training=_training(recipe, settings, trained, seconds=seconds, device=device),
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


def _study(recipe: Recipe, training: Training, given: argparse.Namespace) -> int:
    """Cross-validate or compare optimizers, write the study and print its table."""
    if not isinstance(training, Classification):
        raise SettingsError(f"Expected a classifier that trains by epochs, {recipe.name} is none.")

    def say(line: str) -> None:
        _say(line, given)

    if given.folds is not None:
        study = cross_validate(training, folds=given.folds, say=say)
    else:
        study = compare_optimizers(training, given.compare_optimizers, say=say)
    write_study(given.out, study, title=training.card.name)
    if given.json:
        print(json.dumps({row.name: row.accuracy for row in study.rows}))
    else:
        print(table(study))
    return OK


def _callbacks(log_dir: Path | None) -> list[Any]:
    """Return Keras's own TensorBoard callback, if its logs are wanted."""
    if log_dir is None:
        return []
    if any(find_spec(package) is None for package in ("tensorboard", "tensorflow")):
        raise SettingsError(
            "Expected tensorboard and tensorflow for --tensorboard:"
            " pip install 'satchel-train[tensorboard]'."
        )
    import keras

    return [keras.callbacks.TensorBoard(log_dir, write_graph=False)]


def _check(recipe: Recipe, given: argparse.Namespace) -> None:
    """Raise SettingsError for what the recipe does not have, or what contradicts itself."""
    if given.model is not None and given.model not in recipe.models:
        known = ", ".join(recipe.models) or "nothing, it has one model"
        raise SettingsError(f"Expected --model of {recipe.name}: {known}; got {given.model!r}.")
    for name, flag in OPTIONS.items():
        if name not in recipe.options and getattr(given, flag[2:].replace("-", "_")):
            raise SettingsError(f"Expected no {flag} for {recipe.name}: it does not apply there.")
    if (given.workers or os.environ.get("TF_CONFIG")) and (
        os.environ.get("KERAS_BACKEND", "tensorflow") != "tensorflow"
    ):
        raise SettingsError(
            "Expected the tensorflow backend for --workers,"
            f" KERAS_BACKEND is {os.environ['KERAS_BACKEND']!r}."
        )
    instead = [
        flag
        for flag, value in (
            ("--folds", given.folds),
            ("--compare-optimizers", given.compare_optimizers),
            ("--resume", given.resume or None),
        )
        if value is not None
    ]
    if len(instead) > 1:
        raise SettingsError(f"Expected one of {' and '.join(instead)}, got both.")


def _settings(
    recipe: Recipe, given: argparse.Namespace, precision: str, workers: Workers | None
) -> Settings:
    return Settings(
        seed=given.seed,
        data_dir=given.data_dir,
        model=given.model or next(iter(recipe.models), None),
        epochs=given.epochs,
        optimizer=given.optimizer,
        learning_rate=given.learning_rate,
        schedule=given.schedule,
        precision=precision,
        test_time_augmentation=given.tta,
        weights=given.weights,
        style=given.style,
        loss_network=given.loss_network,
        features=given.features,
        workers=workers,
    )


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
    return {
        "recipe": recipe.name,
        **{
            field.name: _plain(getattr(settings, field.name))
            for field in fields(settings)
            if field.name not in ("data_dir", "workers")
        },
        "workers": len(settings.workers.cluster.addresses) if settings.workers else 1,
        "data": training.data_sha256,
        "backend": _backend_name(),
    }


def _plain(value: Json | Path) -> Json:
    return str(value) if isinstance(value, Path) else value


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


def _backend_name() -> str:
    import keras

    name: str = keras.backend.backend()
    return name


def _say(line: str, given: argparse.Namespace) -> None:
    """Print a line that is no result; a program wants none."""
    if not given.json:
        print(line, file=sys.stderr)


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


def _provenance(recipe: Recipe, settings: Settings, trained: Trained) -> dict[str, Json]:
    """Return what the card says of the model's origin."""
    versions = package_versions()
    backend = _backend_name()
    found = {"model": settings.model, "commit": commit()}
    return {
        "recipe": recipe.name,
        "seed": settings.seed,
        **{name: versions[name] for name in ("keras", backend) if name in versions},
        "backend": backend,
        "data": f"sha256:{trained.data_sha256}",
        "created": created(),
        **{name: value for name, value in found.items() if value is not None},
    }


def _training(
    recipe: Recipe, settings: Settings, trained: Trained, *, seconds: float, device: Device
) -> dict[str, Json]:
    """Return the content of ``training.json``."""
    return {
        "recipe": recipe.name,
        "model": settings.model,
        "seed": settings.seed,
        "hyper": dict(trained.hyper),
        "kept_epoch": None if trained.history is None else trained.history.kept,
        **trained.measured,
        "evaluation_samples": len(trained.evaluation.contents),
        "calibration_samples": len(trained.calibration.contents),
        "parameters": trained.model.count_params(),
        "seconds": seconds,
        "data": f"sha256:{trained.data_sha256}",
        "commit": commit(),
        "created": created(),
        "backend": _backend_name(),
        "device": f"{device.kind}: {device.name}",
        "precision": settings.precision,
        "workers": len(settings.workers.cluster.addresses) if settings.workers else 1,
        "packages": dict(package_versions()),
        "history": []
        if trained.history is None
        else [dict(epoch._asdict()) for epoch in trained.history.epochs],
    }


@contextmanager
def quiet_start() -> Iterator[None]:
    """Import Keras and its backend in here, without TensorFlow's lines on standard error.

    It writes some of them before it reads its own log level. Whoever sets TF_CPP_MIN_LOG_LEVEL
    wants to see them, and sees them.
    """
    if "TF_CPP_MIN_LOG_LEVEL" in os.environ:
        yield
        return
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    # It warns of several models in one process.
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
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
