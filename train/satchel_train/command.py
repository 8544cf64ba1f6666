"""``satchel train``: a recipe to a model folder."""

import argparse
import json
import os
import shlex
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from satchel.commands.command import OK, Command, positive
from satchel.plain_json import Json
from satchel_train.fit import make_reproducible
from satchel_train.inputs import examples
from satchel_train.model_folder import check_target, write_model_folder
from satchel_train.provenance import commit, created, device, package_versions
from satchel_train.recipe import RECIPES, Recipe, Settings, Trained, load_recipe

DEFAULT_SEED = 7
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
    parser.add_argument("--epochs", type=positive, metavar="N", help="default: the recipe's own")
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
    settings = Settings(given.epochs or recipe.epochs, given.seed, given.data_dir)
    with _quiet_start():
        make_reproducible(settings.seed)
    started = time.monotonic()
    trained = recipe.train(settings)
    accuracy = _accuracy(trained)
    seconds = time.monotonic() - started
    write_model_folder(
        given.out,
        trained,
        provenance=_provenance(recipe, settings, trained),
        training=_training(recipe, settings, trained, accuracy=accuracy, seconds=seconds),
    )
    if given.json:
        summary = {
            "recipe": recipe.name,
            "folder": str(given.out),
            "test_accuracy": accuracy,
            "evaluation_samples": len(trained.evaluation.labels),
            "parameters": trained.model.count_params(),
            "seconds": seconds,
        }
        print(json.dumps(summary))
    else:
        bundle = f"{given.out.resolve().name}.satchel"
        following = shlex.join(["satchel", "convert", str(given.out), "--out", bundle])
        print(
            f"{recipe.name}: test accuracy {accuracy:.2%}"
            f" on {len(trained.evaluation.labels):,} samples after {seconds:.1f} s,"
            f" in {given.out}; next: {following}"
        )
    return OK


def _seed(text: str) -> int:
    value = int(text) if text.isascii() and text.isdigit() else -1
    if not 0 <= value <= MAX_SEED:
        raise argparse.ArgumentTypeError(
            f"expected a whole number from 0 to {MAX_SEED}, got {text!r}"
        )
    return value


def _accuracy(trained: Trained) -> float:
    """Return the share of evaluation samples that get their own label, 0 to 1."""
    inputs, labels = examples(trained.evaluation, card=trained.card, vocabulary=trained.vocabulary)
    scores = trained.model.predict(inputs, batch_size=256, verbose=0)
    return float((scores.argmax(axis=1) == labels).mean())


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
    recipe: Recipe, settings: Settings, trained: Trained, *, accuracy: float, seconds: float
) -> dict[str, Json]:
    """Return the content of ``training.json``."""
    import keras

    return {
        "recipe": recipe.name,
        "seed": settings.seed,
        "epochs": settings.epochs,
        "kept_epoch": trained.history.kept,
        "test_accuracy": accuracy,
        "evaluation_samples": len(trained.evaluation.labels),
        "calibration_samples": len(trained.calibration.labels),
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
