"""Trains a student to give the scores of a teacher, besides the right labels.

The teacher sees every batch as the student does, with the same shifts and mirrored images, so that
its scores belong to what the student sees.

Sources: Hinton et al. 2015, Distilling the Knowledge in a Neural Network; Beyer et al. 2022,
Knowledge distillation: A good teacher is patient and consistent.
"""

from typing import Any

TEMPERATURE = 4.0
"""Divides the logits of both before they are compared. Above 1, the small scores, which say what
else an input resembles, count as well."""
SMALLEST_SCORE = 1e-7
"""The smallest score of which a logarithm is taken."""


def taught_by(teacher: Any, student: Any) -> Any:
    """Return a keras.Model that scores as ``student``, and whose steps teach it.

    In training, it adds the teacher's loss. Only the student's weights are trained. Both read the
    same inputs, and end in softmax.
    """
    import keras

    class Taught(keras.Model):  # type: ignore[misc]
        def __init__(self) -> None:
            # The networks may compute in mixed precision, but the losses must not.
            super().__init__(dtype="float32")
            self.student, self.teacher = student, teacher
            # Both are built already. To find out, PyTorch would run them on empty tensors.
            self.built = True

        def call(self, inputs: Any, training: Any = False) -> Any:
            scores = self.student(inputs, training=training)
            if training:
                wanted = self.teacher(inputs, training=False)
                self.add_loss(keras.ops.mean(softened_loss(wanted, scores)))
            return scores

    teacher.trainable = False
    return Taught()


def softened_loss(teacher: Any, student: Any) -> Any:
    """Return how far ``student`` is from ``teacher`` in each sample, in nats, (n,).

    Both are softmax scores, (n, labels). It is the relative entropy of the scores at TEMPERATURE,
    times TEMPERATURE. So its gradient to the student's logits is the difference of the softened
    scores, as that of the cross-entropy is the difference of scores and label: neither outweighs
    the other. Times its square, as Hinton et al. have it, the steps of a rate that was chosen for
    the labels would be several times as long.
    """
    from keras import ops

    wanted, found = (
        ops.log_softmax(
            ops.log(ops.maximum(ops.cast(scores, "float32"), SMALLEST_SCORE)) / TEMPERATURE
        )
        for scores in (teacher, student)
    )
    return TEMPERATURE * ops.sum(ops.exp(wanted) * (wanted - found), axis=-1)
