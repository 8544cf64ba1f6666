"""A .tflite file to a tree and back: nothing lost, and nothing written twice."""

import numpy as np
import pytest

from satchel_convert.tflite.flatbuffer import read_tree, write_tree

pytestmark = pytest.mark.filterwarnings(
    # TensorFlow says so of every model whose input is not the converter's to quantize.
    r"ignore:Statistics for quantized inputs were expected:UserWarning:tensorflow\.lite\.python"
)


def packed_without_sharing(tree):
    import flatbuffers

    builder = flatbuffers.Builder(1024)
    builder.Finish(tree.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def numbers_of(tree):
    """Return the shape, scales and zero points of each tensor, and the data behind it."""
    (graph,) = tree.subgraphs
    return [
        (each.name, list(each.shape), _listed(each.quantization), _data(tree.buffers[each.buffer]))
        for each in graph.tensors
    ]


def _listed(found):
    if found is None or found.scale is None:
        return None
    return np.asarray(found.scale).tolist(), np.asarray(found.zeroPoint).tolist()


def _data(buffer):
    return b"" if buffer.data is None else np.asarray(buffer.data, np.uint8).tobytes()


@pytest.mark.parametrize("kind", ["pictures", "texts", "faces"])
def test_equal_vectors_are_written_once_and_read_as_before(unfinished_tflite, kind):
    model = unfinished_tflite(kind, "full_int8", "tensorflow")
    written = write_tree(read_tree(model))
    assert numbers_of(read_tree(written)) == numbers_of(read_tree(model))
    assert len(written) < len(packed_without_sharing(read_tree(model)))
    assert write_tree(read_tree(written)) == written
