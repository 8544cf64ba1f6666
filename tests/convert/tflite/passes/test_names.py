import pytest

from satchel_convert.conversion.jobs import tflite_model
from satchel_convert.tflite.flatbuffer import read_tree
from satchel_convert.tflite.passes.names import NAMED_BY, shorten_names
from satchel_convert.tflite.passes.run import run_passes

pytestmark = pytest.mark.filterwarnings(
    # TensorFlow says so of every model whose input is not the converter's to quantize.
    r"ignore:Statistics for quantized inputs were expected:UserWarning:tensorflow\.lite\.python"
)


def test_short_names_are_of_one_operator_each_and_differ(unfinished_tflite):
    long = unfinished_tflite("pictures", "full_int8", "tensorflow")
    assert any(b";" in name for name in names_of(long))
    names = names_of(run_passes(long, [shorten_names]))
    assert len(set(names)) == len(names)
    assert max(name.count(b"/") for name in names) == NAMED_BY - 1
    assert not any(b";" in name for name in names)


@pytest.mark.parametrize("scheme", ["float32", "dynamic_int8"])
def test_float32_alone_keeps_the_paths_of_all_that_was_fused(scheme, tinies):
    folder = tinies["pictures"].folder
    calibration = tinies["pictures"].calibration
    made = tflite_model(folder.model_path, folder.card, folder.files, scheme, "only", calibration)
    fused = [name for name in names_of(made.content) if b";" in name]
    assert bool(fused) == (scheme == "float32")


def names_of(model):
    (graph,) = read_tree(model).subgraphs
    named = {*graph.inputs, *graph.outputs}
    return [each.name for at, each in enumerate(graph.tensors) if at not in named]
