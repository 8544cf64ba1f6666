"""A .tflite as its conversion backend writes it, beside the same after the passes for speed.

    .venv/bin/python benchmarks/graph_passes.py [--rounds 41] [--models … --schemes dynamic_int8 …]

Takes the recipes' networks with untrained weights, because time does not depend on them, and
networks as Keras users write them. The `before` file has every other pass. The last row is
MediaPipe Tasks with the `before` file of the text transformer, beside LiteRT with the other. Prints
how LiteRT shares the main graph with XNNPACK, processor time in microseconds, and the ratio in the
same round.
"""

import argparse
import statistics
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from latency import SENTENCE, runs_of
from side_by_side import ROOT, Round, print_conditions, ratios, spread, take_turns

from satchel import open_bundle
from satchel_convert.onnx.converter import quantize_onnx, to_onnx
from satchel_convert.onnx.passes.plan import FASTER as FASTER_ONNX, PASSES as ONNX_PASSES
from satchel_convert.onnx.passes.run import run_passes as run_onnx_passes
from satchel_convert.schemes import BACKENDS, ONLY, Scheme
from satchel_convert.tflite.converter import to_tflite
from satchel_convert.tflite.flatbuffer import input_names, read_tree
from satchel_convert.tflite.metadata import append_files, associated_files, describe
from satchel_convert.tflite.passes.int4_products import multiply_by_int4
from satchel_convert.tflite.passes.metadata import add_metadata
from satchel_convert.tflite.passes.plan import FASTER, PASSES
from satchel_convert.tflite.passes.run import run_passes
from satchel_train.recipes.imdb.training import NETWORKS

SCHEMES: list[Scheme] = ["float32", "float16", "dynamic_int8", "weight_int4"]
"""The schemes whose activations are floats"""
BUNDLE = ROOT / "zoo" / "imdb_transformer.satchel"
"""The card and the vocabulary that MediaPipe Tasks needs"""
FOR_SPEED = (*FASTER, multiply_by_int4)
"""The passes whose effect is measured"""
WORDS = 12
"""The ids of a sentence, as many as ``SENTENCE`` has words and marks"""


def recipe(name: str, **chosen: Any) -> Any:
    """Return a recipe's network for texts, with a batch of 1."""
    import keras

    network = NETWORKS[name]
    model = network.build(ids=network.words + 3, length=network.length, labels=2, **chosen)
    shapes = [(1, *each.shape[1:]) for each in model.inputs]
    fed = [
        keras.Input(batch_shape=shape, dtype=each.dtype, name=each.name)
        for shape, each in zip(shapes, model.inputs, strict=True)
    ]
    inputs = fed if len(fed) > 1 else fed[0]
    return keras.Model(inputs, model(inputs, training=False))


def encoder(*, dropout: float, causal: bool = False) -> Any:
    """Return two blocks of four heads over 128 words, as in a small BERT."""
    import keras
    from keras import layers, ops

    tokens = keras.Input(batch_shape=(1, 128), dtype="int32", name="ids")
    words = ops.expand_dims(ops.not_equal(tokens, 0), 1)
    values = layers.Embedding(5000, 128)(tokens)
    for _ in range(2):
        attention = layers.MultiHeadAttention(4, 32, dropout=dropout)
        seen = attention(values, values, attention_mask=words, use_causal_mask=causal)
        values = layers.LayerNormalization()(values + seen)
        inner = layers.Dense(256, activation="gelu")(values)
        values = layers.LayerNormalization()(values + layers.Dense(128)(inner))
    return keras.Model(tokens, layers.Dense(2, activation="softmax")(values[:, 0]))


def mobilenet() -> Any:
    """Return MobileNetV2 for images of 128 x 128 pixels."""
    import keras

    model = keras.applications.MobileNetV2((128, 128, 3), weights=None, classes=100)
    pixels = keras.Input(batch_shape=(1, 128, 128, 3), name="image")
    return keras.Model(pixels, model(pixels, training=False))


MODELS: dict[str, Callable[[], Any]] = {
    "imdb_transformer": partial(recipe, "transformer"),
    "imdb_lstm": partial(recipe, "lstm"),
    "imdb_rnn": partial(recipe, "rnn"),
    "imdb_mlp": partial(recipe, "mlp"),
    "imdb_bert": partial(recipe, "bert"),
    "encoder, dropout": partial(encoder, dropout=0.1),
    "encoder, no dropout": partial(encoder, dropout=0.0),
    "encoder, causal": partial(encoder, dropout=0.1, causal=True),
    "MobileNetV2": mobilenet,
}


IN_ONNX = ("imdb_transformer", "encoder, dropout")
"""The models whose .onnx is measured too: those with attention"""


def opened(model: bytes) -> Interpreter:
    """Return an interpreter of one thread that holds a sentence or a picture."""
    interpreter = Interpreter(model_content=model, num_threads=1)
    interpreter.allocate_tensors()
    names = input_names(read_tree(model))
    for name, details in zip(names, interpreter.get_input_details(), strict=True):
        tensor = sentence(name, details["shape"], details["dtype"])
        interpreter.set_tensor(details["index"], tensor)
    return interpreter


def shared(interpreter: Interpreter) -> str:
    """Return the parts of the graph in XNNPACK, and the operators outside of it."""
    makers: dict[int, Any] = {}
    for operator in interpreter._get_ops_details():
        # The delegates stand behind all operators, and make the outputs of those that they run.
        makers.update(dict.fromkeys(map(int, operator["outputs"]), operator))
    wanted = [each["index"] for each in interpreter.get_output_details()]
    run: dict[int, str] = {}
    while wanted:
        operator = makers.get(int(wanted.pop()))
        if operator is not None and operator["index"] not in run:
            run[operator["index"]] = operator["op_name"]
            wanted.extend(operator["inputs"])
    delegates = list(run.values()).count("DELEGATE")
    return f"{delegates}, {len(run) - delegates}"


def files(model: Any, scheme: Scheme) -> dict[str, bytes]:
    """Return the file without and with the passes for speed."""
    backend = BACKENDS.get(("tflite", scheme), ONLY)[0]
    written = to_tflite(model, scheme=scheme, calibration=np.zeros(0), backend=backend)
    passes = PASSES[scheme, backend]
    others = [each for each in passes if each not in FOR_SPEED]
    return {"before": run_passes(written, others), "after": run_passes(written, passes)}


def compare_onnx(name: str, source: bytes, scheme: Scheme, args: argparse.Namespace) -> None:
    """Print the row of a model in ONNX Runtime, with the operators of its file."""
    import onnx
    from onnxruntime import InferenceSession, SessionOptions

    calibration = np.zeros((1, 1), np.int32)
    quantized = quantize_onnx(source, scheme=scheme, calibration=calibration)
    passes = ONNX_PASSES[scheme]
    # Sorted nodes are those of the file before, too.
    others = [each for each in passes if each not in FASTER_ONNX[1:]]
    options = SessionOptions()
    options.intra_op_num_threads = 1
    runs, counts = {}, []
    for key, chosen in (("before", others), ("after", passes)):
        content = run_onnx_passes(quantized, chosen)
        counts.append(str(len(onnx.load_from_string(content).graph.node)))
        session = InferenceSession(content, options, providers=["CPUExecutionProvider"])
        ids = {each.name: sentence(each.name, each.shape) for each in session.get_inputs()}
        runs[key] = partial(session.run, None, ids)
    found = turns(runs, args)
    print(f"| {name}, {scheme}.onnx | {' to '.join(counts)} | {times(found)} |", flush=True)


def sentence(name: str, shape: Sequence[int], dtype: Any = np.int32) -> np.ndarray:
    """Return what a model's input of that name is fed: a sentence, or a black picture."""
    tensor = np.zeros(shape, dtype)
    if tensor.ndim == 2:
        words = np.random.default_rng(7).integers(3, 1000, WORDS)
        tensor[0, :WORDS] = 1 if "mask" in name or "segment" in name else words
    return tensor


def compare(name: str, scheme: Scheme, made: dict[str, bytes], args: argparse.Namespace) -> None:
    """Print the row of a model in a scheme."""
    interpreters = {key: opened(content) for key, content in made.items()}
    found = turns({key: each.invoke for key, each in interpreters.items()}, args)
    parts = " to ".join(shared(each) for each in interpreters.values())
    print(f"| {name}, {scheme} | {parts} | {times(found)} |", flush=True)


def turns(
    runs: dict[str, Callable[[], object]], args: argparse.Namespace
) -> dict[str, list[Round]]:
    """Return the rounds of runs that take turns, each of about the same time."""
    calls = {
        key: int(args.round_ms * 1e3 / runs_of(run, 3).cpu_us) + 1 for key, run in runs.items()
    }
    return take_turns(
        {key: partial(runs_of, run, calls[key]) for key, run in runs.items()}, rounds=args.rounds
    )


def times(found: dict[str, list[Round]]) -> str:
    """Return the cells of the processor time of both sides, and of the ratio in a round."""
    medians = [statistics.median(each.cpu_us for each in rounds) for rounds in found.values()]
    ratio = spread(ratios(found["after"], found["before"], "cpu_us"))
    return " | ".join([*(f"{each:.1f}" for each in medians), ratio])


def beside_mediapipe(written: dict[str, bytes], args: argparse.Namespace) -> None:
    """Print the row of MediaPipe Tasks with the file before, beside LiteRT with that after."""
    from mediapipe.tasks.python import BaseOptions, text

    bundle = open_bundle(BUNDLE)
    vocabulary = bundle.card.input.tokenizer.vocabulary
    metadata = partial(add_metadata, content=describe(bundle.card, rows=()))
    associated = associated_files(bundle.card, {vocabulary: bundle.files[vocabulary]})
    described = append_files(run_passes(written["before"], [metadata]), associated)
    options = text.TextClassifierOptions(BaseOptions(model_asset_buffer=described))
    with text.TextClassifier.create_from_options(options) as theirs:
        runs = {
            "before": lambda: theirs.classify(SENTENCE),
            "after": opened(written["after"]).invoke,
        }
        found = turns(runs, args)
    print(f"| imdb_transformer in MediaPipe Tasks, then in LiteRT | | {times(found)} |")


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=41)
    parser.add_argument("--round-ms", type=float, default=12.0)
    parser.add_argument("--schemes", nargs="+", choices=SCHEMES, default=SCHEMES)
    parser.add_argument("--models", nargs="+", choices=MODELS, default=[*MODELS])
    args = parser.parse_args()
    import keras

    keras.utils.set_random_seed(7)
    parts = "parts in XNNPACK, operators outside; operators of an .onnx"
    print(f"| model | {parts} | before, µs | after, µs | ratio |")
    print("|---|---|--:|--:|---|")
    for name in args.models:
        model = MODELS[name]()
        for scheme in args.schemes:
            compare(name, scheme, files(model, scheme), args)
        if name in IN_ONNX:
            source = to_onnx(model)
            for scheme in args.schemes:
                compare_onnx(name, source, scheme, args)
    beside_mediapipe(files(MODELS["imdb_transformer"](), "dynamic_int8"), args)
    print_conditions()


if __name__ == "__main__":
    main()
