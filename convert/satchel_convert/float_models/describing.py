"""Asks a float model for its inputs and outputs, in a child process."""

import multiprocessing
from pathlib import Path

from satchel.device import Ending
from satchel_convert.errors import ConversionError
from satchel_convert.float_models.kinds import float_format, float_model
from satchel_convert.isolation import DEADLINE_S, call_in_child, run_isolated
from satchel_convert.keras_models.float_model import ModelShape


def described_model(path: Path) -> ModelShape:
    """Return the inputs and outputs of the float model at ``path``.

    Raises ConversionError for a file that is not such a model, or that crashes its engine.
    """
    if float_format(path) is None:
        return run_isolated(describe_model, (path,))
    # A child of its own: the server of the others imports TensorFlow, which takes many seconds,
    # and a file that is refused needs none of it.
    context = multiprocessing.get_context("spawn")
    found = call_in_child(context, describe_model, (path,), deadline_s=DEADLINE_S)
    if isinstance(found, Ending):
        raise ConversionError(
            f"Expected a model that its engine loads in {path.name!r}, the engine crashed:"
            f" {found.cause}."
        )
    return found


def describe_model(path: Path) -> ModelShape:
    """Return the inputs and outputs of the float model at ``path``; raises ConversionError."""
    return float_model(path).describe(path)
