"""TFLite files that no converter would write, made with the schema that LiteRT brings."""

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

FLOAT32, INT32, BOOL = schema.TensorType.FLOAT32, schema.TensorType.INT32, schema.TensorType.BOOL
SIDES = (1, 4)
"""Of the input, and of every tensor of which a test says nothing else"""


def tensor(shape=SIDES, *, kind=FLOAT32, buffer=0):
    made = schema.TensorT()
    made.shape, made.type, made.buffer, made.name = list(shape), kind, buffer, b"t"
    return made


def operator(inputs, outputs, *, code=0, options=None):
    made = schema.OperatorT()
    made.opcodeIndex, made.inputs, made.outputs = code, list(inputs), list(outputs)
    if options is not None:
        name = type(options).__name__.removesuffix("T")
        made.builtinOptionsType = getattr(schema.BuiltinOptions, name)
        made.builtinOptions = options
    return made


def graph(tensors, operators, *, inputs=(0,), outputs=(1,)):
    made = schema.SubGraphT()
    made.tensors, made.operators = list(tensors), list(operators)
    made.inputs, made.outputs = list(inputs), list(outputs)
    return made


def code(builtin, *, custom=None):
    made = schema.OperatorCodeT()
    made.builtinCode, made.version, made.customCode = builtin, 1, custom
    made.deprecatedBuiltinCode = min(builtin, 127)
    return made


def model(*graphs, codes=(), constants=(), buffers=()):
    """Return the file; ``constants`` are the buffers from 1 on, and ``buffers`` come behind."""
    made = schema.ModelT()
    made.version, made.description = 3, b"hostile"
    made.subgraphs, made.operatorCodes = list(graphs), list(codes)
    made.buffers = [schema.BufferT()]
    for content in constants:
        buffer = schema.BufferT()
        buffer.data = np.frombuffer(content, np.uint8)
        made.buffers.append(buffer)
    made.buffers += buffers
    builder = flatbuffers.Builder(1024)
    builder.Finish(made.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def one_operator(builtin, *, custom=None, options=None, sides=SIDES):
    """Return a file of a single operator, x to y."""
    return model(
        graph([tensor(), tensor(sides)], [operator([0], [1], options=options)]),
        codes=[code(builtin, custom=custom)],
    )


def relu(sides=SIDES):
    return one_operator(schema.BuiltinOperator.RELU, sides=sides)


def softmax():
    """Return a file that is right: four numbers to their softmax."""
    options = schema.SoftmaxOptionsT()
    options.beta = 1.0
    return one_operator(schema.BuiltinOperator.SOFTMAX, options=options)


def endless_loop():
    """Return a file whose WHILE goes on as long as true is true."""
    condition = graph([tensor(), tensor((), kind=BOOL, buffer=1)], [])
    body = graph([tensor(), tensor()], [operator([0], [1], code=1)])
    options = schema.WhileOptionsT()
    options.condSubgraphIndex, options.bodySubgraphIndex = 1, 2
    main = graph([tensor(), tensor()], [operator([0], [1], options=options)])
    return model(
        main,
        condition,
        body,
        codes=[code(schema.BuiltinOperator.WHILE), code(schema.BuiltinOperator.RELU)],
        constants=[b"\1"],
    )


def memory_bomb(elements):
    """Return a file whose FILL makes far more numbers than its tensors declare."""
    return model(
        graph(
            [tensor(), tensor((2,), kind=INT32, buffer=1), tensor((), buffer=2), tensor()],
            [operator([1, 2], [3])],
            outputs=(3,),
        ),
        codes=[code(schema.BuiltinOperator.FILL)],
        constants=[np.int32([elements, 4]).tobytes(), np.float32(1).tobytes()],
    )


def image(level):
    """Return a file that is right: a constant of one pixel, whatever comes in."""
    return model(
        graph([tensor(), tensor((1, 1, 1, 3), buffer=1)], []),
        constants=[np.full(3, 255 * level, np.float32).tobytes()],
    )


def string_output():
    """Return a file whose output holds texts that lie outside of it."""
    texts = np.int32([2, 12, 1 << 30, 1 << 30]).tobytes()
    output = tensor((2,), kind=schema.TensorType.STRING, buffer=1)
    return model(graph([tensor(), output], []), constants=[texts])


def missing_operand():
    """Return a file whose ABS has no input: a pointer to nothing."""
    return model(
        graph([tensor(), tensor()], [operator([-1], [1])]),
        codes=[code(schema.BuiltinOperator.ABS)],
    )


def loop_in_itself():
    """Return a file whose WHILE has itself as its body."""
    options = schema.WhileOptionsT()
    options.condSubgraphIndex, options.bodySubgraphIndex = 1, 2
    loop = graph([tensor(), tensor()], [operator([0], [1], options=options)])
    condition = graph([tensor(), tensor((), kind=BOOL, buffer=1)], [])
    return model(
        loop, condition, loop, codes=[code(schema.BuiltinOperator.WHILE)], constants=[b"\1"]
    )


def shared_inputs(*, operators, inputs):
    """Return a file whose operators all point to one vector of inputs, to be read each time."""
    steps = [operator([0] * inputs, [1])] + [operator([1], [1]) for _ in range(operators - 1)]
    content = bytearray(
        model(
            graph([tensor(), tensor()], steps), codes=[code(schema.BuiltinOperator.CONCATENATION)]
        )
    )
    main = schema.Model.GetRootAs(content, 0).Subgraphs(0)
    [shared, *others] = [main.Operators(at)._tab for at in range(operators)]
    slot = 6  # of an operator's inputs, in the table of its fields
    field = shared.Pos + shared.Offset(slot)
    vector = field + int.from_bytes(content[field : field + 4], "little")
    for other in others:
        field = other.Pos + other.Offset(slot)
        content[field : field + 4] = ((vector - field) % (1 << 32)).to_bytes(4, "little")
    return bytes(content)
