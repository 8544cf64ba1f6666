"""Every backend has its list of passes, and one parse for all gives what one for each would."""

import pkgutil
from functools import reduce

import pytest

from satchel_convert.schemes import BACKENDS, ONLY, SCHEMES
from satchel_convert.tflite import passes
from satchel_convert.tflite.passes.plan import PASSES
from satchel_convert.tflite.passes.run import run_passes

pytestmark = [
    # TensorFlow says so of every model whose input is not the converter's to quantize.
    pytest.mark.filterwarnings(
        r"ignore:Statistics for quantized inputs were expected:UserWarning:tensorflow\.lite\.python"
    ),
    # LiteRT says so where ai-edge-quantizer looks at every tensor, which is what calibration is.
    pytest.mark.filterwarnings(r"ignore:Warning. Enabling .experimental_preserve_all_tensors"),
]
NO_PASSES = {"images", "plan", "run"}
FOR_EVERY_BACKEND = {"metadata"}
"""``finish_tflite`` runs it behind the others"""
REFUSED = {("texts", "int16x8", "tensorflow")}
"""What TensorFlow's converter refuses, see ``test_tflite_converter``"""
CASES = [
    (kind, *backend)
    for kind in ("pictures", "texts", "faces")
    for backend in PASSES
    if (kind, *backend) not in REFUSED
]


def test_each_scheme_has_a_list_for_each_of_its_backends():
    assert PASSES.keys() == {
        (scheme, backend)
        for scheme in SCHEMES
        for backend in BACKENDS.get(("tflite", scheme), ONLY)
    }


def test_each_module_of_the_folder_is_a_pass_of_some_backend():
    functions = [getattr(each, "func", each) for list_ in PASSES.values() for each in list_]
    planned = {each.__module__.rsplit(".", 1)[-1] for each in functions}
    modules = {each.name for each in pkgutil.iter_modules(passes.__path__)}
    assert modules == planned | NO_PASSES | FOR_EVERY_BACKEND


def test_all_passes_change_the_one_tree_in_their_order(tflite):
    seen = []

    def first(tree):
        seen.append(tree)
        tree.description = "by the first"

    def second(tree):
        seen.append(tree)
        assert tree.description == "by the first"
        tree.description += " and the second"

    content = run_passes(tflite("pictures", "float32"), [first, second])
    assert seen[0] is seen[1]
    assert b"by the first and the second" in content


@pytest.mark.parametrize(("kind", "scheme", "backend"), CASES)
def test_one_parse_gives_the_bytes_that_a_parse_for_each_pass_gives(
    kind, scheme, backend, unfinished_tflite
):
    written = unfinished_tflite(kind, scheme, backend)
    chosen = PASSES[scheme, backend]
    one_by_one = reduce(lambda model, each: run_passes(model, [each]), chosen, written)
    assert run_passes(written, chosen) == run_passes(one_by_one, [])
