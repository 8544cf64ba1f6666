"""Every model trains alike under TensorFlow, JAX and PyTorch: ``make test-backends``."""

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
ABSOLUTE = 2**-23
"""The step of float32 below 1, which limits a loss of almost 0: it is the logarithm of a score of
almost 1"""
RELATIVE = 2e-3
"""Of the losses: float32 sums in another order, magnified by Adam's first steps"""
SAME = {"mobilenet_v3_large", "resnet50"}
"""Networks of Keras's that are trained by the same lines as the one before them"""

MODELS = [
    f"{name}:{model}" if model else name
    for name in RECIPES
    for model in load_recipe(name).models or (None,)
    if load_recipe(name).trains_by_epochs(model) and model not in SAME
]

pytestmark = [
    pytest.mark.backends,
    pytest.mark.skipif(
        not (find_spec("jax") and find_spec("torch")), reason="make test-backends installs both"
    ),
]


@pytest.fixture(scope="module")
def trainings(data_dir, class_folders, contents, classifier_folder):
    """Return what each model is trained by."""
    own = {
        "photos": {"data_dir": class_folders, "weights": "none"},
        # Its tiny data makes one step, after which no loss says where it led.
        "faces": {"data_dir": data_dir, "epochs": 3},
        "style": {
            "data_dir": contents,
            "style": contents.parent / "style.png",
            "loss_network": classifier_folder,
        },
    }
    given = []
    for name in MODELS:
        recipe, _, model = name.partition(":")
        settings = {"recipe": recipe, "epochs": 1, **own.get(recipe, {"data_dir": data_dir})}
        given.append(settings | ({"model": model} if model else {}))
    return json.dumps(given, default=str)


@pytest.fixture(scope="module")
def losses(trainings, tmp_path_factory):
    """Return the losses of each backend by the name of the model."""
    weights = tmp_path_factory.mktemp("weights")
    return {backend: train(backend, trainings, weights) for backend in BACKENDS}


def train(backend, trainings, weights):
    words = [sys.executable, str(PROGRAM), str(weights), trainings]
    environment = {**os.environ, "KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(words, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    return dict(zip(MODELS, map(json.loads, done.stdout.splitlines()), strict=True))


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("backend", BACKENDS[1:])
def test_a_backend_has_the_losses_of_tensorflow(losses, backend, name):
    assert losses[backend][name] == pytest.approx(
        losses["tensorflow"][name], rel=RELATIVE, abs=ABSOLUTE
    )
