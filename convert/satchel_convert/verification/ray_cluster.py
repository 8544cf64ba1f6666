"""Runs shards on the machines of an existing Ray cluster.

Every machine needs satchel-convert, but no samples: each task carries its own samples, and the
models are sent once. Ray: Moritz et al., "Ray: A Distributed Framework for Emerging AI
Applications", 2018 (https://arxiv.org/abs/1712.05889).
"""

import functools
import multiprocessing
import os
import socket
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from satchel.device import Ending
from satchel.errors import InputError, SatchelError, first_line
from satchel_convert.errors import ConversionError
from satchel_convert.isolation import call_in_child
from satchel_convert.verification.predictions import (
    Executor,
    ModelSet,
    Shard,
    ShardPredictions,
    in_order,
    predict_shard,
)

KNOCK_S = 5.0
"""Seconds within which a machine must accept a connection"""
CONNECT_S = 60.0
"""Seconds within which Ray must connect; without a limit it would try for ever"""


def ray_tasks(address: str) -> Executor:
    """Return an executor on the Ray cluster at ``address``, HOST:PORT, with one core for a shard.

    A child process tests the address first, so a script needs the guard
    ``if __name__ == "__main__"``. This machine must be part of the cluster.

    Raises ConversionError if Ray is not installed, or if no cluster of its version answers. The
    executor raises ConversionError if a machine cannot do its work, and the exceptions of models.
    """
    _check_ray()
    _knock(address)
    _try(address)

    def executor(
        model_sets: Sequence[ModelSet], shards: Iterable[Shard]
    ) -> Iterator[ShardPredictions]:
        import ray

        _connect(address)
        try:
            held = ray.put(list(model_sets))
            task = ray.remote(_predict)

            def submit(shard: Shard) -> _Task:
                # In a list, or Ray would unpack the models for each task.
                return _Task(shard, task.remote([held], [each.carried() for each in shard]))

            # Two shards for each core, so that no core waits for the next shard.
            ahead = 2 * int(ray.cluster_resources().get("CPU", 1))
            yield from in_order(submit, _fetch, shards, ahead=ahead)
        finally:
            ray.shutdown()

    return executor


class _Task(NamedTuple):
    shard: Shard
    predictions: Any
    """Ray's reference to the predictions"""


def _fetch(task: _Task) -> ShardPredictions:
    import ray

    try:
        predictions: ShardPredictions = ray.get(task.predictions)
        return predictions
    except ray.exceptions.RayTaskError as error:
        if isinstance(error.cause, InputError):
            # Read the inputs again here, where the error can name the file.
            for inputs in task.shard:
                inputs[:]
        if isinstance(error.cause, SatchelError):
            raise error.cause from error
        raise _failure(error.cause) from error
    except ray.exceptions.RayError as error:
        raise _failure(error) from error


def _failure(error: BaseException) -> ConversionError:
    return ConversionError(
        "Expected every machine of the Ray cluster to run its samples, with the same"
        f" satchel-convert installed, got: {type(error).__name__}: {first_line(error)}"
    )


def _predict(held: Sequence[Any], shard: Shard) -> ShardPredictions:
    """Return the predictions for a shard; this runs on the cluster."""
    return predict_shard(_model_sets(held[0]), shard)


# Each of the cluster's processes runs many tasks in turn, so it keeps the open models.
@functools.lru_cache(maxsize=1)
def _model_sets(held: Any) -> Sequence[ModelSet]:
    import ray

    model_sets: Sequence[ModelSet] = ray.get(held)
    return model_sets


def _check_ray() -> None:
    try:
        # Ray reads this when it is imported, and then sends no usage statistics.
        os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
        import ray  # noqa: F401
    except ImportError as error:
        raise ConversionError(
            "Expected Ray for --ray, it is not installed: pip install ray."
        ) from error


def _knock(address: str) -> None:
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=KNOCK_S).close()
    except (OSError, OverflowError) as error:
        raise _nobody(address, getattr(error, "strerror", None) or first_line(error)) from error


def _try(address: str) -> None:
    """Connect in a child process, which can be ended if Ray never returns."""
    context = multiprocessing.get_context("spawn")
    try:
        found = call_in_child(context, _visit, (address,), deadline_s=CONNECT_S)
    except ConversionError as error:
        raise _nobody(address, str(error)) from error
    if isinstance(found, Ending):
        late = found.exit_code is None
        raise _nobody(address, f"nothing within {CONNECT_S:g} s" if late else "a crash")


def _nobody(address: str, reason: str) -> ConversionError:
    return ConversionError(
        f"Expected a Ray cluster at {address} that this machine is part of, got: {reason}"
    )


def _visit(address: str) -> None:
    import ray

    _connect(address)
    ray.shutdown()


def _connect(address: str) -> None:
    import ray

    ray.init(address=address, log_to_driver=False, logging_level="ERROR")
