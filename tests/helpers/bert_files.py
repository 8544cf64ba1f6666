"""Finished models with the inputs of BERT, as Hugging Face's exporter names and types them."""

import numpy as np

from helpers.bert_models import PIECES, SENTIMENT

HUGGING_FACE = ("input_ids", "attention_mask", "token_type_ids")


def bert_onnx(names=HUGGING_FACE, *, shape=("batch_size", "sequence_length"), dtypes=("INT64",)):
    """Return an .onnx whose logits are minus and plus the mean sentiment of the masked tokens.

    ``dtypes`` are those of the inputs; the last one is that of all others too.
    """
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    kinds = [getattr(TensorProto, each) for each in (*dtypes, *dtypes[-1:] * len(names))]
    table = np.zeros((len(PIECES), 1), np.float32)
    for piece, value in SENTIMENT.items():
        table[PIECES.index(piece)] = value
    held = {
        "table": table,
        "kinds": np.zeros((2, 1), np.float32),
        "last": np.array([2], np.int64),
        "tokens": np.array([1], np.int64),
        "head": np.array([[-3.0, 3.0]], np.float32),
    }
    nodes = [
        helper.make_node("Gather", ["table", names[0]], ["found"]),
        helper.make_node("Cast", [names[1]], ["real"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["real", "last"], ["present"]),
        helper.make_node("Gather", ["kinds", names[2]], ["kinds_of_words"])
        if len(names) > 2
        else helper.make_node("Identity", ["found"], ["kinds_of_words"]),
        helper.make_node("Add", ["found", "kinds_of_words"], ["values"]),
        helper.make_node("Mul", ["values", "present"], ["masked"]),
        helper.make_node("ReduceSum", ["masked", "tokens"], ["sum"], keepdims=0),
        helper.make_node("ReduceSum", ["real", "tokens"], ["count"], keepdims=1),
        helper.make_node("Div", ["sum", "count"], ["mean"]),
        helper.make_node("MatMul", ["mean", "head"], ["logits"]),
    ]
    graph = helper.make_graph(
        nodes,
        "bert",
        [
            helper.make_tensor_value_info(name, kind, shape)
            for name, kind in zip(names, kinds, strict=False)
        ],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [shape[0], 2])],
        [numpy_helper.from_array(value, name) for name, value in held.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return model.SerializeToString()
