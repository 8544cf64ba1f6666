"""What models say of samples, a shard at a time: prepared once, and then answered by every model.

How shards reach whoever answers them is a ``Spread``: in this process, in several (``workers``) or
on a cluster (``ray_cluster``). The answers are the same, and come back in the samples' order.
"""

import functools
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import Bundle
from satchel.inference import Model, open_model
from satchel_convert.sample_inputs import Inputs, SampleInputs

SHARD_SAMPLES = 256
SHARD_BYTES = 16 << 20
"""Of prepared inputs, which a model may take as float32, four times as large"""

OnSamples: TypeAlias = Callable[[int, int], None]
"""Told how many samples are answered, and of how many"""
Submitted = TypeVar("Submitted")


class ModelSet:
    """Models of a bundle, opened in the process that first asks for them."""

    def __init__(self, bundle: Bundle, files: Sequence[str]) -> None:
        # Pickled without what no engine needs.
        self._bundle = Bundle(bundle.card, {file: bundle.files[file] for file in files})
        self._files = files

    def __reduce__(self) -> tuple[Any, ...]:
        return ModelSet, (self._bundle, self._files)

    @functools.cached_property
    def models(self) -> Sequence[Model]:
        """The models, each in the first engine that runs it here.

        Raises EngineError where there is none.
        """
        return [open_model(self._bundle, file=file) for file in self._files]


Shard: TypeAlias = Sequence[SampleInputs]
"""The inputs for each panel"""
ShardPredictions: TypeAlias = Sequence[Sequence[NDArray[Any]]]
"""By panel and model: probabilities, (samples, labels), or images, (samples, height, width, 3)"""
Executor: TypeAlias = Callable[[Sequence[ModelSet], Iterable[Shard]], Iterator[ShardPredictions]]
"""Shards in, and their answers out, in the same order"""


class TimedPredictions(NamedTuple):
    """One model's answers, and how long one took."""

    predictions: NDArray[Any]
    """Probabilities, (inputs, labels), or images, (inputs, height, width, 3)"""
    latency_ms: float
    """Median, prepared input to answer"""


def predict_inputs(model: Model, inputs: Inputs) -> TimedPredictions:
    """Return the model's answers to prepared ``inputs``, each alone and timed."""
    predictions = []
    seconds = []
    for position in range(len(inputs)):
        started = time.perf_counter()
        predictions.append(model.predict(inputs[position : position + 1]))
        seconds.append(time.perf_counter() - started)
    return TimedPredictions(np.stack(predictions), float(np.median(seconds)) * 1e3)


def predict_shard(model_sets: Sequence[ModelSet], shard: Shard) -> ShardPredictions:
    """Return the answers of each panel's models to its inputs."""
    predictions = []
    for model_set, inputs in zip(model_sets, shard, strict=True):
        prepared = inputs[:]
        predictions.append([model.predict_batch(prepared) for model in model_set.models])
    return predictions


def one_process(
    model_sets: Sequence[ModelSet], shards: Iterable[Shard]
) -> Iterator[ShardPredictions]:
    """Yield the answers to each shard, as this process finds them."""
    for shard in shards:
        yield predict_shard(model_sets, shard)


def shard_slices(inputs: Shard) -> Sequence[slice]:
    """Return where each shard of each panel's inputs lies, none larger than the limits above."""
    largest = max(each.input_bytes for each in inputs)
    size = max(1, min(SHARD_SAMPLES, SHARD_BYTES // largest))
    total = len(inputs[0])
    return [slice(start, min(start + size, total)) for start in range(0, total, size)]


def in_order(
    submit: Callable[[Shard], Submitted],
    fetch: Callable[[Submitted], ShardPredictions],
    shards: Iterable[Shard],
    *,
    ahead: int,
) -> Iterator[ShardPredictions]:
    """Yield what was submitted in its order, with at most ``ahead`` shards under way."""
    under_way: deque[Submitted] = deque()
    for shard in shards:
        under_way.append(submit(shard))
        if len(under_way) >= ahead:
            yield fetch(under_way.popleft())
    while under_way:
        yield fetch(under_way.popleft())
