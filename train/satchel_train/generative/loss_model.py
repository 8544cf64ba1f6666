"""A model whose outputs are its own losses, by name.

Networks that are trained without labels have losses of their own kind. This is the only way to
train them that TensorFlow, JAX and PyTorch share.
"""

from collections.abc import Callable, Mapping
from typing import Any


def build_loss_model(
    networks: Mapping[str, Any],
    *,
    losses: Callable[[Any], Mapping[str, Any]],
    weights: Mapping[str, float],
) -> Any:
    """Return a keras.Model whose steps reduce the weighted sum of ``losses``.

    Args:
        networks: everything with weights, trained or not; each becomes an attribute of the model.
        losses: a function from a batch of inputs to scalars, by name.
        weights: the weight of each loss, in the order in which they are recorded.

    """
    import keras

    class LossModel(keras.Model):  # type: ignore[misc]
        def __init__(self) -> None:
            # Networks may compute in mixed precision, but the losses must not.
            super().__init__(dtype="float32")
            for name, network in networks.items():
                setattr(self, name, network)
            self.noted = [keras.metrics.Mean(name=name) for name in weights]
            # Its networks are built already. To find out, PyTorch would run them on empty tensors.
            self.built = True

        def call(self, inputs: Any) -> Mapping[str, Any]:
            found = losses(inputs)
            self.add_loss(sum(weights[name] * loss for name, loss in found.items()))
            return found

        def compute_metrics(
            self,
            x: Any,  # noqa: ARG002  Keras passes four things by these names
            y: Any,  # noqa: ARG002
            y_pred: Mapping[str, Any],
            sample_weight: Any = None,  # noqa: ARG002
        ) -> Any:
            # Not in ``call``: there, JAX keeps only the values of weights.
            for metric in self.noted:
                metric.update_state(y_pred[metric.name])
            return self.get_metrics_result()

    return LossModel()
