"""Fine-tunes a pretrained network on the user's images: first its last layer, then its upper half.

Source: Chollet, Transfer learning and fine-tuning, https://keras.io/guides/transfer_learning.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from satchel.bundle import Card, LabelOutput
from satchel_train.classification import Classification, predict
from satchel_train.data.augmentation import choose_augmentation
from satchel_train.data.batches import shuffled_batches
from satchel_train.data.image_folder import read_image_folder
from satchel_train.data.inputs import Examples
from satchel_train.fitting.execution import PLAIN, Execution
from satchel_train.networks.pretrained import (
    PRETRAINED,
    RANDOM,
    Pretrained,
    find_weights,
    load_weights,
    take_red_first,
)
from satchel_train.recipes.photos import PhotosSettings
from satchel_train.training_loop.history import Epoch, History
from satchel_train.training_loop.hyper_parameters import HyperParameters
from satchel_train.training_loop.precision import dtype_policy
from satchel_train.training_loop.variables import assign, values

HYPER = HyperParameters(epochs=10, batch_size=32, learning_rate=1e-5, schedule="cosine", patience=3)
"""The hyper-parameters of the fine-tuning. Its small steps keep what ImageNet taught."""
HEAD_EPOCHS = 30
HEAD_RATE = 1e-3
SHIFT = 16
"""The largest shift of a training image, in pixels."""
IMAGES_AT_ONCE = 32


@dataclass(frozen=True)
class FineTuning(Classification):
    """A classification whose last layer is trained first, while all other layers are fixed.

    An untrained last layer would spoil the other layers in its first steps.
    """

    def fit(self, execution: Execution = PLAIN) -> tuple[Any, History[Epoch]]:
        """Return the trained keras.Model and the history of its second part."""
        with dtype_policy(execution.precision):
            # Not where several devices share the variables: Keras's own loop teaches.
            taught = teach_last_layer(
                self.build(), self.examples(self.parts.train), seed=self.settings.seed
            )
        weights = values(taught.weights)

        def build() -> Any:
            model = self.build()
            assign(model.weights, weights)
            return model

        return Classification.fit(replace(self, build=build), execution)


def prepare(settings: PhotosSettings) -> FineTuning:
    """Return the training on the class folders in ``settings.data_dir``.

    Raises DataError for images or weights that are missing or unsuitable.
    """
    pretrained = PRETRAINED[settings.model]
    data = read_image_folder(settings.data_dir, pretrained.image)
    card = Card(
        name=f"photos_{settings.model}",
        version="1.0.0",
        task="image-classification",
        input=pretrained.image,
        output=LabelOutput(data.names),
    )
    weights = None
    if settings.weights != RANDOM:
        weights = find_weights(pretrained.source, settings.weights)
    return FineTuning(
        card=card,
        parts=data.parts,
        build=lambda: build_half_frozen(pretrained, weights, labels=len(data.names)),
        hyper=HYPER,
        settings=settings,
        quantization_aware=settings.quantization_aware,
        data_sha256=data.sha256,
        findings=data.findings,
        augment=choose_augmentation(
            settings.augment, own=None, shift=SHIFT, labels=len(data.names)
        ),
        test_time_augmentation=settings.test_time_augmentation,
    )


def build_half_frozen(pretrained: Pretrained, weights: Path | None, *, labels: int) -> Any:
    """Return ``pretrained`` with a new last layer, a softmax of ``labels``.

    It has ``weights``, or random ones for None. The lower half is frozen, because it detects edges
    and textures, which all images have. The statistics of normalization are frozen, too, because
    those of a few images would be worse than ImageNet's.
    """
    from keras import Model, layers

    network = pretrained.build(pretrained.image)
    if weights is not None:
        load_weights(network, weights)
        if pretrained.blue_first:
            take_red_first(network.get_layer(pretrained.first_convolution))
    half = len(network.layers) // 2
    for number, layer in enumerate(network.layers):
        layer.trainable = number >= half and not isinstance(layer, layers.BatchNormalization)
    head = layers.Dense(labels, activation="softmax", dtype="float32", name="scores")
    return Model(network.input, head(network.output))


def teach_last_layer(model: Any, train: Examples, *, seed: int) -> Any:
    """Return ``model`` after training its last layer on ``train``, with all other layers fixed.

    ``seed`` decides the order of the samples.
    """
    from keras import Input, Model
    from keras.optimizers import Adam

    head = model.layers[-1]
    network = Model(model.input, head.input)
    features = predict(network, train.inputs)
    inputs = Input(features.shape[1:])
    alone = Model(inputs, head(inputs))
    alone.compile(optimizer=Adam(HEAD_RATE), loss="sparse_categorical_crossentropy")
    batches = shuffled_batches(
        train._replace(inputs=features), batch_size=IMAGES_AT_ONCE, seed=seed
    )
    for epoch in range(HEAD_EPOCHS):
        batches.start_epoch(epoch)
        alone.fit(batches, shuffle=False, verbose=0)
    return model
