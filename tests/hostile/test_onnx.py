"""Cases 39 to 43: what an ONNX file may ask for."""

import numpy as np
import pytest

from hostile import onnx_files as onnx
from satchel import ImageGenerator, limits
from satchel.device.child_process import MEMORY_IS_LIMITED
from satchel.engines.engine import open_engine
from satchel.errors import EngineError
from satchel.model_checks.onnx_tensors import check_tensors
from satchel.selftest.sandbox import selftest_isolated

pytest.importorskip("onnxruntime")

EXTERNAL = onnx.external()
CUSTOM = {"": "FormatDisk", "com.evil": "Softmax", "com.microsoft.evil": "Gelu"}


@pytest.fixture
def told(held):
    """Return a function that gives ONNX Runtime a file and returns the refusal."""
    return lambda content: held(EngineError, lambda: open_engine("onnx", content, threads=1))


def test_the_file_that_the_cases_change_runs():
    engine = open_engine("onnx", onnx.softmax(), threads=1)
    assert engine.run(np.zeros((1, 4), np.float32)).tolist() == [[0.25] * 4]


@pytest.mark.parametrize(
    "main",
    [
        onnx.graph(onnx.node("Softmax"), more=[(onnx.GRAPH_INITIALIZER, EXTERNAL)]),
        onnx.graph(onnx.node("Constant", [], attributes=[onnx.attribute("value", 5, EXTERNAL)])),
        onnx.graph(
            onnx.node(
                "If",
                attributes=[
                    onnx.attribute(
                        "then_branch",
                        6,
                        onnx.graph(onnx.node("Neg"), more=[(onnx.GRAPH_INITIALIZER, EXTERNAL)]),
                    )
                ],
            )
        ),
    ],
    ids=["initializer", "attribute", "branch"],
)
def test_case_39_weights_in_another_file_are_refused_wherever_they_are_named(main, told):
    assert "that holds its weights, got one that names files" in told(onnx.model(main))


@pytest.mark.parametrize(("domain", "kind"), CUSTOM.items())
def test_case_40_operators_that_nobody_knows_are_refused(domain, kind, told):
    opset = [(onnx.MODEL_OPSET, onnx.message((1, domain), (2, 1)))] if domain else []
    main = onnx.graph(onnx.node(kind, domain=domain))
    assert "Expected an ONNX model that loads here" in told(onnx.model(main, *opset))


@pytest.mark.parametrize("depth", [25, 200, 5000])
def test_cases_41_and_42_graphs_that_nest_too_deep_are_refused(depth, told):
    assert "nest too deep" in told(onnx.nested(depth))


def test_case_42_the_depth_is_a_limit_that_can_be_changed(told, monkeypatch):
    assert "nest too deep" not in told(onnx.nested(10))
    monkeypatch.setattr(limits, "MAX_GRAPH_DEPTH", 20)
    assert "nest too deep" in told(onnx.nested(10))


def test_case_41_more_than_2_gb_never_reaches_an_engine():
    assert limits.MAX_ARCHIVE_BYTES < 1 << 31


def test_case_43_options_of_a_session_in_the_metadata_are_refused(told):
    options = onnx.message((1, "ort_config"), (2, '{"session_options": {}}'))
    assert "sets options of its session" in told(onnx.softmax((onnx.MODEL_METADATA, options)))
    card = onnx.message((1, "card"), (2, "{}"))
    open_engine("onnx", onnx.softmax((onnx.MODEL_METADATA, card)), threads=1)


@pytest.mark.parametrize(
    ("sides", "says"),
    [
        ((1 << 20, 1 << 20), "at most 1,073,741,824 bytes, got one that needs 4,398,0"),
        ((1 << 62, 1 << 62), "got one that needs 1,000,000,000,000,000,000"),
        ((1, -4), "a negative side"),
        ((1,) * 40, "40 sides"),
    ],
)
def test_case_34_tensors_that_cannot_be_are_refused_before_they_are_allocated(sides, says, told):
    hidden = onnx.graph(
        onnx.node("Neg", ["x"], ["z"]),
        onnx.node("Neg", ["z"]),
        more=[(onnx.GRAPH_VALUE, onnx.value("z", sides))],
    )
    assert says in told(onnx.model(hidden))


def test_case_34_the_memory_of_tensors_is_a_limit_that_can_be_changed(monkeypatch):
    # Four numbers in and four out at once.
    monkeypatch.setattr(limits, "MAX_TENSOR_BYTES", 32)
    check_tensors(onnx.softmax())
    monkeypatch.setattr(limits, "MAX_TENSOR_BYTES", 31)
    with pytest.raises(EngineError, match="at most 31 bytes, got one that needs 32"):
        check_tensors(onnx.softmax())


@pytest.mark.skipif(not MEMORY_IS_LIMITED, reason="this system limits no memory")
def test_case_34_memory_that_no_shape_declares_is_refused_in_the_child(bundle_of, held):
    bundle = bundle_of(onnx.memory_bomb(1 << 33), file="float32.onnx", engine="onnx")
    held(EngineError, lambda: selftest_isolated(bundle))


def test_case_36_another_output_than_the_card_says_is_refused(bundle_of, held):
    bundle = bundle_of(onnx.softmax(), file="float32.onnx", engine="onnx")
    message = held(EngineError, lambda: ImageGenerator(bundle).generate(7))
    assert "as its card says, got float32 (1, 4)" in message
