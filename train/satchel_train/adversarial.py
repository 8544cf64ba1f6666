"""A generator and a discriminator that learn from each other, in steps of one model.

Sources: Goodfellow et al. 2014, Generative Adversarial Nets, with the loss for the generator that
does not saturate; Yazici et al. 2019, The Unusual Effectiveness of Averaging in GAN Training.
"""

from typing import Any

from satchel_train.differentiable_augmentation import change

AVERAGE_KEEPS = 0.995
"""Share of the averaged weights that a step leaves"""


def build_adversaries(generator: Any, discriminator: Any, averaged: Any) -> Any:
    """Return a keras.Model whose every step trains both, on whichever backend.

    It takes a mapping: ``pictures`` (n, side, side, channels) from -1 to 1, ``latents``
    (n, length) and ``changes`` for both kinds of picture.

    Args:
        generator: latents to pictures from -1 to 1.
        discriminator: pictures to logits, (n, 1), above 0 for those it takes for real.
        averaged: built as ``generator``; its weights follow the generator's slowly.

    """
    import keras
    from keras import ops

    class Adversaries(keras.Model):  # type: ignore[misc]
        def __init__(self) -> None:
            # Its networks may compute in mixed precision, what lies between them does not.
            super().__init__(dtype="float32")
            self.generator = generator
            self.discriminator = discriminator
            self.averaged = averaged
            self.averaged.trainable = False
            self.averaged.set_weights(generator.get_weights())
            self.generator_loss = keras.metrics.Mean(name="generator_loss")
            self.discriminator_loss = keras.metrics.Mean(name="discriminator_loss")

        def call(self, inputs: Any) -> Any:
            changes = inputs["changes"]
            generated = change(self.generator(inputs["latents"], training=True), changes)
            # Never both kinds in one batch: their statistics would tell which is which.
            real_logits = self.discriminator(change(inputs["pictures"], changes), training=True)
            logits = self.discriminator(ops.stop_gradient(generated), training=True)
            self._note(self.discriminator_loss, ops.softplus(-real_logits) + ops.softplus(logits))
            self._note(self.generator_loss, ops.softplus(-self._judge_unmoved(generated)))
            self._average()
            return generated

        def _note(self, metric: Any, losses: Any) -> None:
            loss = ops.mean(losses)
            self.add_loss(loss)
            metric.update_state(loss)

        def _average(self) -> None:
            pairs = zip(self.averaged.variables, self.generator.variables, strict=True)
            for slow, fast in pairs:
                slow.assign(AVERAGE_KEEPS * slow.value + (1 - AVERAGE_KEEPS) * fast.value)

        def _judge_unmoved(self, generated: Any) -> Any:
            """Return logits whose gradient reaches the generator, and not the discriminator."""
            judge = self.discriminator
            fixed = [ops.stop_gradient(weight.value) for weight in judge.trainable_variables]
            state = [variable.value for variable in judge.non_trainable_variables]
            logits, _ = judge.stateless_call(fixed, state, generated, training=True)
            return logits

    return Adversaries()
