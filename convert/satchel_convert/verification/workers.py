"""Shards answered by several processes of this machine."""

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
"""Of this process, if it is a worker"""


def processes(count: int) -> Executor:
    """Return what answers shards in ``count`` new processes, each with the models open once.

    A script that comes here needs the guard ``if __name__ == "__main__"``: workers import it.

    The answers raise ConversionError where a worker crashes, and what a model raises.
    """

    def executor(
        model_sets: Sequence[ModelSet], shards: Iterable[Shard]
    ) -> Iterator[ShardPredictions]:
        # Spawned everywhere: a fork would take this process's engines and their threads along.
        pool = ProcessPoolExecutor(
            count,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_start,
            initargs=(model_sets,),
        )

        def submit(shard: Shard) -> "Future[ShardPredictions]":
            return pool.submit(_answer, shard)

        try:
            # Two each, so that no worker waits for the next.
            yield from in_order(submit, Future.result, shards, ahead=2 * count)
        except BrokenProcessPool as error:
            raise ConversionError(
                "Expected every worker to answer its samples, one crashed: --workers 1 shows more."
            ) from error
        finally:
            pool.shutdown(cancel_futures=True)

    return executor


def _start(model_sets: Sequence[ModelSet]) -> None:
    # Control-C reaches all processes of a terminal; the one that has the user ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _MODEL_SETS[:] = model_sets


def _answer(shard: Shard) -> ShardPredictions:
    return predict_shard(_MODEL_SETS, shard)
