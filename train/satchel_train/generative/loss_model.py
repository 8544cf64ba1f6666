"""A model that is trained by what it says of itself: its losses, by name.

Networks that are trained without labels have losses of their own kind. This is the one way to train
them that TensorFlow, JAX and PyTorch have in common.
"""

from collections.abc import Callable, Mapping
from typing import Any


def build_loss_model(
    networks: Mapping[str, Any],
    *,
    losses: Callable[[Any], Mapping[str, Any]],
    weights: Mapping[str, float],
) -> Any:
    """Return a keras.Model whose steps make the weighted sum of ``losses`` smaller.

    Args:
        networks: what is trained and what else holds weights; attributes of the model.
        losses: a batch of inputs to scalars, by name.
        weights: of each of them, in the order that they are noted in.

    """
    import keras

    class LossModel(keras.Model):  # type: ignore[misc]
        def __init__(self) -> None:
            # Networks may compute in mixed precision, what lies between them does not.
            super().__init__(dtype="float32")
            for name, network in networks.items():
                setattr(self, name, network)
            self.noted = [keras.metrics.Mean(name=name) for name in weights]
            # As its networks are. To find out, PyTorch would run them without numbers in them.
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
            # Not in ``call``: JAX keeps nothing there that is no weight.
            for metric in self.noted:
                metric.update_state(y_pred[metric.name])
            return self.get_metrics_result()

    return LossModel()
