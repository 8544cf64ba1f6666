"""Measures a bundle's models on labelled samples, for ``satchel bench --evaluation``."""

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from satchel.bundle import open_bundle
from satchel.tuning import Answered, Benched
from satchel_convert.errors import ConversionError
from satchel_convert.isolation import DEADLINE_S, run_isolated
from satchel_convert.model_folder import Sample, label_names
from satchel_convert.samples.of_bundles import evaluation_samples
from satchel_convert.statistics import share_interval

if TYPE_CHECKING:
    from satchel.bundle import TrustSource

_SAMPLE_S = 2.0
"""The seconds that a sample may take, far above what a classifier on a phone needs"""
_PRELOADED = ("satchel_convert.samples.answering",)
"""What the child processes import: no converter runs in them"""


def open_samples(
    path: str | os.PathLike[str], place: Path, *, trust: "TrustSource | None" = None
) -> Callable[[Benched], Benched]:
    """Return a function that adds what a model answers on the samples at ``place``.

    ``path`` is the bundle, and ``place`` holds samples in any form that ``convert`` takes. A model
    that failed stays as it is. Each model runs in a process of its own.

    Raises ConversionError for a bundle whose models give no labels, ModelFolderError for samples
    that do not fit it, and what ``open_bundle`` raises. The function raises ConversionError for a
    sample that cannot be read.
    """
    bundle = open_bundle(path, trust=trust)
    if bundle.card.task not in _classes():
        raise ConversionError(
            f"Expected a bundle that gives labels for --evaluation, got one for {bundle.card.task}:"
            " its samples have no right answer."
        )
    samples = evaluation_samples(place, bundle.card)

    def answer(result: Benched) -> Benched:
        if result.profile is None:
            return result
        model = (result.file, result.engine, result.threads)
        found: Answered = run_isolated(
            answer_samples,
            (path, *model, samples, trust),
            deadline_s=DEADLINE_S + _SAMPLE_S * len(samples),
            preload=_PRELOADED,
        )
        return result._replace(answered=found)

    return answer


def answer_samples(
    path: str | os.PathLike[str],
    file: str,
    engine: str,
    threads: int,
    samples: Sequence[Sample],
    trust: "TrustSource | None" = None,
) -> Answered:
    """Return what one model of a bundle answers on labelled samples, and how fast.

    A file is decoded before the clock starts. Resizing, tokenizing, the model and the labels count.
    Raises InputError for a sample that cannot be read, and what the runtime's classes raise.
    """
    bundle = open_bundle(path, trust=trust)
    classifier = _classes()[bundle.card.task](
        path, model=file, engine=engine, threads=threads, trust=trust
    )
    names = label_names(bundle.card.output)
    background = getattr(bundle.card.input, "background", (255, 255, 255))
    durations_ms, right = [], 0
    # The first call imports what the later ones need.
    classifier.classify(_decoded(samples[0].value, background))
    for sample in samples:
        content = _decoded(sample.value, background)
        started = time.perf_counter()
        found = classifier.classify(content)
        durations_ms.append((time.perf_counter() - started) * 1e3)
        # A model of one right label chooses none of them: its answer is the best.
        chosen = found[:1] if found[0].chosen is None else [each for each in found if each.chosen]
        answers = {each.id or each.label for each in chosen}
        truth = sample.labels or (() if sample.label is None else (sample.label,))
        right += answers == {names[each] for each in truth}
    p50, p95 = (float(each) for each in np.percentile(durations_ms, (50, 95)))
    low, high = share_interval(right, len(samples))
    return Answered(len(samples), right, (low, high), p50, p95)


def _decoded(value: Any, background: tuple[int, int, int]) -> Any:
    """Return the pixels of an image's file, uint8 (height, width, 3), or a text as it is."""
    if not isinstance(value, Path):
        return value
    from satchel.preprocessing import decode

    return decode(value, background)


def _classes() -> dict[str, Any]:
    """Return the runtime's classes of models that give labels, by their tasks."""
    from satchel import ImageClassifier, TextClassifier

    return {each.TASK: each for each in (ImageClassifier, TextClassifier)}
