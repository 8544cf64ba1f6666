"""ONNX files that no exporter would write, in protobuf's wire format: cases 39 to 43."""

FLOAT = 1
MODEL_IR, MODEL_GRAPH, MODEL_OPSET, MODEL_METADATA, MODEL_FUNCTION = 1, 7, 8, 14, 25
GRAPH_NODE, GRAPH_NAME, GRAPH_INITIALIZER, GRAPH_INPUT, GRAPH_OUTPUT, GRAPH_VALUE = (
    1, 2, 5, 11, 12, 13,
)  # fmt: skip


def message(*fields):
    """Return fields of numbers, texts and messages as bytes."""
    parts = []
    for number, value in fields:
        if isinstance(value, int):
            parts.append(_varint(number << 3) + _varint(value % (1 << 64)))
        else:
            content = value.encode() if isinstance(value, str) else value
            parts.append(_varint(number << 3 | 2) + _varint(len(content)) + content)
    return b"".join(parts)


def value(name, sides=(1, 4)):
    shape = message(*((1, message((1, side))) for side in sides))
    return message((1, name), (2, message((1, message((1, FLOAT), (2, shape))))))


def node(kind, inputs=("x",), outputs=("y",), *, domain="", attributes=()):
    return message(
        *((1, name) for name in inputs),
        *((2, name) for name in outputs),
        (4, kind),
        *((5, attribute) for attribute in attributes),
        *([(7, domain)] if domain else []),
    )


def external(name="w"):
    """Return a tensor whose numbers lie in another file."""
    location = message((1, "location"), (2, "../../etc/passwd"))
    return message((1, 4), (2, FLOAT), (8, name), (13, location), (14, 1))


def attribute(name, field, content):
    """Return an attribute that holds a tensor (5) or a graph (6)."""
    return message((1, name), (field, content), (20, {5: 4, 6: 5}[field]))


def graph(*nodes, more=(), sides=(1, 4), name="g"):
    return message(
        *((GRAPH_NODE, each) for each in nodes),
        (GRAPH_NAME, name),
        (GRAPH_INPUT, value("x")),
        (GRAPH_OUTPUT, value("y", sides)),
        *more,
    )


def model(main, *more):
    return message(
        (MODEL_IR, 8), (MODEL_GRAPH, main), (MODEL_OPSET, message((1, ""), (2, 17))), *more
    )


def softmax(*more):
    """Return a file that is right: four numbers to their softmax."""
    return model(graph(node("Softmax")), *more)


def nested(depth):
    """Return an If in an If in an If."""
    inner = graph(node("Softmax"))
    for _ in range(depth):
        inner = graph(node("If", attributes=[attribute("then_branch", 6, inner)]))
    return model(inner)


def memory_bomb(elements):
    """Return a file that makes far more numbers than it declares."""
    shape = message((1, 1), (2, 7), (8, "s"), (7, elements))
    return model(graph(node("ConstantOfShape", ["s"]), more=[(GRAPH_INITIALIZER, shape)]))


def _varint(number):
    parts = []
    while number > 0x7F:
        parts.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*parts, number])
