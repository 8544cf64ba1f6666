"""A quantized model, its float model and samples of both parts to what is wrong, and how sure."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import ImageInput
from satchel_convert.explanation import causes
from satchel_convert.explanation.errors import Errors, measure_errors
from satchel_convert.explanation.findings import Finding, rank
from satchel_convert.explanation.layers import LayerError, measure_layers
from satchel_convert.explanation.network import pair_networks
from satchel_convert.explanation.outcome import Outcome, compare_answers
from satchel_convert.explanation.preprocessing import find_better_way
from satchel_convert.explanation.ranges import output_ranges, wrong_weights
from satchel_convert.sample_inputs import Inputs

RANGED = 200
"""Evaluation samples whose values are compared with the quantized ranges"""


class Explanation(NamedTuple):
    """What was found of a quantized model."""

    outcome: Outcome
    errors: Errors
    layers: Sequence[LayerError]
    """In the graph's order"""
    findings: Sequence[Finding]
    """Most important first"""


def explain(
    float32: bytes,
    quantized: bytes,
    *,
    calibration: Inputs,
    evaluation: Inputs,
    truth: NDArray[np.int64] | None,
    image: ImageInput | None,
    on_done: Callable[[str], None] = lambda _: None,
) -> Explanation:
    """Return why a quantized .tflite differs from the float one, most important reason first.

    Args:
        float32: a .tflite.
        quantized: the same model's, with int8 weights at least.
        calibration: prepared inputs that its ranges were found on.
        evaluation: others, to measure on.
        truth: the index of the right label of each of ``evaluation``, None where there are none.
        image: of a model of pictures, the input of the model folder's card: with its scale.
        on_done: is told each step.

    Raises ConversionError for two files that are not of one model.

    """
    pairing = pair_networks(float32, quantized)
    outcome = compare_answers(pairing, evaluation, truth)
    on_done("answers")
    findings: list[Finding] = []
    if image is not None and truth is not None:
        better = find_better_way(pairing, image, evaluation, truth)
        findings += causes.of_preprocessing(better)
        on_done("preprocessing")
    layers = measure_layers(pairing, evaluation)
    on_done("layers")
    ranges = output_ranges(pairing, calibration=calibration, evaluation=evaluation[:RANGED])
    on_done("ranges")
    wrong = wrong_weights(pairing)
    errors = measure_errors(pairing, evaluation, without=[each.layer for each in wrong])
    on_done("errors")
    evidence = causes.Evidence(pairing, outcome, errors, layers, ranges, wrong, len(calibration))
    findings += causes.of_quantization(evidence)
    return Explanation(outcome, errors, layers, rank(findings))
