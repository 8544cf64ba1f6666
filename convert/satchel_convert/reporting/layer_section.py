"""Adds the layers that make the error of full_int8.tflite to a report, if it takes only seconds."""

import numpy as np

from satchel.bundle import Bundle
from satchel_convert.errors import ConversionError
from satchel_convert.explanation.layers import SAMPLES, layer_errors
from satchel_convert.explanation.network import read_network
from satchel_convert.explanation.subject import FLOAT_FILE
from satchel_convert.isolation import DEADLINE_S, run_isolated
from satchel_convert.model_folder import ModelFolder, prepare_for_files
from satchel_convert.reporting.report import Layers, Report

QUANTIZED_FILE = "full_int8.tflite"
MOST_OPERATORS = 60
MOST_BYTES = 16 << 20
"""The size limit of float32.tflite. Each operator costs writing a model and SAMPLES inferences."""


def add_layers(
    report: Report, *, bundle: Bundle, folder: ModelFolder, deadline_s: float = DEADLINE_S
) -> Report:
    """Return the report with the error that each layer adds, or the reason why it is not known.

    The report is returned unchanged if ``bundle`` lacks one of the two files to compare. The
    figures are the same as those of ``satchel explain``. If measuring a model fails, the report
    gives the reason.
    """
    if not {FLOAT_FILE, QUANTIZED_FILE} <= bundle.files.keys():
        return report
    float32, quantized = bundle.files[FLOAT_FILE], bundle.files[QUANTIZED_FILE]
    operators = len(read_network(float32).operators)
    if operators > MOST_OPERATORS or len(float32) > MOST_BYTES:
        size = f"{operators} operators and {len(float32) / 1e6:,.0f} MB"
        return _skipped(report, f"the model has {size}, which takes minutes")
    # The same samples as explain: not the first ones, which may all have the first label.
    order = np.random.default_rng(0).permutation(len(folder.evaluation))[:SAMPLES]
    inputs = prepare_for_files(folder, [folder.evaluation[at].value for at in order])
    try:
        errors = run_isolated(layer_errors, (float32, quantized, inputs), deadline_s=deadline_s)
    except ConversionError as error:
        return _skipped(report, str(error))
    return report._replace(layers=Layers(QUANTIZED_FILE, errors))


def _skipped(report: Report, reason: str) -> Report:
    return report._replace(layers=Layers(QUANTIZED_FILE, (), reason))
