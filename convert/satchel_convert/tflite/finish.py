"""Finishes a conversion backend's .tflite for a bundle."""

from collections.abc import Mapping
from functools import partial

from satchel.bundle import Card
from satchel_convert.schemes import Backend, Scheme
from satchel_convert.task import converter_task
from satchel_convert.text_rows import rows_of
from satchel_convert.tflite.flatbuffer import input_names, read_tree
from satchel_convert.tflite.metadata import append_files, associated_files, describe
from satchel_convert.tflite.passes.metadata import add_metadata
from satchel_convert.tflite.passes.plan import PASSES
from satchel_convert.tflite.passes.run import run_passes


def finish_tflite(
    content: bytes, *, scheme: Scheme, backend: Backend, card: Card, files: Mapping[str, bytes]
) -> bytes:
    """Return the file from ``to_tflite`` after the passes of its backend, with metadata.

    ``card`` is the bundle's card, and ``files`` are the files that prepare its inputs. Labels and
    vocabulary stand in a ZIP archive after the flatbuffer.
    """
    tensors = converter_task(card.task).input.tensors(card.input)
    rows = rows_of(input_names(read_tree(content)), tensors) if len(tensors) > 1 else ()
    described = partial(add_metadata, content=describe(card, rows=rows))
    finished = run_passes(content, [*PASSES[scheme, backend], described])
    associated = associated_files(card, files)
    return append_files(finished, associated) if associated else finished
