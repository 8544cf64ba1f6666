"""Trains each recipe for one epoch, from weights that a file holds and without dropout.

A program, for ``test_backends.py``: KERAS_BACKEND is settled when a process starts.
"""

import json
import sys
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np

from satchel_train.classification import Classification
from satchel_train.fit import make_reproducible
from satchel_train.recipe import Settings, load_recipe
from satchel_train.variables import assign, values


def main(data_dir: Path, weights_dir: Path, names: list[str]) -> None:
    """Print a JSON line for each of ``names``, ``recipe`` or ``recipe:model``."""
    for name in names:
        recipe, _, model = name.partition(":")
        make_reproducible(7)
        settings = Settings(seed=7, data_dir=data_dir, model=model or None, epochs=1)
        training = load_recipe(recipe).prepare(settings)
        assert isinstance(training, Classification), name
        file = weights_dir / f"{name.replace(':', '-')}.npz"
        trained = replace(training, build=_with_weights(training, file))
        _, history = trained.fit()
        epoch = history.epochs[-1]
        print(json.dumps({"name": name, "loss": epoch.loss, "val_loss": epoch.val_loss}))


def _with_weights(training: Classification, file: Path):
    """Return what builds the model with the weights in ``file``; the first caller writes it."""

    def build():
        model = training.build()
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

    return build


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
