"""Computes the predictions of models, one shard of samples at a time.

A shard is prepared once and then run through every model. An ``Executor`` decides where that
happens: in this process, in several (``workers``) or on a cluster (``ray_cluster``). The
predictions are the same everywhere, and come back in the order of the samples.
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
"""The largest size of a shard's prepared inputs. As float32 they are four times as large."""

OnSamples: TypeAlias = Callable[[int, int], None]
"""Receives the number of finished samples and the number of all samples"""
Submitted = TypeVar("Submitted")


class ModelSet:
    """Models of a bundle, which are opened in the process that first uses them."""

    def __init__(self, bundle: Bundle, files: Sequence[str]) -> None:
        # Keep only the files of the models, because this object is pickled.
        self._bundle = Bundle(bundle.card, {file: bundle.files[file] for file in files})
        self.files = files

    def __reduce__(self) -> tuple[Any, ...]:
        return ModelSet, (self._bundle, self.files)

    def part(self, files: Sequence[str]) -> "ModelSet":
        """Return a set of some of the models; those that are open in this process stay so."""
        part = ModelSet(self._bundle, files)
        if "models" in vars(self):
            opened = {model.entry.file: model for model in self.models}
            vars(part)["models"] = [opened[file] for file in files]
        return part

    @functools.cached_property
    def models(self) -> Sequence[Model]:
        """The models, each in the first engine that runs it here.

        Raises EngineError if no engine runs a model.
        """
        return [open_model(self._bundle, file=file) for file in self.files]


Shard: TypeAlias = Sequence[SampleInputs]
"""The inputs of one shard, for each model set"""
ShardPredictions: TypeAlias = Sequence[Sequence[NDArray[Any]]]
"""The predictions for each model set and each of its models: probabilities, (samples, labels), or
images, (samples, height, width, 3)"""
Executor: TypeAlias = Callable[[Sequence[ModelSet], Iterable[Shard]], Iterator[ShardPredictions]]
"""Runs the models of all model sets on shards; yields the predictions in the same order"""


class TimedPredictions(NamedTuple):
    """One model's predictions, and the time of one inference."""

    predictions: NDArray[Any]
    """Probabilities, (inputs, labels), or images, (inputs, height, width, 3)"""
    latency_ms: float
    """The median time from a prepared input to its prediction, in milliseconds"""


def predict_inputs(model: Model, inputs: Inputs) -> TimedPredictions:
    """Return the model's predictions for prepared ``inputs``, each run alone and timed."""
    predictions = []
    seconds = []
    for position in range(len(inputs)):
        started = time.perf_counter()
        predictions.append(model.predict(inputs[position : position + 1]))
        seconds.append(time.perf_counter() - started)
    return TimedPredictions(np.stack(predictions), float(np.median(seconds)) * 1e3)


def predict_shard(model_sets: Sequence[ModelSet], shard: Shard) -> ShardPredictions:
    """Return the predictions of each model set for its inputs."""
    predictions = []
    for model_set, inputs in zip(model_sets, shard, strict=True):
        prepared = inputs[:]
        predictions.append([model.predict_batch(prepared) for model in model_set.models])
    return predictions


def one_process(
    model_sets: Sequence[ModelSet], shards: Iterable[Shard]
) -> Iterator[ShardPredictions]:
    """Yield the predictions for each shard, computed in this process."""
    for shard in shards:
        yield predict_shard(model_sets, shard)


def shard_slices(inputs: Shard) -> Sequence[slice]:
    """Return the slices of the inputs that make shards within SHARD_SAMPLES and SHARD_BYTES."""
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
    """Submit the shards and yield their predictions in order.

    At most ``ahead`` shards are being computed at any time.
    """
    under_way: deque[Submitted] = deque()
    for shard in shards:
        under_way.append(submit(shard))
        if len(under_way) >= ahead:
            yield fetch(under_way.popleft())
    while under_way:
        yield fetch(under_way.popleft())
