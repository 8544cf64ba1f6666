"""Trains a residual network of less than a million parameters on CIFAR-100."""

from dataclasses import replace

from satchel.bundle import Card, ImageInput, LabelOutput
from satchel_train.classification import Classification
from satchel_train.data.augment_names import AugmentName
from satchel_train.data.augmentation import choose_augmentation
from satchel_train.data.image_folder import ImageFolder, is_image_folder, read_image_folder
from satchel_train.data.published_parts import PublishedData
from satchel_train.networks.residual_network import build_residual_network
from satchel_train.recipes.cifar100 import Cifar100Settings
from satchel_train.recipes.cifar100.data import SIDE, SOURCE, read_parts
from satchel_train.training_loop.hyper_parameters import HyperParameters

MEAN = (129.3, 124.1, 112.4)
"""The mean red, green and blue of the training images, 0 to 255."""
DEVIATION = (68.2, 65.4, 70.4)
IMAGE = ImageInput(
    height=SIDE,
    width=SIDE,
    fit="crop",
    scale=tuple(1 / deviation for deviation in DEVIATION),
    offset=tuple(-mean / deviation for mean, deviation in zip(MEAN, DEVIATION, strict=True)),
)
AUGMENT: tuple[AugmentName, ...] = ("shift", "mirror")
"""The augmentation of CIFAR-100's own images."""
SHIFT = 4
"""The largest shift of a training image, in pixels."""
HYPER = HyperParameters(
    epochs=30,
    batch_size=128,
    learning_rate=0.1,
    optimizer="nesterov",
    schedule="warmup_cosine",
    weight_decay=5e-3,
    label_smoothing=0.1,
)

ON_USERS_IMAGES = replace(HYPER, batch_size=32, learning_rate=0.05)
"""The hyper-parameters for images of the user's. Two hundred of them in batches of 128 would be 60
steps in all, in which the network does not learn to tell an arrow to the left from one to the
right."""


def prepare(settings: Cifar100Settings) -> Classification:
    """Return the training on 47,500 images, with 10,000 test images for evaluation.

    If the data folder holds images in place of the published file, these images are used instead.
    """
    data: ImageFolder | PublishedData
    if is_image_folder(settings.data_dir, unless=SOURCE.name):
        data = images = read_image_folder(settings.data_dir, IMAGE)
        names, name, own, hyper = images.names, "pictures_cnn", None, ON_USERS_IMAGES
    else:
        data, names = read_parts(settings.data_dir)
        name, own, hyper = "cifar100_cnn", AUGMENT, HYPER
    card = Card(
        name=name,
        version="1.0.0",
        task="image-classification",
        input=IMAGE,
        output=LabelOutput(names),
    )
    return Classification(
        card=card,
        parts=data.parts,
        build=lambda: build_residual_network(
            IMAGE, stem=32, stages=(64, 112, 144), labels=len(names)
        ),
        hyper=hyper,
        settings=settings,
        quantization_aware=settings.quantization_aware,
        data_sha256=data.sha256,
        findings=data.findings,
        augment=choose_augmentation(settings.augment, own=own, shift=SHIFT, labels=len(names)),
        test_time_augmentation=settings.test_time_augmentation,
    )
