"""Records where a model comes from: code, packages, machine and time."""

import os
import platform
import shutil
import subprocess
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from satchel.bundle import Json
from satchel_train.data.findings import Finding
from satchel_train.machine import this_machine
from satchel_train.recipe import Recipe
from satchel_train.settings import Settings, model_of
from satchel_train.trained import Trained
from satchel_train.training_loop.device import Backend

PACKAGES = (
    "satchel-train",
    "satchel",
    "keras",
    "tensorflow",
    "torch",
    "jax",
    "numpy",
    "scikit-learn",
    "pillow",
)
"""The packages that influence the results. Some of them may not be installed."""


def card_provenance(recipe: Recipe, settings: Settings, trained: Trained) -> dict[str, Json]:
    """Return the card's field ``provenance``: the origin of the model."""
    versions = package_versions()
    backend = backend_name()
    found = {"model": model_of(settings), "commit": commit()}
    return {
        "recipe": recipe.name,
        "seed": settings.seed,
        **{name: versions[name] for name in ("keras", backend) if name in versions},
        "backend": backend,
        "data": f"sha256:{trained.data_sha256}",
        "created": created(),
        **{name: value for name, value in found.items() if value is not None},
        **trained.provenance,
    }


def training_record(
    recipe: Recipe,
    settings: Settings,
    trained: Trained,
    *,
    findings: Sequence[Finding],
    seconds: float,
    backend: Backend,
    machines: int,
    devices: int,
    command: str | None,
    diverged: Sequence[float],
) -> dict[str, Json]:
    """Return the content of ``training.json``.

    Args:
        recipe: the recipe that trained.
        settings: its settings.
        trained: the result of the training.
        seconds: the time that it took.
        backend: the backend and the device of this process.
        machines: the number of machines that trained together.
        devices: the number of devices of all these machines.
        command: the command line that was typed; None for a training by the library.
        diverged: the learning rates with which it diverged before.

    """
    return {
        "recipe": recipe.name,
        "model": trained.provenance.get("model", model_of(settings)),
        "seed": settings.seed,
        "hyper": dict(trained.hyper),
        "kept_epoch": None if trained.history is None else trained.history.kept,
        **trained.measured,
        **(
            {"test_time_augmentation": dict(trained.test_time_augmentation)}
            if trained.test_time_augmentation
            else {}
        ),
        "evaluation": None if trained.measurement is None else trained.measurement.as_json(),
        "evaluation_samples": len(trained.evaluation.contents),
        "calibration_samples": len(trained.calibration.contents),
        "parameters": trained.model.count_params(),
        "seconds": seconds,
        "data": f"sha256:{trained.data_sha256}",
        "data_findings": [dict(finding._asdict()) for finding in findings],
        "commit": commit(),
        "created": created(),
        "backend": backend.name,
        "device": f"{backend.device.kind}: {backend.device.name}",
        "precision": backend.precision,
        "machine": dict(this_machine(backend)._asdict()),
        "command": command,
        "diverged_learning_rates": list(diverged),
        "workers": machines,
        "devices": devices,
        "packages": dict(package_versions()),
        "history": []
        if trained.history is None
        else [dict(epoch._asdict()) for epoch in trained.history.epochs],
    }


def backend_name() -> str:
    """Return the name of Keras's backend: ``tensorflow``, ``jax`` or ``torch``."""
    import keras

    name: str = keras.backend.backend()
    return name


def package_versions() -> dict[str, str]:
    """Return the versions of Python and of all PACKAGES that are installed."""
    versions = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    return versions


def created() -> str:
    """Return the time in UTC, ISO 8601. SOURCE_DATE_EPOCH replaces the clock if it is set.

    Source: https://reproducible-builds.org/specs/source-date-epoch/
    """
    stamp = os.environ.get("SOURCE_DATE_EPOCH", "")
    seconds = int(stamp) if stamp.isascii() and stamp.isdigit() else int(time.time())
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def commit() -> str | None:
    """Return the commit of this code, with ``-dirty`` if it was edited since.

    None without git, and for an installed copy, which may lie inside another repository.
    """
    here = Path(__file__)
    if _git(here.parent, "ls-files", "--error-unmatch", here.name) is None:
        return None
    return _git(here.parent, "describe", "--always", "--abbrev=40", "--exclude=*", "--dirty")


def _git(folder: Path, *words: str) -> str | None:
    git = shutil.which("git")
    if git is None:
        return None
    done = subprocess.run(  # noqa: S603  words of this module, no user's
        [git, *words], cwd=folder, capture_output=True, text=True, check=False
    )
    return done.stdout.strip() if done.returncode == 0 else None
