"""Trains a generator and a discriminator against each other, in the steps of one model.

Sources: Goodfellow et al. 2014, Generative Adversarial Nets, with the loss for the generator that
does not saturate; Yazici et al. 2019, The Unusual Effectiveness of Averaging in GAN Training.
"""

from collections.abc import Mapping
from typing import Any

from satchel_train.generative.differentiable_augmentation import change
from satchel_train.generative.loss_model import build_loss_model

AVERAGE_KEEPS = 0.995
"""The share of the averaged weights that a step keeps."""


def build_adversaries(generator: Any, discriminator: Any, averaged: Any) -> Any:
    """Return a keras.Model whose every step trains both.

    It takes a mapping: ``images`` (n, side, side, channels) from -1 to 1, ``latents``
    (n, length) and ``changes`` for both kinds of image.

    Args:
        generator: latents to images from -1 to 1.
        discriminator: images to logits, (n, 1), above 0 for images that it considers real.
        averaged: built as ``generator``; its weights follow the generator's slowly.

    """
    from keras import ops

    averaged.trainable = False
    averaged.set_weights(generator.get_weights())

    def losses(inputs: Mapping[str, Any]) -> dict[str, Any]:
        changes = inputs["changes"]
        generated = change(generator(inputs["latents"], training=True), changes)
        # Never mix both kinds in one batch: batch statistics would tell them apart.
        real_logits = discriminator(change(inputs["images"], changes), training=True)
        logits = discriminator(ops.stop_gradient(generated), training=True)
        _follow(averaged, generator)
        return {
            "generator_loss": ops.mean(ops.softplus(-_judge_unmoved(discriminator, generated))),
            "discriminator_loss": ops.mean(ops.softplus(-real_logits) + ops.softplus(logits)),
        }

    networks = {"generator": generator, "discriminator": discriminator, "averaged": averaged}
    weights = {"generator_loss": 1.0, "discriminator_loss": 1.0}
    return build_loss_model(networks, losses=losses, weights=weights)


def _follow(averaged: Any, generator: Any) -> None:
    for slow, fast in zip(averaged.variables, generator.variables, strict=True):
        slow.assign(AVERAGE_KEEPS * slow.value + (1 - AVERAGE_KEEPS) * fast.value)


def _judge_unmoved(discriminator: Any, generated: Any) -> Any:
    """Return logits whose gradient reaches the generator but not the discriminator."""
    from keras import ops

    fixed = [ops.stop_gradient(weight.value) for weight in discriminator.trainable_variables]
    state = [variable.value for variable in discriminator.non_trainable_variables]
    logits, _ = discriminator.stateless_call(fixed, state, generated, training=True)
    return logits
