"""Teaches a network that others trained the user's labels: its last layer, then its upper half.

The last layer is taught to convergence on the features of the frozen network, which are computed
once. Fine-tuning is kept only if the validation part says that it is better.

Source: Chollet, Transfer learning and fine-tuning, https://keras.io/guides/transfer_learning.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from time import monotonic
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import Card, Json, LabelOutput
from satchel.metrics import accuracy
from satchel_train.classification import Classification, predict
from satchel_train.data.augmentation import choose_augmentation
from satchel_train.data.image_folder import check_image_folder, read_image_folder
from satchel_train.data.samples import Samples, label_names
from satchel_train.fitting.execution import PLAIN, Execution
from satchel_train.networks.backbone import Backbone, open_backbone, published_backbone
from satchel_train.networks.keras_file import leaves
from satchel_train.recipes.photos import DEFAULT, PhotosSettings
from satchel_train.recipes.photos.head import Head, fit_head, scores_of
from satchel_train.trained import Trained
from satchel_train.training_loop.class_weights import balanced_weights
from satchel_train.training_loop.history import Epoch, History
from satchel_train.training_loop.hyper_parameters import HyperParameters
from satchel_train.training_loop.variables import assign, values

HYPER = HyperParameters(epochs=10, batch_size=32, learning_rate=1e-5, schedule="cosine", patience=3)
"""The hyper-parameters of the fine-tuning. Its small steps keep what the network has learned."""
MISTAKES_TO_SHOW = 6
"""The fewest mistakes of the last layer on validation images with which fine-tuning follows
unasked. If it mended all of fewer, a sign test could not tell that from chance: 5 of 5 has p =
0.06, 6 of 6 has p = 0.03."""
SHIFT = 16
"""The largest shift of a training image, in pixels."""
SMALLEST_SCORE = 1e-7
"""The score below which Keras, too, takes no logarithm."""


class Features(NamedTuple):
    """The inputs of the last layer with their labels."""

    inputs: NDArray[np.float32]
    """(n, features)."""
    labels: NDArray[np.int32]


@dataclass(frozen=True, kw_only=True)
class PhotoTraining(Classification):
    """A classification on the features of a backbone."""

    provenance: Mapping[str, Json]
    """Fields for the card: what the backbone is, and where it is from."""

    def run(self, execution: Execution = PLAIN) -> Trained:
        """Train the model and measure it on the evaluation part."""
        trained = super().run(execution)
        return replace(trained, provenance=self.provenance)

    def fit(self, execution: Execution = PLAIN) -> tuple[Any, History[Epoch]]:
        """Return the trained keras.Model and its history, whose first epoch is the last layer's."""
        model = self.build()
        started = monotonic()
        train = self._features(model, self.parts.train)
        validation = self._features(model, self.parts.validation)
        weights = self._label_weights(train.labels)
        head = fit_head(train.inputs, train.labels, weights)
        epochs = [_figures(head, train, validation, weights, seconds=monotonic() - started)]
        _put(head, model)
        if self._asks_for_epochs or is_worth_tuning(epochs[0].val_accuracy, len(validation.labels)):
            learned = values(model.weights)
            begun = replace(self, begin=lambda model: assign(model.weights, learned))
            tuned, history = Classification.fit(begun, execution)
            best = history.epochs[history.kept - 1]
            epochs += history.epochs
            if self._rank(best) > self._rank(epochs[0]):
                return tuned, History(epochs, 1 + history.kept)
        # The validation part has decided all that it decides, so it can teach, too.
        inputs = np.concatenate([train.inputs, validation.inputs])
        labels = np.concatenate([train.labels, validation.labels])
        _put(fit_head(inputs, labels, self._label_weights(labels)), model)
        return model, History(epochs, 1)

    @property
    def _asks_for_epochs(self) -> bool:
        """Whether the user chose anything that only fine-tuning has."""
        names = {field.name for field in fields(self.hyper)} - {"class_weights"} | {"augment"}
        return any(getattr(self.settings, name, None) is not None for name in names)

    def _label_weights(self, labels: NDArray[np.int32]) -> NDArray[np.float32] | None:
        """Return the weight of each label in the loss; None if all count alike."""
        if self.chosen_hyper().class_weights != "balanced":
            return None
        return balanced_weights(labels, count=len(label_names(self.card)))

    def _rank(self, epoch: Epoch) -> tuple[float, ...]:
        """Return what is larger for the better epoch, as ``fit`` chooses its best one.

        With few images, the accuracy is often equal.
        """
        if self.chosen_hyper().class_weights == "balanced":
            return (-epoch.val_loss,)
        return epoch.val_accuracy, -epoch.val_loss

    def _features(self, model: Any, samples: Samples) -> Features:
        """Return the inputs of the last layer of ``model``, which are computed batch by batch."""
        from keras import Model

        inputs, labels = self.examples(samples)
        network = Model(model.input, model.layers[-1].input)
        return Features(predict(network, inputs), labels)


def prepare(settings: PhotosSettings) -> PhotoTraining:
    """Return the training on the class folders in ``settings.data_dir``.

    Raises DataError for images, weights or a backbone that are missing or unsuitable.
    """
    # Before anything is downloaded.
    check_image_folder(settings.data_dir)
    if settings.backbone is None:
        backbone = published_backbone(settings.model or DEFAULT, weights=settings.weights)
    else:
        backbone = open_backbone(settings.backbone, mean=settings.mean, std=settings.std)
    data = read_image_folder(settings.data_dir, backbone.image)
    card = Card(
        name=f"photos_{backbone.name}",
        version="1.0.0",
        task="image-classification",
        input=backbone.image,
        output=LabelOutput(data.names),
    )
    return PhotoTraining(
        card=card,
        parts=data.parts,
        build=lambda: build_half_frozen(backbone, labels=len(data.names)),
        hyper=HYPER,
        settings=settings,
        quantization_aware=settings.quantization_aware,
        data_sha256=data.sha256,
        findings=data.findings,
        augment=choose_augmentation(
            settings.augment, own=None, shift=SHIFT, labels=len(data.names)
        ),
        test_time_augmentation=settings.test_time_augmentation,
        provenance=backbone.provenance,
    )


def is_worth_tuning(accuracy: float, samples: int) -> bool:
    """Return whether ``samples`` validation images could show that fine-tuning is better.

    ``accuracy`` is that of the last layer on them, 0 to 1.

    >>> is_worth_tuning(0.6, 10), is_worth_tuning(0.4, 10), is_worth_tuning(0.98, 500)
    (False, True, True)
    """
    return round((1 - accuracy) * samples) >= MISTAKES_TO_SHOW


def build_half_frozen(backbone: Backbone, *, labels: int) -> Any:
    """Return the network of ``backbone`` with a new last layer, a softmax of ``labels``.

    The lower half is frozen, because it detects edges and textures, which all images have. The
    statistics of normalization are frozen, too, because those of a few images would be worse than
    those of the images that the network was trained on.
    """
    from keras import Model, layers

    network = backbone.build()
    network.trainable = True
    every = list(leaves(network))
    for number, layer in enumerate(every):
        frozen = number < len(every) // 2 or isinstance(layer, layers.BatchNormalization)
        layer.trainable = not frozen
    head = layers.Dense(labels, activation="softmax", dtype="float32", name="scores_of_labels")
    return Model(network.input, head(network.output))


def _put(head: Head, model: Any) -> None:
    """Give the last layer of ``model`` the weights ``head``."""
    model.layers[-1].set_weights([head.kernel, head.bias])


def _figures(
    head: Head,
    train: Features,
    validation: Features,
    weights: NDArray[np.float32] | None,
    *,
    seconds: float,
) -> Epoch:
    """Return what an epoch records, for a last layer that was taught by other means."""
    (loss, right), (val_loss, val_right) = (
        _measured(head, part, weights) for part in (train, validation)
    )
    return Epoch(loss, right, val_loss, val_right, seconds)


def _measured(
    head: Head, part: Features, weights: NDArray[np.float32] | None
) -> tuple[float, float]:
    """Return the mean cross-entropy in nats, with the labels' weights, and the accuracy."""
    scores = scores_of(head, part.inputs)
    chances = scores[np.arange(len(part.labels)), part.labels]
    losses = -np.log(chances.clip(SMALLEST_SCORE))
    loss = (losses if weights is None else losses * weights[part.labels]).mean()
    return float(loss), accuracy(scores.astype(np.float32), part.labels)
