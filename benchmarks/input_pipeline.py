"""A recipe's training step, beside the same step on one batch that is always at hand.

    .venv/bin/python benchmarks/input_pipeline.py [--data-dir DIR] digits mnist cifar100

The difference is the time of shuffling, augmentation and the handover to Keras: the ratio is 1 when
a step never waits for its input. The rounds are interleaved, so that a slow moment of the machine
affects both. Prints the medians of the rounds in milliseconds a step, with the smallest and
largest, and their ratio.
"""

import argparse
import os
import statistics
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras

from satchel_train.classification import Classification
from satchel_train.data.batches import shuffled_batches
from satchel_train.recipe import RECIPES, load_recipe
from satchel_train.training_loop.fit import make_reproducible
from satchel_train.training_loop.optimizers import build_optimizer


class AtHand(keras.utils.PyDataset):
    """The first batch of another data set, as often as asked for."""

    def __init__(self, batches: keras.utils.PyDataset, steps: int) -> None:
        super().__init__()
        self._batch, self._steps = batches[0], steps

    def __len__(self) -> int:
        return self._steps

    def __getitem__(self, number: int) -> tuple:
        return self._batch


class Limited(keras.utils.PyDataset):
    """The first steps of another data set."""

    def __init__(self, batches: keras.utils.PyDataset, steps: int) -> None:
        super().__init__()
        self._batches, self._steps = batches, steps

    def __len__(self) -> int:
        return self._steps

    def __getitem__(self, number: int) -> tuple:
        return self._batches[number % (len(self._batches) - 1)]


def step_ms(model: keras.Model, batches: keras.utils.PyDataset) -> float:
    """Return the mean of an epoch's steps, milliseconds."""
    started = time.perf_counter()
    model.fit(batches, shuffle=False, verbose=0)
    return 1e3 * (time.perf_counter() - started) / len(batches)


def measure(name: str, places: dict[str, Path | None], *, rounds: int, steps: int) -> str:
    """Return the table's row of one recipe, ``name`` or ``name:model``."""
    name_of_recipe, _, model_name = name.partition(":")
    recipe = load_recipe(name_of_recipe)
    chosen = {**places, "model": model_name or None}
    settings = recipe.settings(
        **{key: value for key, value in chosen.items() if value is not None and recipe.has(key)}
    )
    make_reproducible(settings.seed)
    training = recipe.prepare(settings)
    open_ = open_classification if isinstance(training, Classification) else open_unsupervised
    model, batches, batch_size = open_(training, steps)
    ways = {"recipe": Limited(batches, steps), "at hand": AtHand(batches, steps)}
    for way in ways.values():
        step_ms(model, way)
    found = {way: [] for way in ways}
    for _ in range(rounds):
        for way, its in ways.items():
            found[way].append(step_ms(model, its))
    ratios = [a / b for a, b in zip(found["recipe"], found["at hand"], strict=True)]
    cells = [
        f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"
        for values in (*found.values(), ratios)
    ]
    return f"| {name} | {batch_size} | {' | '.join(cells)} |"


def open_classification(training: Classification, steps: int) -> tuple:
    """Return the recipe's compiled model, its batches and their size."""
    hyper = training.chosen_hyper()
    model = training.build()
    model.compile(
        optimizer=build_optimizer(hyper.optimizer, learning_rate=hyper.learning_rate),
        loss="sparse_categorical_crossentropy",
    )
    few = training.parts.train.take(slice(0, hyper.batch_size * (steps + 1)))
    batches = shuffled_batches(
        training.examples(few), batch_size=hyper.batch_size, seed=7, augment=training.augment
    )
    return model, batches, hyper.batch_size


def open_unsupervised(training: Any, _steps: int) -> tuple:
    """Return the recipe's compiled model, its batches and their size."""
    opened = []

    def stop(model: keras.Model, batches: keras.utils.PyDataset, **_: object) -> None:
        opened.extend((model, batches))
        raise KeyboardInterrupt

    sys.modules[type(training).__module__].fit_unsupervised = stop
    with suppress(KeyboardInterrupt):
        training.run()
    return *opened, training.hyper.batch_size


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*", default=["digits", "reviews"], help=", ".join(RECIPES))
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--style", type=Path, help="for the recipe style: an image")
    parser.add_argument("--loss-network", type=Path, help="of style: a classifier's model folder")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--steps", type=int, default=60)
    args = parser.parse_args()
    print(
        "| recipe | batch | recipe, ms a step | at hand, ms a step | ratio |\n|---|--:|---|---|---|"
    )
    places = {
        "data_dir": args.data_dir,
        "style": args.style,
        "loss_network": args.loss_network,
    }
    for name in args.names:
        print(measure(name, places, rounds=args.rounds, steps=args.steps), flush=True)


if __name__ == "__main__":
    main()
