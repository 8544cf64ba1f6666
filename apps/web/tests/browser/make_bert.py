"""Writes bert.satchel beside it: untrained models that read ids, a mask and segments.

The graph of the .tflite lists its inputs in another order than its signature: a reader that goes by
the signature feeds the mask as ids. The .onnx reads int64, as those of Hugging Face do.
``.venv/bin/python apps/web/tests/browser/make_bert.py`` runs it.
"""

import json
from pathlib import Path
from typing import Any

import flatbuffers
import numpy as np
import onnx
import tensorflow as tf
from tensorflow.lite.python import schema_py_generated as schema

from satchel.bundle import (
    Bundle,
    Card,
    LabelOutput,
    ModelEntry,
    TensorSpec,
    TextInput,
    card_to_json,
    digest,
    pack,
)
from satchel.inference import open_model
from satchel.preprocessing import WordPieceSpec, open_reader

PIECES = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "great", "awful", "film", "##s", "!")
TEXTS = ("A great film!", "Awful, AWFUL films\u2026", "gr\u00e9at", "")
LENGTH = 8
TENSORS = ("ids", "mask", "segments")
NAMES = ("token_ids", "attention", "kinds")
"""The names of the inputs, whose order by the alphabet is another one"""
GOLDEN = "golden/vectors.json"
VECTORS = np.random.default_rng(5).normal(size=(len(PIECES), 2)).astype(np.float32)
SHIFT = np.float32([0.25, -0.5])
HERE = Path(__file__).parent


class Classifier(tf.Module):
    """The softmax of the mean of all words' vectors, moved by the segments."""

    @tf.function(input_signature=[tf.TensorSpec((1, LENGTH), tf.int32, each) for each in NAMES])
    def __call__(self, ids: Any, mask: Any, segments: Any) -> Any:
        """Return probabilities, (1, 2)."""
        kept = tf.cast(mask, tf.float32)
        words = tf.gather(tf.constant(VECTORS), ids) * kept[:, :, None]
        moved = SHIFT * (1 + tf.reduce_sum(tf.cast(segments, tf.float32)))
        return tf.nn.softmax(tf.reduce_sum(words, axis=1) / tf.reduce_sum(kept) + moved)


def to_tflite() -> tuple[bytes, tuple[int, ...]]:
    """Return a .tflite and the rows of its inputs, in the order of its graph."""
    model = Classifier()
    function = model.__call__.get_concrete_function()
    converter = tf.lite.TFLiteConverter.from_concrete_functions([function], model)
    parsed = schema.ModelT.InitFromObj(schema.Model.GetRootAs(converter.convert(), 0))
    [graph], [signature] = parsed.subgraphs, parsed.signatureDefs
    named = {each.tensorIndex: each.name.decode() for each in signature.inputs}
    graph.inputs = [at for name in NAMES for at in named if named[at] == name]
    signature.inputs.sort(key=lambda each: each.name)
    builder = flatbuffers.Builder()
    builder.Finish(parsed.Pack(builder), b"TFL3")
    return bytes(builder.Output()), tuple(map(NAMES.index, NAMES))


def to_onnx() -> tuple[bytes, tuple[int, ...]]:
    """Return an .onnx that reads int64, and the rows of its inputs, the mask first."""
    helper, types = onnx.helper, onnx.TensorProto
    rows = (1, 2, 0)
    inputs = [helper.make_tensor_value_info(NAMES[row], types.INT64, [1, LENGTH]) for row in rows]
    constants = {
        "vectors": VECTORS,
        "shift": SHIFT,
        "one": np.float32(1),
        "side": np.int64([1]),
        "last": np.int64([2]),
    }
    steps = [
        ("Gather", ["vectors", NAMES[0]], "words", {}),
        ("Cast", [NAMES[1]], "kept", {"to": types.FLOAT}),
        ("Unsqueeze", ["kept", "last"], "column", {}),
        ("Mul", ["words", "column"], "masked", {}),
        ("ReduceSum", ["masked", "side"], "sum", {"keepdims": 0}),
        ("ReduceSum", ["kept", "side"], "count", {}),
        ("Div", ["sum", "count"], "mean", {}),
        ("Cast", [NAMES[2]], "parts", {"to": types.FLOAT}),
        ("ReduceSum", ["parts", "side"], "part", {}),
        ("Add", ["part", "one"], "factor", {}),
        ("Mul", ["shift", "factor"], "moved", {}),
        ("Add", ["mean", "moved"], "logits", {}),
        ("Softmax", ["logits"], "scores", {"axis": -1}),
    ]
    graph = helper.make_graph(
        [helper.make_node(kind, given, [made], **fields) for kind, given, made, fields in steps],
        "bert",
        inputs,
        [helper.make_tensor_value_info("scores", types.FLOAT, [1, 2])],
        [onnx.numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return model.SerializeToString(), rows


def entry(file: str, content: bytes, tensor: TensorSpec) -> ModelEntry:
    """Return what the card says of a model."""
    form, engine = ("tflite", "litert") if file.endswith(".tflite") else ("onnx", "onnx")
    return ModelEntry(
        file=file,
        format=form,
        scheme="float32",
        size_bytes=len(content),
        input=tensor,
        output=TensorSpec("float32"),
        needs={engine: "1.0"},
        golden_tolerance=1e-5,
        golden_tolerance_why="float32 is rounded in another order elsewhere",
    )


def bundle() -> Bundle:
    """Return the bundle with its golden vectors: what the .tflite says here."""
    tflite, tflite_rows = to_tflite()
    onnx_model, onnx_rows = to_onnx()
    files = {
        "float32.tflite": tflite,
        "int64.onnx": onnx_model,
        "vocab.txt": "".join(f"{piece}\n" for piece in PIECES).encode(),
        **{f"golden/{at}.txt": text.encode() for at, text in enumerate(TEXTS)},
    }
    card = Card(
        name="bert",
        version="1.0.0",
        task="text-classification",
        input=TextInput(LENGTH, WordPieceSpec("vocab.txt", True, True), TENSORS),
        output=LabelOutput(("negative", "positive"), "softmax"),
        models=(
            entry("float32.tflite", tflite, TensorSpec("int32", rows=tflite_rows)),
            entry("int64.onnx", onnx_model, TensorSpec("int64", rows=onnx_rows)),
        ),
        golden=GOLDEN,
    )
    drawn = Bundle(card, files)
    read = open_reader(card, files)
    model = open_model(drawn, file="float32.tflite", engine="litert", threads=1)
    vectors = [
        {
            "input": f"golden/{at}.txt",
            "scores": [round(float(each), 7) for each in model.predict(read(text))],
        }
        for at, text in enumerate(TEXTS)
    ]
    whole = {**files, GOLDEN: json.dumps({"vectors": vectors}).encode()}
    hashes = {name: digest(content) for name, content in sorted(whole.items())}
    return Bundle(card._replace(files=hashes), whole)


if __name__ == "__main__":
    made = bundle()
    content = pack({"card.json": card_to_json(made.card), **made.files})
    (HERE / "bert.satchel").write_bytes(content)
