"""A generator and a discriminator of small images, both convolutional.

Source: Radford et al. 2016, Unsupervised Representation Learning with Deep Convolutional GANs. The
generator enlarges by nearest neighbours and not by strides: Odena et al. 2016, Deconvolution and
Checkerboard Artifacts.
"""

from typing import Any

SMALLEST = 4
"""Height and width at which the generator begins, in pixels."""


def build_generator(*, latent: int, channels: tuple[int, ...]) -> Any:
    """Return a keras.Model from latents, float32 (n, latent), to images from -1 to 1.

    Args:
        latent: the length of the vector that an image is made of.
        channels: the channels at 4 by 4 pixels, 8 by 8 and so on, up to the size of the images.

    """
    from keras import Input, Model, layers

    first, *further = channels
    latents = Input((latent,), name="latent")
    values = layers.Dense(SMALLEST * SMALLEST * first, use_bias=False, name="first")(latents)
    values = layers.Reshape((SMALLEST, SMALLEST, first), name="first_square")(values)
    values = _normalized(values, name="first")
    for number, count in enumerate(further, 1):
        name = f"doubled_{number}"
        values = layers.UpSampling2D(2, interpolation="nearest", name=name)(values)
        values = layers.Conv2D(count, 3, padding="same", use_bias=False, name=f"{name}_filter")(
            values
        )
        values = _normalized(values, name=name)
    images = layers.Conv2D(
        3, 3, padding="same", activation="tanh", dtype="float32", name="pictures"
    )(values)
    return Model(latents, images)


def build_discriminator(*, side: int, channels: tuple[int, ...]) -> Any:
    """Return a keras.Model from images, float32 (n, side, side, 3), to logits (n, 1).

    Args:
        side: height and width of an image, in pixels.
        channels: the channels of each convolution, which halves height and width.

    """
    from keras import Input, Model, layers

    images = Input((side, side, 3), name="pictures")
    values = images
    for number, count in enumerate(channels, 1):
        values = layers.Conv2D(count, 4, strides=2, padding="same", name=f"halved_{number}")(values)
        if number > 1:
            values = layers.BatchNormalization(momentum=0.9, name=f"halved_{number}_normalization")(
                values
            )
        values = layers.LeakyReLU(0.2, name=f"halved_{number}_relu")(values)
    values = layers.Flatten(name="flat")(values)
    return Model(images, layers.Dense(1, dtype="float32", name="logit")(values))


def _normalized(values: Any, *, name: str) -> Any:
    from keras import layers

    values = layers.BatchNormalization(momentum=0.9, name=f"{name}_normalization")(values)
    return layers.ReLU(name=f"{name}_relu")(values)
