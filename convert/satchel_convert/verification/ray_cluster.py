"""Shards answered by the machines of a Ray cluster that is already there.

Every machine has satchel-convert, and nothing of the samples: these travel with each task, the
models once. Ray: Moritz et al., "Ray: A Distributed Framework for Emerging AI Applications", 2018
(https://arxiv.org/abs/1712.05889).
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
"""Seconds for a machine to answer at all"""
CONNECT_S = 60.0
"""Seconds for Ray to connect: left alone, it would try for ever"""


def ray_tasks(address: str) -> Executor:
    """Return what answers shards on the Ray cluster at ``address``, HOST:PORT, a core a shard.

    A script that comes here needs the guard ``if __name__ == "__main__"``: a child tries the
    address first. This machine must be one of the cluster's.

    Raises ConversionError without Ray, or where no cluster of its version answers; the answers
    raise it where a machine cannot do its work, and what a model raises.
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
            task = ray.remote(_answer)

            def submit(shard: Shard) -> _Task:
                # In a list, or Ray would unpack the models for each task.
                return _Task(shard, task.remote([held], [each.carried() for each in shard]))

            # Two a core, so that none waits for the next.
            ahead = 2 * int(ray.cluster_resources().get("CPU", 1))
            yield from in_order(submit, _fetch, shards, ahead=ahead)
        finally:
            ray.shutdown()

    return executor


class _Task(NamedTuple):
    shard: Shard
    predictions: Any
    """Ray's reference to them"""


def _fetch(task: _Task) -> ShardPredictions:
    import ray

    try:
        predictions: ShardPredictions = ray.get(task.predictions)
        return predictions
    except ray.exceptions.RayTaskError as error:
        if isinstance(error.cause, InputError):
            # Here the files have names.
            for inputs in task.shard:
                inputs[:]
        if isinstance(error.cause, SatchelError):
            raise error.cause from error
        raise _failure(error.cause) from error
    except ray.exceptions.RayError as error:
        raise _failure(error) from error


def _failure(error: BaseException) -> ConversionError:
    return ConversionError(
        "Expected every machine of the Ray cluster to answer its samples, with the same"
        f" satchel-convert installed, got: {type(error).__name__}: {first_line(error)}"
    )


def _answer(held: Sequence[Any], shard: Shard) -> ShardPredictions:
    """Return the answers to a shard; this runs on the cluster."""
    return predict_shard(_model_sets(held[0]), shard)


# Tasks of one cluster in turn, in as many processes as a machine has cores.
@functools.lru_cache(maxsize=1)
def _model_sets(held: Any) -> Sequence[ModelSet]:
    import ray

    model_sets: Sequence[ModelSet] = ray.get(held)
    return model_sets


def _check_ray() -> None:
    try:
        # Read when the library loads: nothing phones home.
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
    """Connect in a child, which can be ended where Ray never would."""
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
