"""Every scheme has its list of passes, and one parse for all gives what one for each would."""

import pkgutil
from functools import reduce

import onnx
import pytest

from satchel_convert.model_folder import deployed_card
from satchel_convert.onnx import passes
from satchel_convert.onnx.converter import quantize_onnx
from satchel_convert.onnx.finish import finish_onnx
from satchel_convert.onnx.passes.plan import EXPORTED, PASSES
from satchel_convert.onnx.passes.run import run_passes
from satchel_convert.schemes import SCHEMES

NO_PASSES = {"plan", "run"}
FOR_EVERY_MODEL = {"graph_name", "metadata", "validity"}
"""``to_onnx`` runs the first, ``finish_onnx`` the others, behind those of the scheme"""


def test_each_scheme_has_a_list():
    assert PASSES.keys() == set(SCHEMES)


def test_each_module_of_the_folder_is_a_pass_of_some_scheme():
    lists = (EXPORTED, *PASSES.values())
    planned = {each.__module__.rsplit(".", 1)[-1] for list_ in lists for each in list_}
    modules = {each.name for each in pkgutil.iter_modules(passes.__path__)}
    assert modules == planned | NO_PASSES | FOR_EVERY_MODEL


@pytest.mark.parametrize("scheme", PASSES)
@pytest.mark.parametrize("kind", ["pictures", "texts"])
def test_one_parse_gives_the_bytes_that_a_parse_for_each_pass_gives(
    kind, scheme, onnx_model, tinies
):
    source, calibration = onnx_model(kind, "float32"), tinies[kind].calibration
    written = quantize_onnx(source, scheme=scheme, calibration=calibration)
    one_by_one = reduce(lambda model, each: run_passes(model, [each]), PASSES[scheme], written)
    assert run_passes(written, PASSES[scheme]) == run_passes(one_by_one, [])


def test_a_model_that_is_none_by_the_specification_is_refused(onnx_model, tinies):
    model = onnx.load_from_string(onnx_model("pictures", "float32"))
    model.graph.node[0].op_type = "NoSuchOperator"
    card = deployed_card(tinies["pictures"].folder.card)
    with pytest.raises(onnx.checker.ValidationError, match="NoSuchOperator"):
        finish_onnx(model.SerializeToString(), scheme="float32", card=card)
