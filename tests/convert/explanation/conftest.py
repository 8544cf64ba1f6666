"""A small network, trained until it tells colours and lights, and what can be wrong with it."""

from typing import NamedTuple

import numpy as np
import pytest

from helpers.model_folders import write_model_folder
from helpers.squares import CARD, LABELS, squares, train
from satchel_convert.conversion.convert import Conversions, convert
from satchel_convert.conversion.pack import draft_bundle, pack_bundle
from satchel_convert.model_folder import open_model_folder, prepare
from satchel_convert.verification.limits import LabelLimits
from satchel_convert.verification.verify import verify


@pytest.fixture(scope="session")
def trained():
    return train()


@pytest.fixture(scope="session")
def write_squares(tmp_path_factory):
    """Return a function that writes a model folder of squares."""

    def write(model, *, card=CARD, calibration=200):
        samples = {}
        for part, count, seed in (("calibration", calibration, 2), ("evaluation", 240, 3)):
            images, labels = squares(count, seed=seed)
            samples[part] = [(each, LABELS[at]) for each, at in zip(images, labels, strict=True)]
        path = tmp_path_factory.mktemp("squares") / "squares"
        return write_model_folder(path, model=model, card=card, samples=samples)

    return write


@pytest.fixture(scope="session")
def healthy(trained, write_squares):
    """The model folder of the network as it is."""
    return write_squares(trained)


@pytest.fixture(scope="session")
def changed(trained):
    """Return a function from layers to new weights, to the trained network with these."""
    import keras

    def change(**layers):
        model = keras.models.clone_model(trained)
        model.set_weights(trained.get_weights())
        for name, function in layers.items():
            layer = model.get_layer(name)
            layer.set_weights(function(*layer.get_weights()))
        return model

    return change


class Faults(NamedTuple):
    """Model folders, each with one thing wrong."""

    wrong_mean: object
    blue_first: object
    five_samples: object
    outlier: object


@pytest.fixture(scope="session")
def faults(trained, changed, write_squares):
    wrong = CARD._replace(input=CARD.input._replace(offset=(0.0,)))
    channel = np.arange(8) == 3
    return Faults(
        write_squares(trained, card=wrong),
        # Trained on blue first is trained on red first with the kernel the other way round.
        write_squares(changed(first=lambda kernel: [kernel[:, :, ::-1]])),
        write_squares(trained, calibration=5),
        # The same function: what a channel is given more of is taken from it where it is read.
        write_squares(
            changed(
                first_normalization=lambda gamma, beta, mean, variance: [
                    np.where(channel, 100 * gamma, gamma),
                    np.where(channel, 100 * beta, beta),
                    mean,
                    variance,
                ],
                second=lambda kernel, bias: [
                    np.where(channel[:, np.newaxis], kernel / 100, kernel),
                    bias,
                ],
            )
        ),
    )


@pytest.fixture(scope="session")
def conversions(healthy):
    """The network as float32.tflite and full_int8.tflite."""
    folder = open_model_folder(healthy)
    return convert(folder, formats=("tflite",), schemes=("float32", "full_int8"))


@pytest.fixture(scope="session")
def models(conversions):
    """The contents of float32.tflite and full_int8.tflite."""
    return {each.scheme: each.model.content for each in conversions.models}


@pytest.fixture(scope="session")
def inputs(healthy):
    folder = open_model_folder(healthy)
    return prepare(folder, [sample.value for sample in folder.evaluation])


@pytest.fixture(scope="session")
def write_bundle(healthy, conversions, tmp_path_factory):
    """Return a function that packs a bundle in which full_int8.tflite is another one."""
    folder = open_model_folder(healthy)
    anything = LabelLimits(int8_agreement=0.0, margin_points=100.0)

    def write(full_int8, *, keep=("float32", "full_int8")):
        made = [
            each
            if each.scheme == "float32"
            else each._replace(model=each.model._replace(content=full_int8))
            for each in conversions.models
            if each.scheme in keep
        ]
        packed = Conversions(made, conversions.inputs, conversions.reference)
        draft = draft_bundle(folder, packed)
        found = verify(
            draft, packed.inputs, reference=packed.reference, truth=folder.truth, limits=anything
        )
        path = tmp_path_factory.mktemp("bundles") / "squares.satchel"
        path.write_bytes(pack_bundle(folder, packed, draft, found, {}))
        return path

    return write
