"""Opens the float model: a Keras file, with Keras's safe mode on, or a SavedModel."""

import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import TextTensor
from satchel.errors import first_line
from satchel_convert.errors import ConversionError
from satchel_convert.keras_models.channels_last import with_channels_last
from satchel_convert.keras_models.configuration import Container, read_configuration
from satchel_convert.keras_models.embeddings import embedded_ids
from satchel_convert.keras_models.foreign_code import check_code
from satchel_convert.keras_models.hub_model import HubModel, find_hub_model
from satchel_convert.keras_models.keras_2 import open_keras_2
from satchel_convert.keras_models.model_inputs import call, input_names
from satchel_convert.keras_models.output_operation import output_activation
from satchel_convert.keras_models.plain_model import plain_model
from satchel_convert.keras_models.saved_model import open_saved_model
from satchel_convert.keras_models.string_input import OpenedModel, StringInput
from satchel_convert.keras_models.text_layers import take_apart, takes_strings, through_ids
from satchel_convert.text_rows import rows_of, split
from satchel_convert.tokenizers.found import FoundTokenizer

_FOREIGN_CODE = re.compile(
    r"(?:Could not (?:locate|deserialize)|Unknown) (?:class|function|layer):? '([^']+)'"
)
"""The error messages of Keras for a class or function that Keras does not have"""
_SUFFIXES: Mapping[Container, str] = {"archive": ".keras", "hdf5": ".h5"}


class ModelShape(NamedTuple):
    """The inputs and outputs of a Keras model."""

    inputs: Sequence[tuple[int | None, ...]]
    """The shape of each input with its batch; None for a side of any size"""
    dtype: str
    """The dtype of the first input"""
    outputs: Sequence[tuple[int | None, ...]]
    """The shape of each output with its batch"""
    activation: str | None
    """Keras's name of the activation that makes the output; None if it is not known"""
    names: Sequence[str] = ()
    """The name of each input"""
    tokenizer: FoundTokenizer | None = None
    """The tokenizer of a model that takes strings, whose input above is that of its ids; None for
    another model"""
    embedded_ids: int | None = None
    """The number of ids for which the model has an embedding; None if it is not known"""


def load_reference(path: Path) -> Any:
    """Return the Keras model at ``path``, from ids on if it takes strings.

    Code in a Keras file is refused (Keras's safe mode). Raises ConversionError for a file that is
    not a model, a model that needs code outside of Keras, and NaN among the weights.
    """
    return open_keras_model(path).model


def open_keras_model(path: Path) -> OpenedModel:
    """Return the Keras model at ``path``, taken apart if it takes strings.

    Raises ConversionError as ``load_reference`` does, and for strings that no bundle can read.
    """
    strings: StringInput | None = None
    if path.is_dir():
        model, strings = open_saved_model(path)
    else:
        loaded, strings = _open_keras_file(path)
        model = plain_model(loaded)
        if strings is not None and model is not loaded:
            # The unchanged model computes in half precision, and no bundle can say the same.
            strings = through_ids(strings, model)
        model = with_channels_last(model, name=path.name)
    _check_weights(model, path.name)
    return OpenedModel(model, strings)


def describe_model(path: Path) -> ModelShape:
    """Return the inputs and outputs of the model at ``path``.

    Raises ConversionError for a model that was never called, so that its shapes are unknown, and
    for a model with a fixed batch of more than one.
    """
    model, strings = open_keras_model(path)
    try:
        inputs, outputs = model.inputs, model.outputs
    except AttributeError:
        inputs = outputs = None
    if not inputs or not outputs:
        raise ConversionError(
            f"Expected a model whose input has a shape in {path.name!r}, got a"
            f" {type(model).__name__} that is no graph of layers: rebuild it as"
            " keras.Model(inputs, model(inputs)) and save that."
        )
    for each in inputs:
        if each.shape[0] not in (None, 1):
            raise ConversionError(
                f"Expected a model with a free batch, or a batch of 1, in {path.name!r}, got"
                f" {each.shape}."
            )
    return ModelShape(
        [tuple(each.shape) for each in inputs],
        str(inputs[0].dtype),
        [tuple(each.shape) for each in outputs],
        output_activation(model),
        input_names(model),
        None if strings is None else strings.tokenizer,
        embedded_ids(model),
    )


def open_strings(path: Path) -> StringInput | None:
    """Return what the model at ``path`` does with strings; None if it takes ids or images."""
    return open_keras_model(path).strings


def check_ids(path: Path, ids: NDArray[np.int32], tensors: Sequence[TextTensor]) -> None:
    """Raise ConversionError if the model at ``path`` refuses a text of ``tensors``.

    ``ids`` is the text, int32 (1, length), or (1, tensors, length) for several.
    """
    model = load_reference(path)
    fed = split(ids, rows_of(input_names(model), tensors))
    try:
        call(model, fed)
    except Exception as error:
        # Layers raise different exceptions for an id beyond their embeddings.
        raise ConversionError(
            f"Expected a vocabulary of ids that {path.name!r} accepts, it refuses {ids.max()}:"
            f" {first_line(error)}"
        ) from error


def only_output(values: Any) -> Any:
    """Return the one tensor of a model's output, which may be inside a list or a mapping."""
    import keras

    (tensor,) = keras.tree.flatten(values)
    return tensor


def _open_keras_file(path: Path) -> OpenedModel:
    configuration = read_configuration(path)
    hub = find_hub_model(path, configuration)
    if hub is None:
        check_code(configuration, name=path.name)
    try:
        if hub is not None:
            return _open_behind(hub, path)
        with _with_suffix(path, configuration.container) as place:
            return _open(place, configuration.generation, path.name)
    except ConversionError:
        raise
    except Exception as error:
        # Keras passes on every exception of its layers.
        if foreign := _FOREIGN_CODE.search(str(error)):
            raise ConversionError(
                f"Expected only Keras's own layers in {path.name!r}, got {foreign[1]!r}, whose code"
                " is not in the file: export the model with model.export(FOLDER) and convert that."
            ) from error
        reason = first_line(error)
        raise ConversionError(f"Expected a Keras model in {path.name!r}, got: {reason}") from error


def _open(place: Path, generation: int, name: str) -> OpenedModel:
    import keras

    if generation == 2:
        return open_keras_2(place)
    model = keras.saving.load_model(place, compile=False, safe_mode=True)
    return take_apart(model, name) if takes_strings(model) else OpenedModel(model, None)


def _open_behind(hub: HubModel, path: Path) -> OpenedModel:
    """Return the model at ``path`` behind its tokenizer of KerasHub."""
    with tempfile.TemporaryDirectory(prefix="satchel-") as folder:
        place = Path(folder) / "model.keras"
        hub.write_rest(path, place)
        model = _open(place, hub.configuration.generation, path.name).model
    return OpenedModel(model, hub.strings(model))


@contextmanager
def _with_suffix(path: Path, container: Container) -> Iterator[Path]:
    """Yield a path of the same file whose suffix says how it holds a model, as Keras reads it."""
    suffix = _SUFFIXES[container]
    if path.suffix == suffix:
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="satchel-") as folder:
        place = Path(folder) / f"model{suffix}"
        place.symlink_to(path.resolve())
        yield place


def _check_weights(model: Any, name: str) -> None:
    import keras

    for weight in model.weights:
        if keras.backend.is_float_dtype(weight.dtype) and np.isnan(np.asarray(weight)).any():
            layer, _, part = weight.path.rpartition("/")
            raise ConversionError(
                f"Expected weights without NaN in {name!r},"
                f" the layer {layer!r} has NaN in its {part}."
            )
