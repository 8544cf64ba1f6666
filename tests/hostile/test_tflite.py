"""Cases 30 to 38: what a TFLite file may ask for; what ends a process is in test_isolation."""

import contextlib
import random
import struct

import numpy as np
import pytest

from satchel import ImageGenerator, limits
from satchel.engines.engine import ENGINES, open_engine
from satchel.errors import EngineError
from satchel.model_checks.tflite_tensors import check_tensors

pytest.importorskip("ai_edge_litert")

from hostile import tflite_files as tflite

BUILTIN = tflite.schema.BuiltinOperator
RELU = [tflite.code(BUILTIN.RELU)]


@pytest.fixture
def told(held):
    """Return a function that gives LiteRT a file and returns the refusal."""
    return lambda content: held(EngineError, lambda: open_engine("litert", content, threads=1))


def relu(inputs=(0,), outputs=(1,), *, tensors=None, **options):
    made = tensors or [tflite.tensor(), tflite.tensor()]
    return tflite.model(
        tflite.graph(made, [tflite.operator(inputs, outputs)], **options), codes=RELU
    )


def test_the_files_that_the_cases_change_run():
    for content in (tflite.softmax(), relu()):
        engine = open_engine("litert", content, threads=1)
        assert engine.run(np.ones((1, 4), np.float32)).shape == (1, 4)


def test_case_30_offsets_that_lead_out_of_the_file_are_refused(told):
    content = tflite.softmax()
    for beyond in (len(content), 1 << 31, 0xFFFFFFFF):
        assert "leads out of the file" in told(struct.pack("<I", beyond) + content[4:])
    assert "it is not marked TFL3" in told(b"\0" * 100)
    with pytest.raises(EngineError):
        check_tensors(content[:8])


def test_case_30_a_buffer_behind_the_end_of_the_file_is_refused(told):
    buffer = tflite.schema.BufferT()
    buffer.offset, buffer.size = 1 << 40, 1 << 40
    made = tflite.graph([tflite.tensor(), tflite.tensor()], [tflite.operator([0], [1])])
    assert "a buffer ends after the end of the file" in told(
        tflite.model(made, codes=RELU, buffers=[buffer])
    )


@pytest.mark.parametrize("buffer", [1, 7, 2**31, 2**32 - 1])
def test_case_30_a_buffer_that_is_not_there_is_refused(buffer, told):
    tensors = [tflite.tensor(), tflite.tensor(buffer=buffer)]
    assert f"names buffer {buffer} of 1" in told(relu(tensors=tensors))


def test_case_30_every_prefix_and_any_changed_byte_is_checked_within_bounds():
    content = bytearray(tflite.endless_loop())
    chance = random.Random(7)
    for length in range(len(content)):
        _check(bytes(content[:length]))
    for _ in range(3000):
        changed = bytearray(content)
        changed[chance.randrange(len(content))] = chance.randrange(256)
        _check(bytes(changed))


def _check(content):
    # Anything but the typed error fails the test.
    with contextlib.suppress(EngineError):
        check_tensors(content)


def test_case_30_vectors_that_are_shared_to_make_a_reader_slow_are_refused():
    # A hundred operators that all name the same four thousand inputs.
    content = tflite.shared_inputs(operators=100, inputs=4000)
    with pytest.raises(EngineError, match="more numbers than the file has bytes"):
        check_tensors(content)


@pytest.mark.parametrize("name", [b"Evil", b"FlexAdd", b"../../evil.so", b""])
def test_case_31_operators_that_are_not_built_in_are_refused(name, told):
    assert "that loads here, got" in told(tflite.one_operator(BUILTIN.CUSTOM, custom=name))


def test_case_32_a_stride_of_zero_is_refused_and_divides_nothing(told):
    options = tflite.schema.Pool2DOptionsT()
    options.strideW = options.strideH = options.filterWidth = options.filterHeight = 0
    square = [tflite.tensor((1, 4, 4, 1)), tflite.tensor((1, 4, 4, 1))]
    made = tflite.graph(square, [tflite.operator([0], [1], options=options)])
    assert "that loads here" in told(tflite.model(made, codes=[tflite.code(BUILTIN.MAX_POOL_2D)]))


def test_case_32_a_side_of_zero_is_refused_when_it_runs(bundle_of, held):
    tensors = [tflite.tensor((1, 0)), tflite.tensor((1, 0))]
    generator = ImageGenerator(bundle_of(relu(tensors=tensors)))
    assert "Expected float32 (1, 0) by the model" in held(
        EngineError, lambda: generator.generate(7)
    )


@pytest.mark.parametrize("index", [2, -2, -7, 2**31 - 1, -(2**31)])
@pytest.mark.parametrize("place", ["inputs", "outputs", "graph"])
def test_case_33_a_tensor_that_is_not_there_is_refused(index, place, told):
    made = {
        "inputs": lambda: relu(inputs=(index,)),
        "outputs": lambda: relu((0,), (index,)),
        "graph": lambda: tflite.model(
            tflite.graph(
                [tflite.tensor(), tflite.tensor()], [tflite.operator([0], [1])], inputs=(index,)
            ),
            codes=RELU,
        ),
    }
    assert f"names tensor {index} of 2" in told(made[place]())


@pytest.mark.parametrize(
    ("sides", "says"),
    [
        ((1 << 20, 1 << 12), "at most 1,073,741,824 bytes, got one that needs 17,179,8"),
        ((2**31 - 1,) * 8, "got one that needs 1,000,000,000,000,000,000"),
        ((1, -4), "a side of -4"),
        ((1,) * 40, "40 sides"),
    ],
)
def test_case_34_tensors_that_cannot_be_are_refused_before_they_are_allocated(sides, says, told):
    assert says in told(tflite.relu(sides))


def test_case_34_what_counts_is_what_is_in_use_at_once(monkeypatch):
    # Ten steps of 16 bytes each: no two but neighbours live at the same time.
    tensors = [tflite.tensor() for _ in range(11)]
    steps = [tflite.operator([at], [at + 1]) for at in range(10)]
    content = tflite.model(tflite.graph(tensors, steps, outputs=(10,)), codes=RELU)
    monkeypatch.setattr(limits, "MAX_TENSOR_BYTES", 32)
    check_tensors(content)
    monkeypatch.setattr(limits, "MAX_TENSOR_BYTES", 31)
    with pytest.raises(EngineError, match="at most 31 bytes, got one that needs 32"):
        check_tensors(content)


def test_case_36_another_input_or_output_than_the_card_says_is_refused(bundle_of, held):
    generator = ImageGenerator(bundle_of(tflite.softmax()))
    message = held(EngineError, lambda: generator.generate(7))
    assert "as its card says, got float32 (1, 4)" in message
    for sides, kind in (((1, 5), tflite.FLOAT32), ((4,), tflite.FLOAT32), ((1, 4), tflite.INT32)):
        tensors = [tflite.tensor(sides, kind=kind), tflite.tensor(sides, kind=kind)]
        made = tflite.model(tflite.graph(tensors, [], outputs=(0,)))
        other = ImageGenerator(bundle_of(made))
        assert "by the model, got" in held(EngineError, lambda other=other: other.generate(7))


def test_case_37_an_operator_of_a_later_runtime_is_refused(told):
    assert "that loads here, got" in told(
        tflite.model(
            tflite.graph([tflite.tensor(), tflite.tensor()], [tflite.operator([0], [1])]),
            codes=[tflite.code(9999)],
        )
    )
    later = tflite.code(BUILTIN.RELU)
    later.version = 999
    content = tflite.model(
        tflite.graph([tflite.tensor(), tflite.tensor()], [tflite.operator([0], [1])]),
        codes=[later],
    )
    assert "999" in told(content)


def test_case_37_a_card_that_needs_a_later_runtime_is_refused_with_what_to_do(bundle_of, held):
    bundle = bundle_of(tflite.softmax(), needs="999.0")
    message = held(EngineError, lambda: ImageGenerator(bundle))
    assert "litert 999.0" in message
    assert ENGINES["litert"].distribution in message
