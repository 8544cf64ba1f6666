"""Compares fine-tuning under rounding, in full_int8, with the same training without rounding.

    satchel train mnist --model separable --out separable
    .venv/bin/python benchmarks/quantization_aware.py separable

Takes the folder of a classifier that a recipe trained without fine-tuning. Prints the accuracy of
four models on all test samples, in Keras and as a full_int8 TFLite file in the runtime: the trained
model, the same with its normalization folded, the same trained further in float32 with as many
epochs and the same learning rate, and the same fine-tuned under rounding. Then it prints by how
much the last is better than the others in int8, with a 95 % interval from the same samples.
"""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np

from satchel.engines import open_engine
from satchel_convert.conversion.convert import MAX_CALIBRATION
from satchel_convert.keras_models.deployable import to_deployable
from satchel_convert.keras_models.recurrent import unroll
from satchel_convert.model_folder import open_model_folder, prepare
from satchel_convert.statistics import count_pairs, drop_interval
from satchel_convert.tflite.converter import to_tflite
from satchel_train.classification import Classification, predict
from satchel_train.quantization_aware.finetuning import finetune
from satchel_train.quantization_aware.folding import fold_normalization
from satchel_train.quantization_aware.graph import functional
from satchel_train.recipe import load_recipe
from satchel_train.training_loop.fit import fit, make_reproducible
from satchel_train.training_loop.hyper_parameters import finetuning_hyper

TRAINED, FOLDED = "trained", "normalization folded"
LONGER, TUNED = "trained on in float32", "quantization-aware"


def main() -> None:
    """Print the table of the model folder on the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--data-dir", type=Path, help="default: $SATCHEL_DATA, or a download")
    args = parser.parse_args()
    folder = open_model_folder(args.folder)
    evaluation = prepare(folder, [sample.value for sample in folder.evaluation])
    calibration = prepare(folder, [sample.value for sample in folder.calibration[:MAX_CALIBRATION]])
    training = read_training(args.folder, args.data_dir)
    inputs, truth = training.examples(training.parts.evaluation)
    right = {}
    print("| model | as Keras computes it | full_int8.tflite | drop, pp, 95 % |\n|---|--:|--:|--:|")
    for name, model in variants(keras.models.load_model(folder.model_path), training):
        in_float = predict(model, inputs).argmax(axis=1) == truth
        # Without its loss, a function that unrolling could not copy.
        deployable = to_deployable(unroll(functional(model)), folder.card)
        converted = to_tflite(deployable, scheme="full_int8", calibration=calibration)
        engine = open_engine("litert", converted, threads=1)
        predictions = np.array([engine.run(each[np.newaxis])[0].argmax() for each in evaluation])
        right[name] = predictions == truth
        drop = interval(in_float, right[name])
        print(f"| {name} | {in_float.mean():.2%} | {right[name].mean():.2%} | {drop} |", flush=True)
    for name in (TRAINED, FOLDED, LONGER):
        print(f"\n{TUNED} is ahead of {name} in int8 by {interval(right[TUNED], right[name])} pp")


def read_training(folder: Path, data_dir: Path | None) -> Classification:
    """Return the training that wrote ``folder``."""
    made = json.loads((folder / "training.json").read_bytes())
    recipe = load_recipe(made["recipe"])
    model = {"model": made["model"]} if recipe.models else {}
    training = recipe.prepare(recipe.settings(seed=made["seed"], data_dir=data_dir, **model))
    assert isinstance(training, Classification), "a folder of a classifier"
    return training


def variants(model: Any, training: Classification) -> Iterator[tuple[str, Any]]:
    """Yield the models to compare, each with its name."""
    hyper, seed = finetuning_hyper(training.chosen_hyper()), training.settings.seed
    train = training.examples(training.parts.train)
    validation = training.examples(training.parts.validation)
    yield TRAINED, model
    yield FOLDED, fold_normalization(model)
    make_reproducible(seed)
    longer = keras.models.clone_model(model)
    longer.set_weights(model.get_weights())
    fit(
        longer,
        train=train,
        validation=validation,
        hyper=hyper,
        seed=seed,
        augment=training.augment,
    )
    yield LONGER, longer
    yield (
        TUNED,
        finetune(
            model,
            train=train,
            validation=validation,
            hyper=hyper,
            seed=seed,
            augment=training.augment,
        ).model,
    )


def interval(before: Any, after: Any) -> str:
    """Return the accuracy drop from ``before`` to ``after`` and its interval, as text in points."""
    pairs = count_pairs(before, after)
    lower, upper = drop_interval(pairs)
    return f"{100 * pairs.drop:+.2f} [{100 * lower:+.2f}, {100 * upper:+.2f}]"


if __name__ == "__main__":
    main()
