"""Checks a training before anything slow is imported."""

import os
from importlib.util import find_spec
from pathlib import Path

from satchel_train.errors import SettingsError
from satchel_train.recipe import Recipe
from satchel_train.settings import Settings, model_of
from satchel_train.training_loop.checkpoint import checkpoint_path
from satchel_train.training_loop.workers import Cluster


def check_cluster(recipe: Recipe, settings: Settings, cluster: Cluster | None) -> None:
    """Raise SettingsError if several machines cannot train this together."""
    if cluster is None:
        return
    if not recipe.trains_on_several(settings):
        name = recipe.name_of(settings)
        raise SettingsError(f"Expected no workers for {name}: it trains on one machine.")
    if getattr(settings, "quantization_aware", False):
        raise SettingsError("Expected one of quantization_aware and several workers, got both.")
    backend = os.environ.get("KERAS_BACKEND", "tensorflow")
    if backend != "tensorflow":
        raise SettingsError(
            f"Expected the tensorflow backend for several workers, KERAS_BACKEND is {backend!r}."
        )


def check_tensorboard(recipe: Recipe, settings: Settings) -> None:
    """Raise SettingsError for a training without epochs, or if TensorBoard is not installed."""
    if not recipe.trains_by_epochs(model_of(settings)):
        name = recipe.name_of(settings)
        raise SettingsError(f"Expected no tensorboard for {name}: it does not train by epochs.")
    if any(find_spec(package) is None for package in ("tensorboard", "tensorflow")):
        raise SettingsError(
            "Expected tensorboard and tensorflow, to write TensorBoard's logs:"
            " pip install tensorboard tensorflow."
        )


def check_checkpoint(out: Path, *, resume: bool) -> None:
    """Raise SettingsError if a checkpoint would be overwritten, or if there is none to resume."""
    path = checkpoint_path(out)
    if path.exists() and not resume:
        raise SettingsError(
            f"Expected no interrupted training in {str(path)!r}:"
            " resume it (--resume), or remove the file."
        )
    if resume and not path.exists():
        raise SettingsError(
            f"Expected an interrupted training to resume in {str(path)!r}, got no such file."
        )
