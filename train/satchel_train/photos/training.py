"""Teaches a pretrained network the user's pictures: its last layer first, then its upper half.

Source: Chollet, Transfer learning and fine-tuning, https://keras.io/guides/transfer_learning.
"""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from satchel.card import Card, LabelOutput
from satchel_train.augment import mirror, shift_and_mirror
from satchel_train.classification import Classification
from satchel_train.errors import SettingsError
from satchel_train.hyper_parameters import HyperParameters
from satchel_train.inputs import Examples, examples
from satchel_train.picture_folder import read_picture_folder
from satchel_train.pretrained import (
    PRETRAINED,
    RANDOM,
    Pretrained,
    find_weights,
    load_weights,
    take_red_first,
)
from satchel_train.recipe import Settings

HYPER = HyperParameters(epochs=10, batch_size=32, learning_rate=1e-5, schedule="cosine", patience=3)
"""Of the fine-tuning: steps so small that what ImageNet taught is not forgotten"""
HEAD_EPOCHS = 30
HEAD_RATE = 1e-3
SHIFT = 16
"""Pixels"""
PICTURES_AT_ONCE = 32


def prepare(settings: Settings) -> Classification:
    """Return the training on the class folders in ``settings.data_dir``."""
    assert settings.model is not None, "the first of the recipe's models is the default"
    return fine_tuning(PRETRAINED[settings.model], settings)


def fine_tuning(pretrained: Pretrained, settings: Settings) -> Classification:
    """Return the training of ``pretrained``.

    Raises SettingsError without pictures; DataError as the pictures and the weights give reason to.
    """
    if settings.data_dir is None:
        raise SettingsError(
            "Expected --data-dir for photos: a folder of folders of pictures, each named by label."
        )
    parts, names, data_sha256 = read_picture_folder(settings.data_dir, pretrained.image)
    card = Card(
        name=f"photos_{settings.model}",
        version="1.0.0",
        task="image-classification",
        input=pretrained.image,
        output=LabelOutput(names),
    )
    weights = None
    if settings.weights != RANDOM:
        weights = find_weights(pretrained.source, settings.weights)
    return Classification(
        card=card,
        parts=parts,
        build=lambda: build_with_head(
            pretrained, weights, train=examples(parts.train, card=card), labels=len(names)
        ),
        hyper=HYPER,
        settings=settings,
        data_sha256=data_sha256,
        augment=shift_and_mirror(pixels=SHIFT),
        view=mirror,
    )


def build_with_head(
    pretrained: Pretrained, weights: Path | None, *, train: Examples, labels: int
) -> Any:
    """Return ``pretrained`` with a last layer that has learned ``train``, ready for fine-tuning.

    Args:
        pretrained: one of PRETRAINED.
        weights: of it; None for random ones.
        train: what the last layer learns, on the features of the network as it comes.
        labels: outputs, of a softmax.

    """
    from keras import Model, layers

    network = pretrained.build(pretrained.image)
    if weights is not None:
        load_weights(network, weights)
        if pretrained.blue_first:
            take_red_first(network.get_layer(pretrained.first_convolution))
    features = network.predict(train.inputs, batch_size=PICTURES_AT_ONCE, verbose=0)
    head = layers.Dense(labels, activation="softmax", dtype="float32", name="scores")
    _train_head(head, features, train.labels)
    _freeze(network)
    return Model(network.input, head(network.output))


def _train_head(head: Any, features: NDArray[np.float32], labels: NDArray[np.int32]) -> None:
    """Fit the layer ``head`` to features that stay as they are, which takes a moment."""
    from keras import Input, Model
    from keras.optimizers import Adam

    inputs = Input(features.shape[1:])
    model = Model(inputs, head(inputs))
    model.compile(optimizer=Adam(HEAD_RATE), loss="sparse_categorical_crossentropy")
    model.fit(features, labels, batch_size=PICTURES_AT_ONCE, epochs=HEAD_EPOCHS, verbose=0)


def _freeze(network: Any) -> None:
    """Keep the lower half as it is, and the statistics of every normalization.

    The lower half sees edges and textures, which all pictures have. The statistics of a few of the
    user's pictures would be worse ones than ImageNet's.
    """
    from keras.layers import BatchNormalization

    half = len(network.layers) // 2
    for number, layer in enumerate(network.layers):
        layer.trainable = number >= half and not isinstance(layer, BatchNormalization)
