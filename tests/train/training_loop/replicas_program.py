"""Trains a classifier and an adversarial pair on two replicas, in every precision.

    replicas_program.py devices FOLDER             two processors of one process, and one to compare
    replicas_program.py workers ADDRESSES INDEX    one of two processes

Prints one JSON object: the loss curves by training, and the errors of two trainings that fail.
"""

import json
import os
import sys
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
import tensorflow

from helpers.trainings import run_train
from satchel_train.data.batches import drawn_batches
from satchel_train.data.inputs import Examples
from satchel_train.errors import WorkersError
from satchel_train.fitting.execution import Execution
from satchel_train.generative.adversarial import build_adversaries
from satchel_train.generative.differentiable_augmentation import draw_changes
from satchel_train.training_loop.history import AdversarialEpoch
from satchel_train.training_loop.hyper_parameters import HyperParameters
from satchel_train.training_loop.replicas import scope_of, several_devices
from satchel_train.training_loop.unsupervised import Course, fit_unsupervised
from satchel_train.training_loop.workers import Workers, read_cluster

PRECISIONS = ("float32", "mixed_bfloat16", "mixed_float16")
BATCH = 10
SIDE = 4
LATENT = 3


def curve_of_classifier(workers, policy, rows):
    """Return the losses of all epochs of a classifier with batch normalization."""
    from keras import Input, Model, layers

    from satchel_train.training_loop.fit import fit

    def build():
        pixels = Input((SIDE, SIDE, 1))
        values = layers.Conv2D(4, 3, use_bias=False)(pixels)
        values = layers.BatchNormalization(momentum=0.9)(values)
        values = layers.Flatten()(layers.ReLU()(values))
        return Model(pixels, layers.Dense(2, activation="softmax")(values))

    with _prepared(workers, policy):
        model = build()
    inputs = np.random.default_rng(0).random((rows, SIDE, SIDE, 1)).astype(np.float32)
    examples = Examples(inputs, (inputs.mean(axis=(1, 2, 3)) > 0.5).astype(np.int32))
    history = fit(
        model,
        train=examples,
        validation=examples,
        hyper=HyperParameters(
            epochs=2,
            batch_size=BATCH,
            learning_rate=0.05,
            optimizer="momentum",
            label_smoothing=0.1,
        ),
        seed=7,
        execution=Execution(workers=workers),
    )
    losses = [[epoch.loss, epoch.val_loss, epoch.accuracy] for epoch in history.epochs]
    return _result(workers, model, losses)


def curve_of_pair(workers, policy, rows):
    """Return the losses of all epochs of a generator and a discriminator, both normalized."""
    from keras.optimizers import SGD

    from satchel_train.recipes.faces.networks import build_discriminator, build_generator
    from satchel_train.training_loop.precision import with_loss_scaling

    def draw(randomness):
        return {
            "images": randomness.uniform(-1, 1, (rows, SIDE, SIDE, 3)).astype(np.float32),
            "latents": randomness.uniform(-1, 1, (rows, LATENT)).astype(np.float32),
            "changes": draw_changes(randomness, count=rows, side=SIDE),
        }

    with _prepared(workers, policy):
        generators = [build_generator(latent=LATENT, channels=(4,)) for _ in range(2)]
        discriminator = build_discriminator(side=SIDE, channels=(4, 4))
        model = build_adversaries(generators[0], discriminator, generators[1])
        model.compile(optimizer=with_loss_scaling(SGD(0.05)))
    history = fit_unsupervised(
        model,
        drawn_batches(draw, count=2, seed=3),
        course=Course(),
        epochs=2,
        epoch_type=AdversarialEpoch,
        measure=lambda _, losses, seconds: AdversarialEpoch(
            float(losses["generator_loss"]),
            float(losses["discriminator_loss"]),
            None,
            None,
            seconds,
        ),
        execution=Execution(workers=workers),
    )
    losses = [[epoch.generator_loss, epoch.discriminator_loss] for epoch in history.epochs]
    return _result(workers, model, losses)


TRAININGS = {
    f"{train.__name__} {policy} {rows}": (train, policy, rows)
    for train, sizes in ((curve_of_classifier, (20, 21)), (curve_of_pair, (4, 5)))
    for policy in PRECISIONS
    for rows in sizes
} | {"curve_of_pair float32 1": (curve_of_pair, "float32", 1)}


def _prepared(workers, policy):
    """Seed everything, set the dtype policy and return the scope to build in."""
    import keras

    from satchel_train.training_loop.fit import make_reproducible

    make_reproducible(7)
    keras.config.set_dtype_policy(policy)
    return scope_of(workers)


def _result(workers, model, losses):
    from satchel_train.training_loop.variables import values

    found = {"losses": losses, "weights": [float(each.sum()) for each in values(model.weights)]}
    if workers is not None:
        copies = [
            workers._strategy.experimental_local_results(each.value) for each in model.weights
        ]
        found["apart"] = max(float(abs(each[0] - each[-1]).numpy().max()) for each in copies)
    return found


def error_of(workers, call):
    """Return the name of the error of a training whose model calls the function ``call``."""
    import keras

    from satchel_train.training_loop.fit import fit

    class Failing(keras.Layer):
        def compute_output_spec(self, values):
            return keras.KerasTensor(values.shape, values.dtype)

        def call(self, values):
            return call(values)

    with _prepared(workers, "float32"):
        pixels = keras.Input((2,))
        values = Failing()(keras.layers.Dense(2, activation="softmax")(pixels))
        model = keras.Model(pixels, values)
    examples = Examples(np.ones((4, 2), np.float32), np.zeros(4, np.int32))
    hyper = HyperParameters(epochs=1, batch_size=4, learning_rate=0.1)
    try:
        fit(
            model,
            train=examples,
            validation=examples,
            hyper=hyper,
            seed=1,
            execution=Execution(workers=workers),
        )
    except WorkersError as error:
        return f"WorkersError: {error}"
    except Exception as error:  # noqa: BLE001  any other error is an answer, too
        return type(error).__name__
    return None


def wrong(_values):
    """Fail, as a layer with a mistake does."""
    raise LookupError("a mistake")


def greedy(values):
    """Ask for more memory than any machine has."""
    rows = tensorflow.shape(values)[0] * 10**9
    return values + tensorflow.reduce_sum(tensorflow.zeros((rows, 10**6)))


def main(mode, *rest):
    """Train all TRAININGS and print the results."""
    if mode == "devices":
        processor = tensorflow.config.list_physical_devices("CPU")[0]
        two = [tensorflow.config.LogicalDeviceConfiguration()] * 2
        tensorflow.config.set_logical_device_configuration(processor, two)
        out = Path(rest[0]) / "digits"
        assert run_train("digits", "--epochs", 1, "--device", "cpu", "--out", out) == 0
        workers = several_devices("cpu")
    else:
        workers = Workers(read_cluster(rest[0], int(rest[1])))
    found = {}
    for name, (train, policy, rows) in TRAININGS.items():
        found[name] = {"two": train(workers, policy, rows)}
        if mode == "devices":
            found[name]["one"] = train(None, policy, rows)
    # The shortage is last, because the workers' connection does not outlive it.
    found["errors"] = [error_of(workers, call) for call in (wrong, greedy)]
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
