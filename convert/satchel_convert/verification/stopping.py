"""Chooses the quantized models that are not worth running on all samples.

Such a model is dominated: it is slower and no smaller than another quantized model of its format,
which is as accurate as far as the first samples tell. int16x8.tflite of EfficientNet-Lite0 took 9.5
of 35 minutes, because it is a hundred times slower than full_int8.tflite.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from satchel.bundle import ModelEntry
from satchel_convert.schemes import FLOAT_SCHEMES
from satchel_convert.task import Cost, Judged, OutputFunctions

FEWEST_SAMPLES = 200
"""The number of samples on which every model runs"""
TIMES_SLOWER = 2.0
"""The ratio of two latencies from which a model may be stopped. Medians of a busy machine differ by
less, and what is stopped is not packed."""
LEAST_SAVED_S = 10.0
"""The seconds that stopping a model must save. Small models are all verified to the end, so their
bundles do not depend on the machine."""


class Stopped(NamedTuple):
    """Where and why the verification of a model was stopped."""

    samples: int
    """The number of samples on which it ran"""
    by: str
    """The file of the model that dominates it"""

    def __str__(self) -> str:
        """Return the reason in words."""
        return (
            f"stopped after {self.samples:,} samples: slower and no smaller than {self.by}, and no"
            " more accurate as far as these tell"
        )


class Candidate(NamedTuple):
    """A model that may be stopped."""

    file: str
    others: tuple[str, ...]
    """The files of the models that are faster and no larger, the fastest first"""


def candidates(
    entries: Sequence[ModelEntry], latencies_ms: Sequence[float], *, samples_left: int
) -> list[Candidate]:
    """Return the models that others beat in time and size, if stopping them saves enough time.

    ``samples_left`` is the number of samples behind the first FEWEST_SAMPLES.
    """
    timed = sorted(zip(latencies_ms, entries, strict=True), key=lambda each: each[0])
    found = []
    for latency_ms, entry in timed:
        others = tuple(
            other.file
            for other_ms, other in timed
            if other.format == entry.format
            and other.scheme not in FLOAT_SCHEMES
            and other_ms * TIMES_SLOWER <= latency_ms
            and other.size_bytes <= entry.size_bytes
        )
        saved_s = latency_ms * samples_left / 1e3
        # A float model is there for its accuracy.
        if others and entry.scheme not in FLOAT_SCHEMES and saved_s >= LEAST_SAVED_S:
            found.append(Candidate(entry.file, others))
    return found


def dominated(
    found: Sequence[Candidate], judged: Mapping[str, Judged], output: OutputFunctions
) -> list[Candidate]:
    """Return the candidates that are dominated so far, with the models that dominate them.

    ``judged`` are the results on the first samples. A model is as accurate as another one if its
    cost is not above the confidence interval of the other's: two hundred samples do not tell half a
    point, and by chance each second model would be a sample ahead. A model that exceeds a limit
    dominates none.
    """
    cost = {file: output.cost(each.verified) for file, each in judged.items()}
    kept = []
    for each in found:
        better = tuple(
            other
            for other in each.others
            if not judged[other].failures and cost[other].value <= _highest(cost[each.file])
        )
        if better:
            kept.append(Candidate(each.file, better))
    return kept


def _highest(cost: Cost) -> float:
    """Return the largest cost that the samples allow; images have no interval."""
    return cost.value if cost.interval is None else cost.interval[1]
