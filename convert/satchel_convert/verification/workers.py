"""Runs shards in several processes of this machine."""

import multiprocessing
import signal
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

from satchel_convert.errors import ConversionError
from satchel_convert.verification.predictions import (
    Executor,
    ModelSet,
    Shard,
    ShardPredictions,
    in_order,
    predict_shard,
)

_MODEL_SETS: list[ModelSet] = []
"""The model sets of this process, if it is a worker"""


def processes(count: int) -> Executor:
    """Return an executor of ``count`` new processes, each of which opens the models once.

    The processes import the main module: a script needs the guard ``if __name__ == "__main__"``.

    The executor raises ConversionError if a worker crashes, and the exceptions of models.
    """

    def executor(
        model_sets: Sequence[ModelSet], shards: Iterable[Shard]
    ) -> Iterator[ShardPredictions]:
        # Spawned on every system: a fork would copy this process's engines without their threads.
        pool = ProcessPoolExecutor(
            count,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_start,
            initargs=(model_sets,),
        )

        def submit(shard: Shard) -> "Future[ShardPredictions]":
            return pool.submit(_predict, shard)

        try:
            # Two shards for each worker, so that no worker waits for the next shard.
            yield from in_order(submit, Future.result, shards, ahead=2 * count)
        except BrokenProcessPool as error:
            raise ConversionError(
                "Expected every worker to run its samples, one crashed: --workers 1 shows more."
            ) from error
        finally:
            pool.shutdown(cancel_futures=True)

    return executor


def _start(model_sets: Sequence[ModelSet]) -> None:
    # Control-C reaches all processes of a terminal; the main process ends the workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _MODEL_SETS[:] = model_sets


def _predict(shard: Shard) -> ShardPredictions:
    return predict_shard(_MODEL_SETS, shard)
