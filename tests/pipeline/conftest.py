"""Recipes carried all the way by the commands a user types, once a session."""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from helpers.installed import run_installed
from satchel.bundle.reading import Bundle, open_bundle
from satchel_convert.schemes import SCHEMES, USUAL


class Carried(NamedTuple):
    """A recipe after `satchel train` and `satchel convert`."""

    folder: Path
    bundle: Path
    training: dict[str, Any]
    report: dict[str, Any]


@pytest.fixture(scope="session")
def carry(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Carried]:
    """Return a function that trains and converts a recipe the first time it is asked to.

    A recipe of several models is asked for with one: ``imdb --model lasso``.
    """
    place = tmp_path_factory.mktemp("carried")

    @cache
    def carried(recipe: str) -> Carried:
        name = recipe.replace(" --model ", "_")
        folder, bundle = place / name, place / f"{name}.satchel"
        trained = run_installed("train", *recipe.split(), "--out", folder)
        assert trained.returncode == 0, trained.stderr
        converted = run_installed("convert", folder, "--out", bundle, "--json")
        assert converted.returncode == 0, converted.stdout + converted.stderr
        training = json.loads((folder / "training.json").read_text())
        return Carried(folder, bundle, training, json.loads(converted.stdout))

    return carried


@pytest.fixture(scope="session")
def bundle_with(
    carry: Callable[[str], Carried], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str, str], Bundle]:
    """Return a function from a recipe and a scheme to a bundle that has it."""
    place = tmp_path_factory.mktemp("every_scheme")

    @cache
    def others(recipe: str) -> Bundle:
        bundle = place / f"{recipe}.satchel"
        schemes = ",".join(scheme for scheme in SCHEMES if scheme not in USUAL)
        # Whatever they lose: what is asked is whether others run them alike.
        words = ("--out", bundle, "--schemes", schemes, "--int8-agreement", "0", "--margin", "100")
        converted = run_installed("convert", carry(recipe).folder, *words)
        assert converted.returncode == 0, converted.stdout + converted.stderr
        return open_bundle(bundle)

    usual = cache(lambda recipe: open_bundle(carry(recipe).bundle))
    return lambda recipe, scheme: (usual if scheme in USUAL else others)(recipe)
