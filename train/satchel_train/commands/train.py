"""``satchel train``: a recipe to a model folder."""

import argparse
import json
import os
import shlex
import sys
import time
from dataclasses import fields
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from satchel.bundle import Json
from satchel.cli import OK
from satchel_train.classification import Classification
from satchel_train.commands.arguments import add_arguments as add_arguments, recipes_with
from satchel_train.commands.quiet_start import quiet_start
from satchel_train.errors import SettingsError
from satchel_train.fitting.checkpoint import Checkpoint, checkpoint_path
from satchel_train.fitting.device import choose_device, choose_precision
from satchel_train.fitting.fit import make_reproducible
from satchel_train.fitting.workers import Workers, read_cluster
from satchel_train.model_folder import check_target, write_model_folder
from satchel_train.provenance import backend_name, card_provenance, training_record
from satchel_train.recipe import Recipe, Settings, Trained, Training, load_recipe
from satchel_train.study import compare_optimizers, cross_validate, table, write_study

OPTIONS = {
    "epochs": "--epochs",
    "optimizer": "--optimizer",
    "learning_rate": "--learning-rate",
    "schedule": "--schedule",
    "quantization_aware": "--quantization-aware",
    "test_time_augmentation": "--tta",
    "weights": "--weights",
    "style": "--style",
    "loss_network": "--loss-network",
    "features": "--features",
    "tensorboard": "--tensorboard",
}
"""What not every recipe has, each with its flag"""


def run(given: argparse.Namespace) -> int:
    """Train, write the model folder and print what came out."""
    recipe = load_recipe(given.recipe)
    _check(recipe, given)
    cluster = read_cluster(given.workers, given.worker)
    if cluster is not None and "workers" not in recipe.options_of(given.model):
        raise SettingsError(f"Expected no workers for {_name(given)}: it trains on one machine.")
    if cluster is not None and given.quantization_aware:
        raise SettingsError("Expected one of --quantization-aware and several workers, got both.")
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
    _say(f"{device.kind} ({device.name}), {backend_name()}, {settings.precision}", given)
    started = time.monotonic()
    training = recipe.prepare(settings)
    if studying:
        return _study(recipe, training, given)
    checkpoint = Checkpoint(path, _identity(recipe, settings, training))
    trained = training.run(checkpoint=checkpoint, callbacks=_callbacks(given.tensorboard))
    seconds = checkpoint.seconds_before + time.monotonic() - started
    if not writes:
        _say(f"done; worker 0 writes {given.out}", given)
        return OK
    write_model_folder(
        given.out,
        trained,
        provenance=card_provenance(recipe, settings, trained),
        training=training_record(recipe, settings, trained, seconds=seconds, device=device),
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
            "Expected tensorboard and tensorflow for --tensorboard: pip install tensorboard."
        )
    import keras

    return [keras.callbacks.TensorBoard(log_dir, write_graph=False)]


def _check(recipe: Recipe, given: argparse.Namespace) -> None:
    """Raise SettingsError for what the recipe does not have, or what contradicts itself."""
    if given.model is not None and given.model not in recipe.models:
        known = ", ".join(recipe.models) or "nothing, it has one model"
        raise SettingsError(f"Expected --model of {recipe.name}: {known}; got {given.model!r}.")
    options = recipe.options_of(given.model)
    for name, flag in OPTIONS.items():
        if name not in options and _has(given, flag):
            raise SettingsError(
                f"Expected no {flag} for {_name(given)}: it does not apply there, but to"
                f" {', '.join(recipes_with(name))}."
            )
    if (given.workers or os.environ.get("TF_CONFIG")) and (
        os.environ.get("KERAS_BACKEND", "tensorflow") != "tensorflow"
    ):
        raise SettingsError(
            "Expected the tensorflow backend for --workers,"
            f" KERAS_BACKEND is {os.environ['KERAS_BACKEND']!r}."
        )
    studies = [flag for flag in ("--folds", "--compare-optimizers") if _has(given, flag)]
    alone = [
        flag for flag in ("--resume", "--tensorboard", "--quantization-aware") if _has(given, flag)
    ]
    if studies and len(both := studies + alone) > 1:
        raise SettingsError(f"Expected one of {' and '.join(both[:2])}, got both.")


def _has(given: argparse.Namespace, flag: str) -> bool:
    return bool(getattr(given, flag[2:].replace("-", "_")))


def _name(given: argparse.Namespace) -> str:
    return f"{given.recipe} --model {given.model}" if given.model else str(given.recipe)


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
        quantization_aware=given.quantization_aware,
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
        "backend": backend_name(),
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


def _say(line: str, given: argparse.Namespace) -> None:
    """Print a line that is no result; a program wants none."""
    if not given.json:
        print(line, file=sys.stderr)
