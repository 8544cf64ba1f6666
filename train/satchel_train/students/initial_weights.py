"""Gives a new model the weights of an earlier one, layer by layer."""

from pathlib import Path
from typing import Any

from satchel_train.errors import DataError
from satchel_train.networks.keras_file import load_keras_file, named_leaves


def take_weights(model: Any, source: Path) -> int:
    """Give each layer of ``model`` the weights of the layer of that name and shape in ``source``.

    ``source`` is a model folder or a Keras file. All other layers keep their own weights. Returns
    the number of layers that took weights.

    Raises DataError for a source that cannot be opened, or has no such layer.
    """
    held, ours = _layers_in(source), named_leaves(model)
    shared = _shared(ours, held)
    if not shared:
        raise DataError(
            f"Expected a layer of the same name and shape in {str(source)!r}, got none: it has"
            f" {_some(held)}; this network has {_some(ours)}."
        )
    for name in shared:
        ours[name].set_weights(held[name].get_weights())
    return len(shared)


def count_shared_layers(model: Any, source: Path) -> int:
    """Return the number of layers to which ``take_weights`` gives weights.

    Raises DataError for a source that cannot be opened.
    """
    return len(_shared(named_leaves(model), _layers_in(source)))


def _layers_in(source: Path) -> dict[str, Any]:
    return named_leaves(load_keras_file(source / "model.keras" if source.is_dir() else source))


def _shared(ours: dict[str, Any], held: dict[str, Any]) -> list[str]:
    return [name for name, layer in ours.items() if name in held and _fits(layer, held[name])]


def _fits(layer: Any, other: Any) -> bool:
    shapes = [[tuple(weight.shape) for weight in each.weights] for each in (layer, other)]
    return shapes[0] == shapes[1]


def _some(layers: dict[str, Any]) -> str:
    first = [f"{name} {tuple(layer.weights[0].shape)}" for name, layer in list(layers.items())[:3]]
    return ", ".join(first) + (", …" if len(layers) > len(first) else "")
