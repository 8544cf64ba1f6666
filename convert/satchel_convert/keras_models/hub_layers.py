"""Takes the tokenizer of KerasHub out of a model's configuration, which no import of it needs.

The layers behind it become a model from ids on. Only the configuration is changed: each reference
to a tensor of the tokenizer becomes one to an input.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from satchel.bundle import TextTensor
from satchel_convert.tokenizers.keras_hub import is_read

HOMES = ("keras_hub", "keras_nlp")
"""The packages of KerasHub, today's and the former"""
PACKER = "StartEndPacker"
PREPROCESSORS: Mapping[str, Sequence[TextTensor]] = {
    "AlbertTextClassifierPreprocessor": ("mask", "segments", "ids"),
    "BertTextClassifierPreprocessor": ("mask", "segments", "ids"),
    "DebertaV3TextClassifierPreprocessor": ("mask", "ids"),
    "DistilBertTextClassifierPreprocessor": ("mask", "ids"),
    "FNetTextClassifierPreprocessor": ("segments", "ids"),
}
"""The tensors that each preprocessor returns, in the order in which Keras numbers them: that of
their names, padding_mask, segment_ids and token_ids"""
_INPUTS: Mapping[TextTensor, str] = {
    "ids": "token_ids",
    "mask": "padding_mask",
    "segments": "segment_ids",
}
_TENSOR = "__keras_tensor__"


class HubLayers(NamedTuple):
    """The layers of KerasHub in front of a model, and the rest of it."""

    tokenizer: dict[str, Any]
    """The serialized tokenizer"""
    packer: dict[str, Any] | None
    """The serialized layer that packs the ids, or the preprocessor around the tokenizer"""
    rest: dict[str, Any]
    """The serialized model from ids on"""

    @property
    def kind(self) -> str:
        """The class of the tokenizer."""
        return str(self.tokenizer["class_name"])

    @property
    def name(self) -> str:
        """The class of the tokenizer and its name, in words."""
        return f"the {self.kind} {self.tokenizer['config'].get('name', '')!r}"


class _Taken(NamedTuple):
    layers: HubLayers
    tensors: Sequence[TextTensor]
    """The contents of the inputs of the rest"""


def is_hub(layer: Any) -> bool:
    """Return whether a serialized object is of KerasHub."""
    module = layer.get("module") if isinstance(layer, dict) else None
    return str(module or "").partition(".")[0].partition(">")[0] in HOMES


def take_hub_layers(model: Mapping[str, Any]) -> HubLayers | None:
    """Return a serialized Keras 3 model without the tokenizer of KerasHub in front of it.

    It is None for a model with none, and for one whose tokenizer stands elsewhere: not directly
    behind the only input, in use twice, or inside of a model that is more than layers.
    """
    taken = _take(dict(model))
    return None if taken is None else taken.layers


def _take(model: dict[str, Any]) -> _Taken | None:
    config = model.get("config")
    if not isinstance(config, dict) or not isinstance(config.get("layers"), list):
        return None
    if model.get("class_name") == "Sequential":
        return _from_sequential(model, config)
    if model.get("class_name") == "Functional":
        return _from_functional(model, config)
    return None


def _from_sequential(model: dict[str, Any], config: dict[str, Any]) -> _Taken | None:
    layers = config["layers"]
    if len(layers) < 2 or not _is_string_input(layers[0]):
        return None
    start, first, behind = layers[0], layers[1], layers[2:]
    if _is_model(first):
        inner = _take(first)
        if inner is None or len(inner.tensors) > 1:
            return None
        length = _length(inner.layers)
        changed = [*_inputs(inner.tensors, start, length)[:1], inner.layers.rest, *behind]
        return _Taken(inner.layers._replace(rest=_sequence(model, changed)), inner.tensors)
    follows = bool(behind) and _is_packer(behind[0])
    found = _hub_layers(first, behind[0] if follows else None)
    if found is None:
        return None
    rest = [*_inputs(("ids",), start, _length(found)), *behind[follows:]]
    return _Taken(found._replace(rest=_sequence(model, rest)), ("ids",))


def _sequence(model: dict[str, Any], layers: list[Any]) -> dict[str, Any]:
    # The shape of the input is that of the layer in front now.
    plain = {key: value for key, value in model.items() if key != "build_config"}
    config = {key: each for key, each in model["config"].items() if key != "build_input_shape"}
    return {**plain, "config": {**config, "layers": layers}}


def _from_functional(model: dict[str, Any], config: dict[str, Any]) -> _Taken | None:
    layers = config["layers"]
    starts = [each for each in layers if each.get("class_name") == "InputLayer"]
    if len(starts) != 1 or not _is_string_input(starts[0]):
        return None
    start = starts[0]
    first = _only_reader(start["name"], layers)
    if first is None:
        return None
    if _is_model(first):
        inner = _take(first)
        if inner is None or len(inner.tensors) > 1:
            return None
        inputs = _inputs(inner.tensors, start, _length(inner.layers))[:1]
        places = {(start["name"], 0): inputs[0]}
        kept = [inner.layers.rest if each is first else each for each in layers]
        rest = _rewired(model, config, [*inputs, *(e for e in kept if e is not start)], places)
        return _Taken(inner.layers._replace(rest=rest), inner.tensors)
    reader = _only_reader(first["name"], layers)
    packer = reader if _is_packer(reader) else None
    found = _hub_layers(first, packer)
    if found is None:
        return None
    last = packer or first
    read = {index for name, index in _references(layers, config) if name == last["name"]}
    order = _tensors(last)
    tensors = tuple(each for each in _INPUTS if each in order and order.index(each) in read)
    if "ids" not in tensors or len(read) > len(tensors):
        return None
    inputs = _inputs(tensors, start, _length(found))
    outer = dict(zip(tensors, inputs[-len(tensors) :], strict=True))
    places = {(last["name"], at): outer[each] for at, each in enumerate(order) if each in outer}
    gone = [id(each) for each in (start, first, last)]
    kept = [each for each in layers if id(each) not in gone]
    rest = _rewired(model, config, [*inputs, *kept], places)
    return _Taken(found._replace(rest=rest), tensors)


def _hub_layers(layer: Any, packer: dict[str, Any] | None) -> HubLayers | None:
    """Return the tokenizer in a layer, which may be a preprocessor around it; None for another."""
    if not is_hub(layer):
        return None
    if layer["class_name"] in PREPROCESSORS and packer is None:
        tokenizer, packer = layer["config"].get("tokenizer"), layer
    else:
        tokenizer = layer
    if not is_hub(tokenizer) or not is_read(tokenizer["class_name"]):
        return None
    return HubLayers(tokenizer, packer, {})


def _length(found: HubLayers) -> int | None:
    stated = (found.packer or found.tokenizer)["config"].get("sequence_length")
    return stated if isinstance(stated, int) else None


def _tensors(layer: Mapping[str, Any]) -> Sequence[TextTensor]:
    """Return what the tensors of a layer of KerasHub hold, in the order of their numbers."""
    if layer["class_name"] == PACKER:
        return ("ids", "mask")
    return PREPROCESSORS.get(layer["class_name"], ("ids",))


def _inputs(
    tensors: Sequence[TextTensor], start: Mapping[str, Any], length: int | None
) -> list[dict[str, Any]]:
    """Return an input for each tensor, and behind them a Reshape for texts of the rank 2."""
    batch = start["config"]["batch_shape"]
    inputs = [_input(_INPUTS[each], [batch[0], length], each) for each in tensors]
    if len(batch) == 1:
        return inputs
    shape = [1, -1 if length is None else length]
    return inputs + [_reshape(each, shape) for each in inputs]


def _input(name: str, shape: list[int | None], tensor: TextTensor) -> dict[str, Any]:
    dtype = "bool" if tensor == "mask" else "int32"
    return {
        "module": "keras.layers",
        "class_name": "InputLayer",
        "config": {"batch_shape": shape, "dtype": dtype, "sparse": False, "name": name},
        "registered_name": None,
        "name": name,
        "inbound_nodes": [],
    }


def _reshape(source: Mapping[str, Any], shape: list[int]) -> dict[str, Any]:
    name = f"{source['name']}_of_text"
    return {
        "module": "keras.layers",
        "class_name": "Reshape",
        "config": {
            "name": name,
            "target_shape": shape,
            "dtype": source["config"]["dtype"],
        },
        "registered_name": None,
        "name": name,
        "inbound_nodes": [{"args": [_tensor_of(source)], "kwargs": {}}],
    }


def _tensor_of(layer: Mapping[str, Any]) -> dict[str, Any]:
    """Return a reference to the only tensor of a layer that ``_inputs`` returned."""
    config = layer["config"]
    shape = config.get("batch_shape") or [None, *config["target_shape"]]
    shape = [None if side == -1 else side for side in shape]
    inner = {"shape": shape, "dtype": config["dtype"], "keras_history": [layer["name"], 0, 0]}
    return {"class_name": _TENSOR, "config": inner}


def _rewired(
    model: dict[str, Any],
    config: dict[str, Any],
    layers: list[dict[str, Any]],
    places: Mapping[tuple[str, int], dict[str, Any]],
) -> dict[str, Any]:
    """Return a functional model of ``layers`` in which the tensors of ``places`` are others."""

    def changed(value: Any) -> Any:
        if isinstance(value, list):
            return [changed(each) for each in value]
        if not isinstance(value, dict):
            return value
        if value.get("class_name") == _TENSOR:
            name, _, index = value["config"]["keras_history"]
            other = places.get((name, index))
            return value if other is None else _tensor_of(other)
        return {key: changed(each) for key, each in value.items()}

    def end(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: end(each) for key, each in value.items()}
        if isinstance(value, list) and value and isinstance(value[0], str):
            other = places.get((value[0], value[2]))
            return value if other is None else [other["name"], 0, 0]
        return [end(each) for each in value]

    starts = [
        e["name"] for e in layers if e["class_name"] == "InputLayer" and not e["inbound_nodes"]
    ]
    nodes = [{**each, "inbound_nodes": changed(each["inbound_nodes"])} for each in layers]
    inputs = [[name, 0, 0] for name in starts]
    ends = {
        "input_layers": inputs if len(inputs) > 1 else inputs[0],
        "output_layers": end(config["output_layers"]),
    }
    plain = {key: value for key, value in model.items() if key != "build_config"}
    return {**plain, "config": {**config, "layers": nodes, **ends}}


def _only_reader(name: str, layers: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """Return the layer that reads the tensors of the layer ``name``; None if several do."""
    found = [
        each
        for each in layers
        if any(source == name for source, _ in _tensors_in(each.get("inbound_nodes")))
    ]
    return found[0] if len(found) == 1 and len(found[0]["inbound_nodes"]) == 1 else None


def _references(layers: Sequence[Any], config: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    """Yield the layer and the number of each tensor that a layer reads, or the model returns."""
    for each in layers:
        yield from _tensors_in(each.get("inbound_nodes"))
    yield from _ends_in(config.get("output_layers"))


def _tensors_in(value: Any) -> Iterator[tuple[str, int]]:
    if isinstance(value, dict):
        if value.get("class_name") == _TENSOR:
            name, _, index = value["config"]["keras_history"]
            yield name, index
        else:
            for each in value.values():
                yield from _tensors_in(each)
    elif isinstance(value, list):
        for each in value:
            yield from _tensors_in(each)


def _ends_in(value: Any) -> Iterator[tuple[str, int]]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list) and value and isinstance(value[0], str):
        yield value[0], value[2]
    elif isinstance(value, list):
        for each in value:
            yield from _ends_in(each)


def _is_model(layer: Any) -> bool:
    return isinstance(layer, dict) and layer.get("class_name") in ("Sequential", "Functional")


def _is_packer(layer: Any) -> bool:
    return is_hub(layer) and layer["class_name"] == PACKER


def _is_string_input(layer: Any) -> bool:
    if layer.get("class_name") != "InputLayer":
        return False
    config = layer["config"]
    return config.get("dtype") == "string" and isinstance(config.get("batch_shape"), list)
