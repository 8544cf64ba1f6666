"""One step of a training that several replicas of a model share, with the result of one.

A replica is the copy of the model on one device, of this machine or of another. The gradient, the
figures and the statistics of batch normalization are those of the whole batch, whatever number of
rows each replica has.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np

LARGEST_FLOAT16 = 65504.0


class Objective(Protocol):
    """What a training minimizes and notes."""

    def __call__(self, rows: Any, *, training: bool) -> tuple[Any, Mapping[str, Any]]:
        """Return the loss to minimize and the figures to note by name.

        All are float32 scalars, and means over the rows.
        """


class Part(NamedTuple):
    """The part of a batch that one replica computes."""

    rows: Any
    """The rows, in the structure of the batch."""
    share: np.float32
    """The number of these rows, as a share of the batch's."""
    weight: np.float32
    """1, or 1 / n where all n replicas compute the same rows."""


def divide(batch: Any, *, replicas: Sequence[int], count: int) -> list[Part]:
    """Return the part of ``batch`` for each of ``replicas``, which are numbers below ``count``.

    Each replica takes every ``count``-th row. A batch with fewer rows than replicas is computed by
    all of them: a replica without rows would have neither a loss nor statistics.
    """
    from keras import tree

    total = rows_of(batch)
    if total < count:
        return [Part(batch, np.float32(1), np.float32(1 / count))] * len(replicas)

    def part(replica: int) -> Part:
        rows = tree.map_structure(lambda array: array[replica::count], batch)
        return Part(rows, np.float32(rows_of(rows) / total), np.float32(1))

    return [part(replica) for replica in replicas]


def rows_of(batch: Any) -> int:
    """Return the number of rows of a batch, which is a structure of arrays."""
    from keras import tree

    return len(tree.flatten(batch)[0])


def training_step(strategy: Any, model: Any, objective: Objective) -> Any:
    """Return a function from the parts of this process's replicas to the batch's figures.

    It changes the weights of ``model`` as one device would, that has the whole batch. ``strategy``
    is the tf.distribute.Strategy in whose scope the model and its optimizer were built.
    """
    import tensorflow

    _synchronize_normalization(model)
    in_float16 = _computed_in_float16(model)

    def on_replica(part: Part) -> Mapping[str, Any]:
        weights = model.trainable_variables
        with tensorflow.GradientTape() as tape:
            loss, figures = objective(part.rows, training=True)
            # The gradient of each row is now that of the whole batch, also in float16.
            loss = model.optimizer.scale_loss(loss * part.share)
        gradients = [
            tensorflow.convert_to_tensor(gradient) * part.weight
            for gradient in tape.gradient(loss, weights)
        ]
        _apply(model.optimizer, gradients, weights, in_float16)
        return figures

    return _on_replicas(strategy, on_replica)


def measuring_step(strategy: Any, objective: Objective) -> Any:
    """Return a function from the parts of this process's replicas to the batch's figures."""
    return _on_replicas(strategy, lambda part: objective(part.rows, training=False)[1])


def _on_replicas(strategy: Any, on_replica: Callable[[Part], Mapping[str, Any]]) -> Any:
    """Return a function that runs ``on_replica`` on each part, and adds the figures up."""
    import tensorflow
    from keras import tree

    local = local_replicas(strategy)

    def step(parts: Sequence[Part]) -> Mapping[str, Any]:
        def weighted() -> Mapping[str, Any]:
            context = tensorflow.distribute.get_replica_context()
            number = tensorflow.get_static_value(context.replica_id_in_sync_group)
            part = parts[local.index(number)]
            figures = on_replica(part)
            return {name: figure * part.share * part.weight for name, figure in figures.items()}

        figures = strategy.run(weighted)
        return {name: strategy.reduce("SUM", each, axis=None) for name, each in figures.items()}

    compiled: Any = None

    def run(parts: Sequence[Part]) -> Mapping[str, Any]:
        nonlocal compiled
        if compiled is None:
            # One graph for any number of rows: replicas with other graphs would not find each
            # other, because each new graph numbers its collectives anew.
            signature = tree.map_structure(_of_any_length, list(parts))
            compiled = tensorflow.function(step, input_signature=[signature], autograph=False)
        figures: Mapping[str, Any] = compiled(list(parts))
        return figures

    return run


def local_replicas(strategy: Any) -> range:
    """Return the numbers of those replicas that this process runs."""
    here = len(strategy.extended.worker_devices)
    cluster = strategy.cluster_resolver
    first = 0 if cluster is None else cluster.task_id * here
    return range(first, first + here)


def _of_any_length(array: Any) -> Any:
    import tensorflow

    values = np.asarray(array)
    return tensorflow.TensorSpec((None, *values.shape[1:])[: values.ndim], values.dtype)


def _apply(
    optimizer: Any, gradients: Sequence[Any], weights: Sequence[Any], in_float16: Sequence[bool]
) -> None:
    """Change ``weights`` by the sum of all replicas' ``gradients``."""
    import tensorflow
    from keras.optimizers import LossScaleOptimizer

    if isinstance(optimizer, LossScaleOptimizer):
        # Keras looks for an overflow before it adds the gradients up. Replicas that do not agree
        # would wait for each other, so that all look at the sum. The optimizer adds it up again.
        context = tensorflow.distribute.get_replica_context()
        gradients = [
            _overflow(total) if half else total
            for total, half in zip(
                context.all_reduce("SUM", list(gradients)), in_float16, strict=True
            )
        ]
        gradients = [gradient / context.num_replicas_in_sync for gradient in gradients]
    optimizer.apply(gradients, weights)


def _overflow(total: Any) -> Any:
    """Return a sum of gradients, with infinity where one device would overflow in float16."""
    import tensorflow

    return tensorflow.where(abs(total) > LARGEST_FLOAT16, np.float32(np.inf), total)


def _computed_in_float16(model: Any) -> list[bool]:
    """Return for each trainable variable of ``model`` whether its layer computes in float16."""
    halves = {
        id(variable)
        for layer in model._flatten_layers()
        if layer.compute_dtype == "float16"
        for variable in layer._trainable_variables
        if variable._autocast
    }
    return [id(variable) in halves for variable in model.trainable_variables]


def _synchronize_normalization(model: Any) -> None:
    """Make batch normalization use the statistics of all replicas' rows."""
    from keras.layers import BatchNormalization

    for layer in model._flatten_layers():
        if isinstance(layer, BatchNormalization):
            layer.synchronized = True
