"""What runs a model file: every engine found, each refusal with what to do."""

import pkgutil
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import satchel.engines
from helpers.onnx_models import write_onnx
from satchel.bundle.reading import open_bundle
from satchel.engines.engine import ENGINES, engine_version, installed_engines, open_engine
from satchel.engines.fake import FakeEngine
from satchel.engines.interpreter import InterpreterEngine
from satchel.errors import EngineError
from satchel.inference.model import open_model

GOLDEN = Path(__file__).parents[2] / "golden" / "digits.satchel"
FLOAT, INT32 = 1, 6
"""ONNX's numbers for these types"""


def test_every_module_of_the_folder_is_an_engine_or_known_to_be_none():
    found = {module.name for module in pkgutil.iter_modules(satchel.engines.__path__)}
    assert found == ENGINES.keys() | {"engine", "fake", "interpreter", "start_line"}


@pytest.mark.parametrize("name", ENGINES)
def test_every_engine_that_is_installed_opens_models_and_has_a_version(name):
    pytest.importorskip(ENGINES[name].package)
    assert name in installed_engines()
    assert engine_version(name)[0].isdigit()
    with pytest.raises(EngineError, match=r"^Expected an? .*model.*, got") as caught:
        open_engine(name, b"this is no model", threads=1)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ENGINES)
def test_an_engine_that_is_not_installed_is_refused_with_how_to_get_it(name, monkeypatch):
    monkeypatch.setattr("satchel.engines.engine.find_spec", lambda package: None)
    assert installed_engines() == []
    command = f"pip install {ENGINES[name].distribution}"
    with pytest.raises(EngineError, match=command):
        open_engine(name, b"", threads=1)


def test_every_distribution_of_an_engine_is_one_of_an_extra():
    text = (Path(__file__).parents[3] / "runtime" / "pyproject.toml").read_text(encoding="utf-8")
    for engine in ENGINES.values():
        assert f' = ["{engine.distribution}' in text


@pytest.mark.parametrize("name", ["fake", "interpreter", "tensorrt", "", "../onnx"])
def test_an_unknown_engine_is_refused_with_the_known_ones(name):
    with pytest.raises(EngineError, match=f"litert, tflite_runtime, onnx, got '{name}'"):
        open_engine(name, b"", threads=1)


@pytest.mark.parametrize("threads", [0, -1, 257, 10**11])
def test_a_number_of_threads_that_no_machine_has_is_refused(threads, monkeypatch):
    monkeypatch.setattr("satchel.engines.engine.find_spec", lambda package: object())
    with pytest.raises(EngineError, match=f"1 to 256 threads, got {threads}"):
        open_engine("onnx", b"", threads=threads)


def test_a_fake_answers_the_same_and_keeps_its_inputs():
    engine = FakeEngine([[1.0, 2.0]])
    tensor = np.zeros(3)
    assert engine.run(tensor).tolist() == [[1.0, 2.0]]
    assert engine.inputs[0] is tensor


@pytest.mark.parametrize("name", ENGINES)
def test_the_version_is_the_distributions(name):
    pytest.importorskip(ENGINES[name].package)
    assert engine_version(name) == version(ENGINES[name].distribution)


@pytest.fixture
def bare_package(tmp_path, monkeypatch):
    """Put onnxruntime into a folder without the facts of its distribution; return the folder."""
    (tmp_path / "onnxruntime").mkdir()
    spec = SimpleNamespace(submodule_search_locations=[str(tmp_path / "onnxruntime")])
    monkeypatch.setattr("satchel.engines.engine.find_spec", lambda package: spec)
    return tmp_path


def test_a_version_is_read_without_the_help_of_importlib(bare_package, monkeypatch):
    for other in ("onnxruntime_extensions-9.9.dist-info", "onnxruntime-1.2.3rc1.dist-info"):
        (bare_package / other).mkdir()
    monkeypatch.setitem(sys.modules, "importlib.metadata", None)
    assert engine_version("onnx") == "1.2.3rc1"


@pytest.mark.parametrize("left", [[], ["onnxruntime-1.0.dist-info", "onnxruntime-2.0.dist-info"]])
def test_where_a_folder_does_not_say_the_version_importlib_does(bare_package, monkeypatch, left):
    for name in left:
        (bare_package / name).mkdir()
    monkeypatch.setattr("importlib.metadata.version", lambda name: f"3.2.1 of {name}")
    assert engine_version("onnx") == "3.2.1 of onnxruntime"


def test_an_engine_from_a_distribution_of_another_name_has_a_version(bare_package, monkeypatch):
    def unknown(name):
        raise PackageNotFoundError(name)

    monkeypatch.setattr("importlib.metadata.version", unknown)
    pytest.importorskip("onnxruntime")
    assert engine_version("onnx")[0].isdigit()


@pytest.fixture
def onnx_engine():
    """Return a function that opens a hand-written ONNX model."""
    pytest.importorskip("onnxruntime")

    def open_with(*nodes, inputs, outputs, constants=(), threads=1):
        model = write_onnx(nodes, inputs=inputs, outputs=outputs, constants=constants)
        return open_engine("onnx", model, threads=threads)

    return open_with


def softmax_model(onnx_engine, **options):
    return onnx_engine(
        ("Softmax", ["x"], ["y"]),
        inputs=[("x", FLOAT, [1, 3])],
        outputs=[("y", FLOAT, [1, 3])],
        **options,
    )


def test_onnx_runtimes_threads_sleep_while_they_wait(onnx_engine):
    options = softmax_model(onnx_engine, threads=2)._session.get_session_options()
    assert options.get_session_config_entry("session.intra_op.allow_spinning") == "0"


@pytest.mark.parametrize("threads", [1, 3])
def test_onnx_runtime_runs_a_model(onnx_engine, threads):
    engine = softmax_model(onnx_engine, threads=threads)
    found = engine.run(np.float32([[0, 0, 0]]))
    assert found.dtype == np.float32
    assert found[0] == pytest.approx([1 / 3] * 3, abs=1e-6)  # float32's last digits


@pytest.mark.parametrize(
    "tensor",
    [np.zeros((1, 3)), np.zeros((1, 4), np.float32), np.zeros(3, np.float32),
     np.zeros((2, 3), np.float32), np.zeros((1, 3), np.uint8)],
    ids=lambda tensor: f"{tensor.dtype}{tensor.shape}",
)  # fmt: skip
def test_onnx_runtime_refuses_another_tensor_than_the_model_takes(onnx_engine, tensor):
    with pytest.raises(EngineError, match=r"Expected float32 \(1, 3\) by the model"):
        softmax_model(onnx_engine).run(tensor)


def test_a_model_with_a_free_dimension_is_refused_when_it_runs(onnx_engine):
    engine = onnx_engine(
        ("Softmax", ["x"], ["y"]),
        inputs=[("x", FLOAT, ["batch", 3])],
        outputs=[("y", FLOAT, ["batch", 3])],
    )
    with pytest.raises(EngineError, match="by the model"):
        engine.run(np.zeros((1, 3), np.float32))


def test_a_model_of_two_inputs_takes_two_tensors(onnx_engine):
    inputs = [("x", FLOAT, [1, 3]), ("z", FLOAT, [1, 3])]
    engine = onnx_engine(("Sub", ["x", "z"], ["y"]), inputs=inputs, outputs=[("y", FLOAT, [1, 3])])
    three, one = np.float32([[3, 3, 3]]), np.float32([[1, 1, 1]])
    assert engine.run(three, one).tolist() == [[2, 2, 2]]
    with pytest.raises(EngineError, match=r"Expected .* and .* by the model, got float32 \(1, 3\)"):
        engine.run(three)


def test_a_model_of_two_outputs_is_refused(onnx_engine):
    x, y = ("x", FLOAT, [1, 3]), ("y", FLOAT, [1, 3])
    with pytest.raises(EngineError, match="got 1 and 2"):
        onnx_engine(
            ("Softmax", ["x"], ["y"]),
            ("Neg", ["x"], ["z"]),
            inputs=[x],
            outputs=[y, ("z", FLOAT, [1, 3])],
        )


def test_an_operator_that_does_not_exist_is_refused_in_one_line(onnx_engine):
    with pytest.raises(EngineError, match=r"^Expected an? .*model.*, got") as caught:
        onnx_engine(
            ("FormatDisk", ["x"], ["y"]),
            inputs=[("x", FLOAT, [1, 3])],
            outputs=[("y", FLOAT, [1, 3])],
        )
    assert "\n" not in str(caught.value)


def lookup_model(onnx_engine):
    """Return an embedding of four rows, which an id of 99 does not fit."""
    onnx = pytest.importorskip("onnx")
    table = onnx.helper.make_tensor("table", FLOAT, [4], [1, 2, 3, 4])
    return onnx_engine(
        ("Gather", ["table", "x"], ["y"]),
        inputs=[("x", INT32, [1, 2])],
        outputs=[("y", FLOAT, [1, 2])],
        constants=[table],
    )


def test_onnx_runtime_looks_up_ids(onnx_engine):
    assert lookup_model(onnx_engine).run(np.int32([[0, 3]])).tolist() == [[1, 4]]


def test_an_id_beyond_the_models_table_is_the_typed_error(onnx_engine):
    with pytest.raises(EngineError):
        lookup_model(onnx_engine).run(np.int32([[0, 99]]))


def test_weights_in_a_file_outside_the_bundle_are_refused(onnx_engine, tmp_path, monkeypatch):
    onnx = pytest.importorskip("onnx")
    monkeypatch.chdir(tmp_path)
    Path("weights.bin").write_bytes(np.ones((3, 3), np.float32).tobytes())
    weights = onnx.TensorProto(name="w", data_type=FLOAT, dims=[3, 3], data_location=1)
    weights.external_data.add(key="location", value="weights.bin")
    with pytest.raises(EngineError):
        onnx_engine(
            ("MatMul", ["x", "w"], ["y"]),
            inputs=[("x", FLOAT, [1, 3])],
            outputs=[("y", FLOAT, [1, 3])],
            constants=[weights],
        )


class FakeInterpreter:
    """TFLite's interface, for a model that takes uint8 (1, 2) and returns it."""

    inputs = [{"index": 0, "dtype": np.uint8, "shape": np.array([1, 2])}]  # noqa: RUF012
    outputs = [{"index": 1}]  # noqa: RUF012

    def __init__(self, model_content, num_threads):
        self.opened_with = (model_content, num_threads)

    def allocate_tensors(self):
        pass

    def reset_all_variables(self):
        pass

    def get_input_details(self):
        return self.inputs

    def get_output_details(self):
        return self.outputs

    def set_tensor(self, index, tensor):
        self.tensor = tensor

    def invoke(self):
        self.result = self.tensor

    def get_tensor(self, index):
        return self.result.copy()


def test_an_interpreter_runs_a_model():
    engine = InterpreterEngine(FakeInterpreter, b"model", threads=3)
    assert engine._interpreter.opened_with == (b"model", 3)
    assert engine.run(np.uint8([[1, 2]])).tolist() == [[1, 2]]


@pytest.mark.parametrize(
    "tensor", [np.zeros((1, 2), np.float32), np.zeros((1, 3), np.uint8), np.zeros(2, np.uint8)]
)
def test_an_interpreter_refuses_another_tensor_than_the_model_takes(tensor):
    engine = InterpreterEngine(FakeInterpreter, b"model", threads=1)
    with pytest.raises(EngineError, match=r"Expected uint8 .* by the model, got") as caught:
        engine.run(tensor)
    assert f"got {tensor.dtype} {tensor.shape}" in str(caught.value)


@pytest.mark.parametrize("side", ["inputs", "outputs"])
@pytest.mark.parametrize("count", [0, 4])
def test_an_interpreter_refuses_a_model_of_too_many_inputs_or_outputs(side, count):
    class Odd(FakeInterpreter):
        pass

    setattr(Odd, side, getattr(FakeInterpreter, side) * count)
    with pytest.raises(EngineError, match="one to 3 inputs and one output") as caught:
        InterpreterEngine(Odd, b"model", threads=1)
    assert str(count) in str(caught.value)


@pytest.mark.parametrize("kind", [ValueError, RuntimeError])
def test_an_interpreter_that_refuses_a_model_is_quoted_in_one_line(kind):
    class Refusing(FakeInterpreter):
        def allocate_tensors(self):
            raise kind("Op CUSTOM is not there\nNode number 3 failed")

    with pytest.raises(EngineError, match=r"got: Op CUSTOM is not there$"):
        InterpreterEngine(Refusing, b"model", threads=1)


def test_an_interpreter_that_fails_while_it_runs_is_the_typed_error():
    class Failing(FakeInterpreter):
        def invoke(self):
            raise RuntimeError("gather index out of bounds\nNode number 3 failed")

    engine = InterpreterEngine(Failing, b"model", threads=1)
    with pytest.raises(EngineError):
        engine.run(np.uint8([[1, 2]]))


@pytest.fixture
def digits():
    if not GOLDEN.is_file():
        pytest.skip("tests/golden/digits.satchel is not there")
    return open_bundle(GOLDEN)


@pytest.mark.parametrize("name", ENGINES)
def test_an_engine_runs_a_real_model_and_returns_a_copy(digits, name):
    pytest.importorskip(ENGINES[name].package)
    entries = [entry for entry in digits.card.models if entry.format in ENGINES[name].formats]
    if not entries:
        pytest.skip(f"digits.satchel has no model for {name}")
    for entry in entries:
        if name not in entry.needs:
            continue
        engine = open_model(digits, file=entry.file, engine=name)._engine
        shape = (1, digits.card.input.height, digits.card.input.width, 3)
        first = engine.run(np.zeros(shape, entry.input.dtype))
        kept = first.copy()
        engine.run(np.full(shape, 200, entry.input.dtype))
        assert first.dtype == entry.output.dtype
        assert first.shape == (1, len(digits.card.output.labels))
        assert np.array_equal(first, kept)
