"""Files of attention alone, written by hand, in each form in which its parts can stand."""

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from satchel_convert.tflite.flatbuffer import add_buffer, write_tree
from satchel_convert.tflite.graph_builder import GraphBuilder

LENGTH, HEADS, SIZE = 8, 2, 4
WORDS = (1, LENGTH)
"""The sides of the first input, bool: which ids are words"""
VECTORS = (1, LENGTH, HEADS, SIZE)
"""The sides of the other inputs, float32: queries, and what is keys and values in one"""
SCORES = (1, HEADS, LENGTH, LENGTH)


class Attention(GraphBuilder):
    """Builds the graph of a file, an operator a method; ``write`` returns the file."""

    def __init__(self):
        tree, graph = schema.ModelT(), schema.SubGraphT()
        tree.version, tree.description, tree.subgraphs, tree.operatorCodes = 3, b"", [graph], []
        tree.buffers = [schema.BufferT()]
        graph.tensors, graph.operators = [], []
        super().__init__(tree, graph)
        self.words = self.tensor("words", WORDS, "BOOL")
        self.vectors = self.tensor("vectors", VECTORS, "FLOAT32")
        self.keys = self.tensor("keys", VECTORS, "FLOAT32")
        graph.inputs = np.array([self.words, self.vectors, self.keys], np.int32)

    def shape(self, tensor):
        return tuple(map(int, self.graph.tensors[tensor].shape))

    def bools(self, values):
        data = np.frombuffer(np.ascontiguousarray(values).tobytes(), np.uint8)
        return self.tensor("bools", np.shape(values), "BOOL", add_buffer(self.tree, data))

    def floats(self, *values):
        return self.constant("floats", np.array(values, np.float32).reshape(-1))

    def number(self, value):
        return self.constant("number", np.array(value, np.float32))

    def step(self, name, inputs, shape, kind="FLOAT32", options="", **chosen):
        output = self.tensor(name.lower(), shape, kind)
        made = self.add(name, inputs, output, options)
        for key, value in chosen.items():
            assert hasattr(made, key)
            setattr(made, key, value)
        return output

    def transpose(self, values, *order):
        shape = [self.shape(values)[at] for at in order]
        inputs = [values, self.constant("order", np.array(order, np.int32))]
        return self.step("TRANSPOSE", inputs, shape, options="TransposeOptions")

    def reshape(self, values, *shape):
        kind = "BOOL" if self.graph.tensors[values].type == schema.TensorType.BOOL else "FLOAT32"
        sides = np.array(shape, np.int32)
        inputs = [values, self.constant("sides", sides)]
        return self.step("RESHAPE", inputs, shape, kind, "ReshapeOptions", newShape=sides)

    def product(self, first, second, *, adj_x=False, adj_y=False):
        rows = self.shape(first)[-1 if adj_x else -2]
        columns = self.shape(second)[-2 if adj_y else -1]
        shape = (*self.shape(first)[:-2], rows, columns)
        return self.step(
            "BATCH_MATMUL", [first, second], shape, options="BatchMatMulOptions",
            adjX=adj_x, adjY=adj_y,
        )  # fmt: skip

    def join(self, name, first, second, *, kind="FLOAT32"):
        """Add an operator of two inputs that broadcast."""
        shape = np.broadcast_shapes(self.shape(first), self.shape(second))
        options = {"MUL": "MulOptions", "DIV": "DivOptions", "ADD": "AddOptions"}.get(name, "")
        return self.step(name, [first, second], shape, kind, options)

    def choose(self, mask, first, second):
        shapes = [self.shape(each) for each in (mask, first, second)]
        return self.step(
            "SELECT_V2", [mask, first, second], np.broadcast_shapes(*shapes),
            options="SelectV2Options",
        )  # fmt: skip

    def softmax(self, values):
        shape = self.shape(values)
        return self.step("SOFTMAX", [values], shape, options="SoftmaxOptions", beta=1.0)

    def as_keras(self):
        """Return keys times queries, transposed, as Keras writes the scores."""
        keys = self.transpose(self.keys, 0, 2, 1, 3)
        queries = self.transpose(self.vectors, 0, 2, 3, 1)
        return self.transpose(self.product(keys, queries), 0, 1, 3, 2)

    def scores(self):
        """Return queries times keys, (1, heads, length, length)."""
        queries = self.transpose(self.vectors, 0, 2, 1, 3)
        keys = self.transpose(self.keys, 0, 2, 1, 3)
        return self.product(queries, keys, adj_y=True)

    def values(self):
        return self.transpose(self.keys, 0, 2, 1, 3)

    def row(self):
        """Return the mask of words, the same for all that look at them."""
        return self.reshape(self.words, 1, 1, 1, LENGTH)

    def square(self):
        """Return the mask of pairs of words."""
        column = self.reshape(self.words, 1, 1, LENGTH, 1)
        return self.join("LOGICAL_AND", column, self.row(), kind="BOOL")

    def write(self, *results):
        self.graph.operators = self.operators
        self.graph.outputs = np.array(results, np.int32)
        return write_tree(self.tree)


def texts():
    """Return inputs: a text without words, one of one word, some of a few, and a full one."""
    generator = np.random.default_rng(5)
    return [
        (
            (np.arange(LENGTH) < words).reshape(WORDS),
            *generator.normal(0, 3, (2, *VECTORS)).astype(np.float32),
        )
        for words in (0, 1, 3, LENGTH - 1, LENGTH)
    ]
