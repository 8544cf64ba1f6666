"""Rebuilds a Keras model in float32 with a free batch, if it was saved in another way.

Mixed precision and a batch of 32 are matters of training. No phone's runtime has operators in
bfloat16, and every model of a bundle runs one sample at a time.
"""

from typing import Any

import numpy as np

_POLICIES = ("mixed_float16", "mixed_bfloat16", "float16", "bfloat16", "float64")


def plain_model(model: Any) -> Any:
    """Return the Keras model in float32 with a free batch, with the same weights.

    A model that is so already is returned unchanged, as is one without a configuration.
    """
    try:
        config = model.get_config()
    except NotImplementedError:
        return model
    plain = _plain(config)
    if plain == config:
        return model
    rebuilt = type(model).from_config(plain)
    if not rebuilt.built and model.inputs:
        rebuilt.build((None, *model.inputs[0].shape[1:]))
    rebuilt.set_weights([_in_float32(np.asarray(weight)) for weight in model.get_weights()])
    return rebuilt


def with_float_input(model: Any) -> Any:
    """Return the Keras model with an input of float32, if it has one of integers: of bytes.

    Pixels are whole numbers, so that the model says the same. Its converted forms would begin with
    two casts otherwise, which no quantizer understands.
    """
    if "int" not in str(model.inputs[0].dtype):
        return model
    rebuilt = type(model).from_config(_with_float_inputs(model.get_config()))
    rebuilt.set_weights(model.get_weights())
    return rebuilt


def _plain(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        if value.get("class_name") in ("DTypePolicy", "Policy") and _is_other(
            value.get("config", {}).get("name")
        ):
            return "float32"
        return {key: _plain(inner, key) for key, inner in value.items()}
    if name in ("batch_shape", "batch_input_shape") and isinstance(value, list | tuple) and value:
        return type(value)([None, *value[1:]]) if value[0] != 1 else value
    if isinstance(value, list | tuple):
        return type(value)(_plain(inner) for inner in value)
    return "float32" if name == "dtype" and _is_other(value) else value


def _is_other(name: object) -> bool:
    return name in _POLICIES


def _in_float32(weight: Any) -> Any:
    return weight.astype(np.float32) if weight.dtype.kind not in "iub" else weight


def _with_float_inputs(config: Any) -> Any:
    if isinstance(config, dict):
        if config.get("class_name") == "InputLayer":
            return {**config, "config": {**config["config"], "dtype": "float32"}}
        return {key: _with_float_inputs(inner) for key, inner in config.items()}
    if isinstance(config, list | tuple):
        return type(config)(map(_with_float_inputs, config))
    return config
