"""Makes a Keras model of the part of a SavedModel's graph that follows its tokenizer."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from satchel.errors import SatchelError, first_line
from satchel_convert.errors import ConversionError
from satchel_convert.keras_models.graph_cut import Graph
from satchel_convert.keras_models.string_graph import FoundIds, find_ids
from satchel_convert.keras_models.string_input import (
    OpenedModel,
    StringInput,
    check_one_text,
    strings_of,
)

BATCH = 256
"""The number of texts that run at once"""


def take_graph_apart(loaded: Any, signature_name: str, name: str) -> OpenedModel:
    """Return the tokenizer of a SavedModel's signature of strings, and the rest of its graph.

    Raises ConversionError for a graph whose tokenizer no bundle can repeat. ``name`` names the
    SavedModel.
    """
    signature = loaded.signatures[signature_name]
    [(argument, spec)] = signature.structured_input_signature[1].items()
    check_one_text(spec.shape, name)
    if len(signature.outputs) != 1:
        raise ConversionError(
            f"Expected a SavedModel of one output in {name!r}, got {len(signature.outputs)}."
        )
    try:
        graph = Graph(loaded, signature_name)
        found = find_ids(graph, name)
        [[output]] = graph.compute([graph.output], [""])
    except SatchelError:
        raise
    except Exception as error:
        # TensorFlow's exceptions have no common root.
        raise ConversionError(
            f"Expected a graph whose tokenizer can be read in {name!r}, got: {first_line(error)}"
        ) from error
    alone = found.tokenizer.length is None or spec.shape[0] == 1
    batch, rank = 1 if alone else BATCH, spec.shape.rank
    to_tensor = graph.to([found.tensor])

    def to_ids(texts: Sequence[str]) -> NDArray[np.int32]:
        parts = _parts(texts, batch)
        rows = [row for part in parts for row in np.asarray(to_tensor(strings_of(part, rank))[0])]
        flat = [np.round(np.atleast_1d(row)).astype(np.int32) for row in rows]
        ids = np.zeros((len(texts), max(map(len, flat))), np.int32)
        for row, each in zip(ids, flat, strict=True):
            row[: len(each)] = each
        return ids

    def run(texts: Sequence[str]) -> NDArray[np.float32]:
        outputs = [
            np.asarray(*graph.signature(**{argument: strings_of(part, rank)}).values())
            for part in _parts(texts, batch)
        ]
        return np.concatenate(outputs).astype(np.float32)

    strings = StringInput(found.tokenizer, to_ids, run)
    return OpenedModel(_keras_model(graph, found, output.shape[1:]), strings)


def _keras_model(graph: Graph, found: FoundIds, sides: Sequence[int]) -> Any:
    """Return a functional Keras model from ids, int32 (n, length), to an output (n, *sides)."""
    import keras

    rest, dtype, rank = graph.behind(found.tensor), found.tensor.dtype, found.rank

    class Rest(keras.layers.Layer):  # type: ignore[misc]
        """Calls the graph behind the tokenizer."""

        def call(self, ids: Any) -> Any:
            """Return the output of the graph."""
            import tensorflow as tf

            values = tf.cast(ids, dtype)
            (output,) = rest(values if rank == 2 else tf.squeeze(values, axis=-1))
            if not tf.executing_eagerly():
                output.set_shape((None, *sides))
            return output

        def compute_output_shape(self, _: Any) -> tuple[int | None, ...]:
            """Return the shape of the output, with the batch."""
            return (None, *sides)

    ids = keras.Input((found.tokenizer.length,), dtype="int32", name="ids")
    return keras.Model(ids, Rest(name="rest", trainable=False)(ids), name="saved_model")


def _parts(texts: Sequence[str], size: int) -> list[Sequence[str]]:
    return [texts[at : at + size] for at in range(0, len(texts), size)]
