"""Every classifier trains alike under TensorFlow, JAX and PyTorch: ``make test-backends``."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from satchel_train.recipe import RECIPES, load_recipe

PROGRAM = Path(__file__).with_name("one_epoch.py")
BACKENDS = ("tensorflow", "jax", "torch")
RELATIVE = 2e-3
"""Of the loss after one epoch: float32 sums in another order, magnified by Adam's first steps"""
OTHERS = {"faces", "style", "imagenet", "photos"}
"""Recipes that are no classifier trained by ``fit``, or need weights"""

pytestmark = [
    pytest.mark.backends,
    pytest.mark.skipif(
        not (find_spec("jax") and find_spec("torch")), reason="make test-backends installs both"
    ),
]


def classifiers():
    for name in sorted(RECIPES.keys() - OTHERS):
        models = load_recipe(name).models
        yield from (f"{name}:{model}" for model in models) if models else [name]


@pytest.fixture(scope="module")
def losses(data_dir, tmp_path_factory):
    """Return the losses of each backend by the name of the training."""
    weights = tmp_path_factory.mktemp("weights")
    return {backend: train(backend, data_dir, weights) for backend in BACKENDS}


def train(backend, data_dir, weights):
    words = [sys.executable, str(PROGRAM), str(data_dir), str(weights), *classifiers()]
    environment = {**os.environ, "KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(words, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return {line.pop("name"): line for line in lines}


@pytest.mark.parametrize("name", classifiers())
@pytest.mark.parametrize("backend", BACKENDS[1:])
def test_a_backend_has_the_losses_of_tensorflow(losses, backend, name):
    assert losses[backend][name] == pytest.approx(losses["tensorflow"][name], rel=RELATIVE)
