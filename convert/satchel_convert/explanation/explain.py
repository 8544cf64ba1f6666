"""Finds out what is wrong with a quantized model, from its float model and samples."""

from collections.abc import Callable

from satchel_convert.explanation import causes
from satchel_convert.explanation.effects import tell
from satchel_convert.explanation.errors import measure_errors
from satchel_convert.explanation.explanation import Explanation
from satchel_convert.explanation.findings import of_doubts, rank
from satchel_convert.explanation.layers import measure_layers
from satchel_convert.explanation.network import pair_networks
from satchel_convert.explanation.outcome import compare_predictions
from satchel_convert.explanation.ranges import output_ranges, wrong_weights
from satchel_convert.explanation.subject import Subject

RANGED = 200
"""The number of evaluation samples whose values are compared with the quantized ranges"""


def explain_subject(
    subject: Subject, *, on_done: Callable[[str], None] = lambda _: None
) -> Explanation:
    """Return the reasons why a quantized .tflite differs from the float one, the main one first.

    ``on_done`` receives the name of each step. Raises ConversionError for two files that are not
    of one model.
    """
    pairing = pair_networks(subject.float32, subject.quantized)
    evaluation, truth = subject.evaluation, subject.truth
    outcome = compare_predictions(pairing, evaluation, truth, subject.output)
    on_done("predictions")
    layers = measure_layers(pairing, evaluation)
    on_done("layers")
    ranged = evaluation[:RANGED]
    ranges = output_ranges(pairing, calibration=subject.calibration, evaluation=ranged)
    on_done("ranges")
    wrong = wrong_weights(pairing)
    errors = measure_errors(pairing, evaluation, without=[each.layer for each in wrong])
    on_done("errors")
    explained = Explanation(subject.name, subject.file, outcome, errors, layers, ())
    if subject.doubts:
        # Of wrong inputs, whatever quantization does to them says nothing.
        return explained._replace(findings=rank(of_doubts(subject.doubts)), held_back=True)
    measured = causes.Measurements(
        pairing, outcome, errors, layers, ranges, wrong, len(subject.calibration), len(ranged)
    )
    told = tell(causes.of_quantization(measured), pairing, evaluation, truth, subject.output)
    return explained._replace(findings=told.findings, untold=told.untold)
