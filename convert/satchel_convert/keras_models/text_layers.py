"""Takes the layer that reads strings out of a Keras model, and reads it.

``TextVectorization`` and ``StringLookup`` run on TensorFlow's strings, which no phone's runtime
has. What they do becomes the card's tokenizer, and the layers behind them are converted.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from satchel.preprocessing import StandardizeStep, VectorizationSpec
from satchel_convert.errors import ConversionError
from satchel_convert.keras_models.string_input import (
    OpenedModel,
    RunTexts,
    StringInput,
    ToIds,
    check_one_text,
    strings_of,
)
from satchel_convert.tokenizers.found import LISTED, FoundTokenizer, listed
from satchel_convert.tokenizers.vectorization_files import STEPS

KINDS = ("TextVectorization", "StringLookup")
"""The layers that are read"""
BATCH = 256
"""The number of texts that run at once"""
_OUTPUTS = {
    "int": "int",
    "multi_hot": "multi_hot",
    "binary": "multi_hot",
    "one_hot": "multi_hot",
    "count": "count",
    # The counts are multiplied by the weights in the graph.
    "tf_idf": "count",
    "tf-idf": "count",
}
"""What the card says for each of Keras's output modes"""


class ReadLayer(NamedTuple):
    """What a layer makes of a text."""

    tokenizer: FoundTokenizer
    weights: NDArray[np.float32] | None
    """The factor of each count, for tf-idf; None for other outputs"""


def takes_strings(model: Any) -> bool:
    """Return whether the first input of a Keras model is of strings."""
    inputs = getattr(model, "inputs", None) or ()
    return any(_dtype(each) == "string" for each in inputs)


def take_apart(model: Any, name: str) -> OpenedModel:
    """Return the tokenizer of a Keras 3 model of strings, and the rest of the model.

    Raises ConversionError for a model whose strings go another way than through one layer of KINDS,
    and for a layer that a card cannot describe. ``name`` names the file.
    """
    import keras

    layer = find_layer(model, name)
    found = read_layer(layer, name)
    length = found.tokenizer.length
    ids = keras.Input((length,), dtype="int32", name="ids")
    values = as_layer_output(ids, layer, found)
    try:
        outputs = _run(model, model.inputs, layer, values)
        rest = keras.Model(ids, outputs, name=model.name)
    except (ValueError, TypeError) as error:
        raise ConversionError(
            f"Expected a model whose strings go through {layer.name!r} alone in {name!r}: the"
            " layers behind it do not stand by themselves."
        ) from error
    return OpenedModel(rest, string_input(model, layer, found))


def string_input(model: Any, layer: Any, found: ReadLayer) -> StringInput:
    """Return what a Keras model, of Keras 2 or 3, does with strings through ``layer``."""
    rank = len(model.inputs[0].shape)
    one_by_one = found.tokenizer.length is None or model.inputs[0].shape[0] == 1
    return StringInput(
        found.tokenizer,
        to_ids=_to_ids(layer, rank, found),
        run=_runner(model, rank, batch=1 if one_by_one else BATCH),
    )


def find_layer(model: Any, name: str) -> Any:
    """Return the one layer of KINDS in a model of strings; raises ConversionError."""
    if len(model.inputs) != 1:
        raise ConversionError(
            f"Expected a model of one text in {name!r}, got {len(model.inputs)} inputs."
        )
    check_one_text(model.inputs[0].shape, name)
    layers = list(_leaves(model))
    found = [layer for layer in layers if type(layer).__name__ in KINDS]
    if len(found) != 1:
        others = [type(layer).__name__ for layer in found or layers[:1]]
        raise ConversionError(
            f"Expected one layer that reads the strings of {name!r}, {' or '.join(KINDS)}, got"
            f" {', '.join(others)}."
        )
    return found[0]


def read_layer(layer: Any, name: str) -> ReadLayer:
    """Return what a layer of KINDS does to a text; raises ConversionError for what no card says."""
    config = layer.get_config()
    kind, where = type(layer).__name__, f"the {type(layer).__name__} {layer.name!r} of {name!r}"
    for setting in ("ragged", "sparse", "invert"):
        if config.get(setting):
            raise _refused(where, f"{setting}=True")
    if str(config.get("encoding") or "utf-8").lower() not in ("utf-8", "utf8"):
        raise _refused(where, f"encoding={config['encoding']!r}")
    mode = str(config.get("output_mode", "int"))
    if mode not in _OUTPUTS:
        raise _refused(where, f"output_mode={mode!r}")
    vocabulary = [str(token) for token in layer.get_vocabulary()]
    if kind == "TextVectorization":
        standardize, split, ngrams = _text_settings(config, where)
        first = 2 if mode == "int" else 1
        tokens: list[str | None] = ["", None] if mode == "int" else [None]
    else:
        standardize, split, ngrams = (), "none", (1,)
        tokens = _special_places(config, mode, where)
        first = len(tokens)
    tokens += vocabulary[first:]
    if len(tokens) == first:
        raise ConversionError(
            f"Expected a vocabulary in {where}, got none: adapt the layer, and save the model as"
            " .keras or with model.export(FOLDER), because an .h5 file does not keep it."
        )
    spec = VectorizationSpec(
        LISTED,
        unknown=tokens.index(None),
        standardize=standardize,
        split=split,
        ngrams=ngrams,
        output=_OUTPUTS[mode],  # type: ignore[arg-type]
    )
    length = _length(layer, config, mode, len(tokens))
    found = FoundTokenizer(spec, {LISTED: listed(tokens)}, where, length)
    return ReadLayer(found, _weights(layer, mode, length))


def through_ids(strings: StringInput, rest: Any) -> StringInput:
    """Return the same input, whose texts are run as ids through ``rest``, a Keras model."""
    batch = 1 if strings.tokenizer.length is None else BATCH

    def run(texts: Sequence[str]) -> NDArray[np.float32]:
        parts = [texts[at : at + batch] for at in range(0, len(texts), batch)]
        outputs = [np.asarray(rest(strings.to_ids(part), training=False)) for part in parts]
        return np.concatenate(outputs).astype(np.float32)

    return strings._replace(run=run)


def _text_settings(
    config: dict[str, Any], where: str
) -> tuple[tuple[StandardizeStep, ...], Any, tuple[int, ...]]:
    """Return the steps, the split and the widths of n-grams of a TextVectorization."""
    standardize, split = config["standardize"] or "none", config["split"] or "none"
    if not isinstance(standardize, str) or standardize not in STEPS:
        raise _refused(where, f"standardize={standardize!r:.60}")
    if split not in ("whitespace", "character", "none"):
        raise _refused(where, f"split={split!r:.60}")
    ngrams = config["ngrams"] or (1,)
    widths = tuple(range(1, ngrams + 1)) if isinstance(ngrams, int) else tuple(map(int, ngrams))
    if split == "none" and widths != (1,):
        raise _refused(where, f"ngrams={ngrams!r} of a text that is not split")
    return STEPS[standardize], split, widths


def _special_places(config: dict[str, Any], mode: str, where: str) -> list[str | None]:
    """Return the first places of a StringLookup's vocabulary: the mask, and the unknown token."""
    if config.get("num_oov_indices", 1) != 1:
        raise _refused(where, f"num_oov_indices={config['num_oov_indices']}, which is not 1")
    mask = config.get("mask_token")
    if mask is None:
        return [None]
    if mode != "int":
        raise _refused(where, f"mask_token={mask!r} with output_mode={mode!r}")
    return [str(mask), None]


def _length(layer: Any, config: dict[str, Any], mode: str, tokens: int) -> int | None:
    if mode == "int":
        lookup = type(layer).__name__ == "StringLookup" or not config["split"]
        length = config.get("output_sequence_length")
        return 1 if lookup and length is None else length
    padded = config.get("pad_to_max_tokens") and config.get("max_tokens")
    return int(padded or tokens)


def _weights(layer: Any, mode: str, length: int | None) -> NDArray[np.float32] | None:
    if mode not in ("tf_idf", "tf-idf"):
        return None
    assert length is not None, "counts have the length of the vocabulary"
    lookup = getattr(layer, "_lookup_layer", layer)
    found = np.asarray(lookup.idf_weights, np.float32)
    return np.pad(found, (0, max(0, length - len(found))))[:length]


def as_layer_output(ids: Any, layer: Any, found: ReadLayer) -> Any:
    """Return ids, or counts, as the tensor that the layer hands to the next one."""
    import keras

    if found.tokenizer.spec.output != "int":  # type: ignore[attr-defined]
        values = keras.ops.cast(ids, "float32")
        if found.weights is None:
            return values
        return keras.layers.Rescaling(found.weights.tolist(), name="idf_weights")(values)
    return ids if len(layer.output.shape) == 2 else keras.ops.squeeze(ids, axis=-1)


def _run(model: Any, inputs: Sequence[Any], layer: Any, values: Any) -> Any:
    """Return the outputs of a model for ``inputs``, with ``values`` as what ``layer`` returns."""
    graph = getattr(model, "_functional", None) or model

    def operation(each: Any) -> Any:
        if each is layer:
            return lambda *_, **__: values
        if hasattr(each, "layers") and layer in _leaves(each):
            return lambda tensor, **__: _run(each, [tensor], layer, values)
        return each

    return graph._run_through_graph(inputs, operation_fn=operation)


def _leaves(model: Any) -> Iterator[Any]:
    """Yield the layers of a model, and those of the models in it, but no inputs."""
    for layer in model.layers:
        if hasattr(layer, "layers"):
            yield from _leaves(layer)
        elif type(layer).__name__ != "InputLayer":
            yield layer


def _to_ids(layer: Any, rank: int, found: ReadLayer) -> ToIds:
    def to_ids(texts: Sequence[str]) -> NDArray[np.int32]:
        values = np.asarray(layer(strings_of(texts, rank)))
        if found.weights is not None:
            # A weight of 0 belongs to an id that no text has.
            values = np.round(values / np.where(found.weights == 0, 1, found.weights))
        return values.reshape(len(texts), -1).astype(np.int32)

    return to_ids


def _runner(model: Any, rank: int, *, batch: int) -> RunTexts:
    def run(texts: Sequence[str]) -> NDArray[np.float32]:
        import keras

        outputs = []
        for start in range(0, len(texts), batch):
            values = model(strings_of(texts[start : start + batch], rank), training=False)
            (tensor,) = keras.tree.flatten(values)
            outputs.append(np.asarray(tensor))
        return np.concatenate(outputs).astype(np.float32)

    return run


def _dtype(tensor: Any) -> str:
    return str(getattr(tensor.dtype, "name", tensor.dtype))


def _refused(where: str, setting: str) -> ConversionError:
    return ConversionError(
        f"Expected a layer that a bundle's tokenizer can repeat, got {setting} in {where}."
    )
