"""Trains recipes for a moment, from weights that a file holds and without dropout.

A program, for ``test_backends.py``: KERAS_BACKEND is settled when a process starts.
"""

import json
import sys
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np

from satchel_train.classification import Classification
from satchel_train.networks.pretrained import PRETRAINED
from satchel_train.recipe import load_recipe
from satchel_train.recipes.faces import training as faces
from satchel_train.recipes.style import training as style
from satchel_train.training_loop.fit import make_reproducible
from satchel_train.training_loop.unsupervised import fit_unsupervised
from satchel_train.training_loop.variables import assign, values

SIDE = 32
"""Pixels of images that are larger otherwise"""


def main(weights_dir: Path, trainings: list[dict]) -> None:
    """Print a JSON line for each of ``trainings``: fields of Settings, and ``recipe``."""
    style.SIDE = SIDE
    for name, found in PRETRAINED.items():
        image = found.image._replace(height=SIDE, width=SIDE)
        PRETRAINED[name] = replace(found, image=image)
    for number, given in enumerate(trainings):
        make_reproducible(7)
        recipe = load_recipe(given.pop("recipe"))
        places = {"data_dir", "weights", "style", "loss_network"}
        settings = recipe.settings(
            seed=7, **{key: Path(each) if key in places else each for key, each in given.items()}
        )
        history = train(recipe.prepare(settings), weights_dir / f"{number}.npz")
        losses = {key: value for key, value in history[-1]._asdict().items() if "loss" in key}
        print(json.dumps(losses))


def train(training, file: Path):
    """Return the epochs of ``training`` that began with the weights in ``file``.

    The first backend writes them.
    """
    if isinstance(training, Classification):
        build = training.build
        return replace(training, build=lambda: with_weights(build(), file)).fit()[1].epochs

    def fit(model, *words, **settings):
        return fit_unsupervised(with_weights(model, file), *words, **settings)

    faces.fit_unsupervised = style.fit_unsupervised = fit
    return training.run().history.epochs


def with_weights(model, file: Path):
    """Return ``model`` with the weights in ``file``, if it is there, and without dropout."""
    for layer in model._flatten_layers():
        # Each backend draws other masks.
        if isinstance(layer, keras.layers.Dropout):
            layer.rate = 0
    if file.exists():
        with np.load(file) as held:
            assign(model.weights, [held[key] for key in held.files])
    else:
        np.savez(file, *values(model.weights))
    return model


if __name__ == "__main__":
    main(Path(sys.argv[1]), json.loads(sys.argv[2]))
