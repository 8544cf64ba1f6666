"""Names the code that a Keras file needs and does not hold, before anything is built from it.

A Lambda holds Python bytecode, which may do anything. A class of the author's own is only a name.
Both are found in the configuration; neither Keras nor TensorFlow is imported.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from satchel_convert.errors import ConversionError
from satchel_convert.keras_models.configuration import Configuration
from satchel_convert.keras_models.hub_layers import is_hub

_HOMES = ("keras", "tf_keras", "builtins")
"""The packages whose classes Keras itself has"""
_LAMBDAS = frozenset({"Lambda", "__lambda__"})
_FROM_IDS_ON = (
    "export the model that follows the tokenizer, from ids on, with model.export(FOLDER), and"
    " convert that with --tokenizer and its vocabulary or .model file"
)
"""The remedy for a tokenizer of KerasHub that is not read"""
_TEXT_SETTINGS = {
    "standardize": ("lower", "strip_punctuation", "lower_and_strip_punctuation"),
    "split": ("whitespace", "character"),
}
"""The settings of a TextVectorization that may be Python functions, and the names they may have"""
_LAYER_KEYS = ("layer", "backward_layer", "forward_layer", "cell")
"""The keys under which a layer holds another one"""
_OPERATIONS = frozenset({"TFOpLambda", "SlicingOpLambda"})
"""The layers of Keras 2 that call a function of TensorFlow by its name"""
_HARMLESS = (
    "__operators__", "cast", "clip_by_value", "compat.v1.nn", "compat.v1.shape",
    "compat.v1.transpose", "concat", "convert_to_tensor", "expand_dims", "gather", "identity",
    "image.resize", "linalg", "math", "nn", "one_hot", "ones_like", "pad", "reshape", "reverse",
    "shape", "slice", "split", "squeeze", "stack", "strided_slice", "tile", "transpose", "unstack",
    "where", "zeros_like",
)  # fmt: skip
"""The functions of TensorFlow, or the modules of them, that only compute"""

KERAS_2 = frozenset(
    {
        "Activation", "ActivityRegularization", "Add", "AdditiveAttention", "AlphaDropout",
        "Attention", "Average", "AveragePooling1D", "AveragePooling2D", "AveragePooling3D",
        "BatchNormalization", "BatchNormalizationV1", "BatchNormalizationV2", "Bidirectional",
        "CategoryEncoding", "CenterCrop", "Concatenate", "Conv1D", "Conv1DTranspose", "Conv2D",
        "Conv2DTranspose", "Conv3D", "Conv3DTranspose", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D",
        "Cropping1D", "Cropping2D", "Cropping3D", "CuDNNGRU", "CuDNNLSTM", "Dense",
        "DenseFeatures", "DepthwiseConv1D", "DepthwiseConv2D", "Discretization", "Dot", "Dropout",
        "ELU", "EinsumDense", "Embedding", "Flatten", "Functional", "GRU", "GRUCell", "GRUV1",
        "GRUV2", "GaussianDropout", "GaussianNoise", "GlobalAveragePooling1D",
        "GlobalAveragePooling2D", "GlobalAveragePooling3D", "GlobalMaxPooling1D",
        "GlobalMaxPooling2D", "GlobalMaxPooling3D", "GroupNormalization", "HashedCrossing",
        "Hashing", "Identity", "InputLayer", "IntegerLookup", "LSTM", "LSTMCell", "LSTMV1",
        "LSTMV2", "LayerNormalization", "LeakyReLU", "LocallyConnected1D", "LocallyConnected2D",
        "Masking", "MaxPooling1D", "MaxPooling2D", "MaxPooling3D", "Maximum", "Minimum", "Model",
        "MultiHeadAttention", "Multiply", "Normalization", "PReLU", "Permute", "RNN",
        "RandomBrightness", "RandomContrast", "RandomCrop", "RandomFlip", "RandomHeight",
        "RandomRotation", "RandomTranslation", "RandomWidth", "RandomZoom", "ReLU", "RepeatVector",
        "Rescaling", "Reshape", "Resizing", "SeparableConv1D", "SeparableConv2D", "Sequential",
        "SimpleRNN", "SimpleRNNCell", "SlicingOpLambda", "Softmax", "SpatialDropout1D",
        "SpatialDropout2D", "SpatialDropout3D", "SpectralNormalization", "StackedRNNCells",
        "StringLookup", "Subtract", "TFOpLambda", "TextVectorization", "ThresholdedReLU",
        "TimeDistributed", "UnitNormalization", "UpSampling1D", "UpSampling2D", "UpSampling3D",
        "ZeroPadding1D", "ZeroPadding2D", "ZeroPadding3D",
    }
)  # fmt: skip
"""The classes of Keras 2's layers. Its files name a class without the package it comes from."""


class _Named(NamedTuple):
    kind: str
    """The class of a layer, or the name of a function"""
    name: str
    """The name of the layer; empty for a function"""


def check_code(configuration: Configuration, *, name: str) -> None:
    """Raise ConversionError if the model in the file ``name`` needs code that is not Keras's."""
    _check_texts(configuration.model, name)
    for _, layer in _lambdas(configuration.model):
        raise ConversionError(
            f"Expected only Keras's own layers in {name!r}, got the `Lambda` layer {layer!r}, whose"
            " Python code is not run here: export the model with model.export(FOLDER) where it"
            " was trained, and convert that."
        )
    for kind, _ in _foreign(configuration.model):
        raise ConversionError(
            f"Expected only Keras's own layers in {name!r}, got {kind!r}, whose code is not in the"
            " file: export the model with model.export(FOLDER) and convert that."
        )
    for kind, _ in _unknown_functions(configuration.model):
        raise ConversionError(
            f"Expected only functions that compute in {name!r}, got TensorFlow's {kind!r}, which is"
            " not called here: export the model with model.export(FOLDER) and convert that."
        )


def check_behind(configuration: Configuration, layers: str, *, name: str) -> None:
    """Raise ConversionError if a model needs other code than Keras's behind ``layers``.

    ``layers`` names, in words, the tokenizer of KerasHub that was taken out of the file ``name``.
    """
    try:
        check_code(configuration, name=name)
    except ConversionError as error:
        for kind, _ in _foreign(configuration.model):
            raise ConversionError(
                f"Expected only Keras's own layers behind {layers} in {name!r}, got {kind!r}, whose"
                f" code is not in the file: {_FROM_IDS_ON}."
            ) from error
        raise


def _check_texts(model: dict[str, Any], name: str) -> None:
    """Raise ConversionError for a layer of texts that calls a function or is KerasHub's."""
    for each in _objects(model):
        kind, config = each["class_name"], each.get("config")
        if kind == "TextVectorization" and isinstance(config, dict):
            for setting, known in _TEXT_SETTINGS.items():
                _check_text_setting(setting, config.get(setting), known, _name(each), name)
        if is_hub(each) and str(kind).endswith(("Tokenizer", "Preprocessor")):
            raise ConversionError(
                f"Expected a tokenizer of KerasHub that can be taken out of {name!r}, alone in"
                f" front of Keras's own layers, got {kind!r}: {_FROM_IDS_ON}."
            )


def _check_text_setting(
    setting: str, value: Any, known: tuple[str, ...], layer: str, name: str
) -> None:
    # Keras 2 writes the name of a function where Keras 3 writes an object.
    if value is None or value in known:
        return
    function = value.get("config", value) if isinstance(value, dict) else value
    inner = function.get("name", "a lambda") if isinstance(function, dict) else function
    raise ConversionError(
        f"Expected {setting} {', '.join(known)} or None of the TextVectorization {layer!r} in"
        f" {name!r}, got {inner!r:.60}, which is code that the file does not hold: export the model"
        " with model.export(FOLDER) and convert that."
    )


def _lambdas(value: Any) -> Iterator[_Named]:
    for each in _objects(value):
        if each.get("class_name") in _LAMBDAS:
            yield _Named("Lambda", _name(each))


def _foreign(model: dict[str, Any]) -> Iterator[_Named]:
    """Yield the classes and functions that Keras does not have."""
    for each in _objects(model):
        kind = str(each["class_name"])
        if "module" in each:
            home = str(each["module"] or "").partition(".")[0]
            if kind == "function":
                yield _Named(str(each.get("config")), "")
            elif home not in _HOMES or ">" in str(each.get("registered_name") or ""):
                yield _Named(kind, _name(each))
    for each in _legacy_layers(model):
        if each["class_name"] not in KERAS_2:
            yield _Named(str(each["class_name"]), _name(each))


def _unknown_functions(model: dict[str, Any]) -> Iterator[_Named]:
    """Yield the functions of TensorFlow that a layer of Keras 2 calls and that may do harm."""
    for each in _objects(model):
        if each["class_name"] not in _OPERATIONS or not isinstance(each.get("config"), dict):
            continue
        function = str(each["config"].get("function", "__operators__"))
        if not any(function == known or function.startswith(f"{known}.") for known in _HARMLESS):
            yield _Named(function, "")


def _legacy_layers(value: Any) -> Iterator[dict[str, Any]]:
    """Yield the serialized layers that do not say which package their class comes from."""
    for each in _objects(value):
        if "module" in each:
            continue
        config = each.get("config")
        layers = config.get("layers", ()) if isinstance(config, dict) else config
        found = list(layers) if isinstance(layers, list) else []
        if isinstance(config, dict):
            found += [config[key] for key in _LAYER_KEYS if key in config]
        yield from (
            layer
            for layer in found
            if isinstance(layer, dict) and "class_name" in layer and "module" not in layer
        )


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    """Yield every serialized object in a configuration, without what only training needs."""
    waiting = [value]
    while waiting:
        found = waiting.pop()
        if isinstance(found, dict):
            if "class_name" in found:
                yield found
            waiting += [inner for key, inner in found.items() if key != "compile_config"]
        elif isinstance(found, list):
            waiting += found


def _name(layer: dict[str, Any]) -> str:
    config = layer.get("config")
    inner = config.get("name") if isinstance(config, dict) else None
    return str(layer.get("name") or inner or "")
