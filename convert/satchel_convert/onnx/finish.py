"""Finishes a conversion backend's ONNX model for a bundle."""

from functools import partial

from satchel.bundle import Card
from satchel_convert.onnx.metadata import describe
from satchel_convert.onnx.passes.metadata import add_metadata
from satchel_convert.onnx.passes.plan import PASSES
from satchel_convert.onnx.passes.run import run_passes
from satchel_convert.onnx.passes.validity import check_validity
from satchel_convert.schemes import Scheme


def finish_onnx(content: bytes, *, scheme: Scheme, card: Card) -> bytes:
    """Return the model from ``quantize_onnx`` after the passes of its scheme, with metadata.

    ``card`` is the bundle's card. Raises onnx.checker.ValidationError for an invalid model.
    """
    described = partial(add_metadata, properties=describe(card))
    return run_passes(content, [*PASSES[scheme], described, check_validity])
