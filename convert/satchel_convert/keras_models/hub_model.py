"""Opens a Keras file whose texts go through a tokenizer of KerasHub, without KerasHub."""

import json
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from satchel import limits
from satchel.bundle import TextTensor
from satchel_convert.errors import ConversionError
from satchel_convert.keras_models.configuration import Configuration
from satchel_convert.keras_models.foreign_code import check_behind
from satchel_convert.keras_models.hub_layers import PACKER, HubLayers, take_hub_layers
from satchel_convert.keras_models.model_inputs import call, input_names
from satchel_convert.keras_models.string_input import StringInput
from satchel_convert.text_rows import rows_of, split, tensors_named
from satchel_convert.tokenizers.found import MAX_BYTES
from satchel_convert.tokenizers.hub_words import DIFFERENCES
from satchel_convert.tokenizers.keras_hub import (
    FILES,
    HubTokenizer,
    Packing,
    read_tokenizer,
    special_packing,
)

BATCH = 256
"""The number of texts that run at once"""


class HubModel(NamedTuple):
    """A model whose tokenizer of KerasHub was taken out."""

    configuration: Configuration
    """The rest of the model, from ids on"""
    tokenizer: HubTokenizer

    def write_rest(self, path: Path, target: Path) -> None:
        """Write the rest of the Keras archive ``path`` to ``target``."""
        with zipfile.ZipFile(path) as source, zipfile.ZipFile(target, "w") as rest:
            for name in source.namelist():
                if name == "config.json":
                    rest.writestr(name, json.dumps(self.configuration.model))
                elif not name.startswith("assets/"):
                    with source.open(name) as member, rest.open(name, "w", force_zip64=True) as out:
                        while block := member.read(1 << 20):
                            out.write(block)

    def strings(self, model: Any) -> StringInput:
        """Return what the whole model does with strings; ``model`` is the rest, as Keras has it.

        The texts get their ids from what KerasHub's program does, which is repeated here, and the
        ids go through ``model``. But a text with what the card's tokenizer is known to read
        otherwise runs with the card's ids, so that the conversion is compared and nothing else.
        """
        found, length = self.tokenizer, self.tokenizer.found.length
        card = found.found.open(length or limits.MAX_LENGTH)

        def run(texts: Sequence[str]) -> NDArray[np.float32]:
            names = input_names(model)
            read = tensors_named(names) or ("ids",)
            size = BATCH if length else 1
            outputs = []
            for at in range(0, len(texts), size):
                ids = [
                    card.encode(text) if found.differs(text) else found.encode(text)
                    for text in texts[at : at + size]
                ]
                tensors = _tensors(ids, length, found.pad)
                rows = np.stack([tensors[each] for each in read], axis=1)
                fed = split(rows, rows_of(names, read) or (0,))
                outputs.append(np.asarray(call(model, fed)))
            return np.concatenate(outputs).astype(np.float32)

        def to_ids(texts: Sequence[str]) -> NDArray[np.int32]:
            return _tensors([found.encode(text) for text in texts], length, found.pad)["ids"]

        return StringInput(
            found.found,
            to_ids=to_ids,
            run=run,
            differs=found.differs,
            differences=DIFFERENCES,
        )


def _tensors(
    texts: Sequence[Sequence[int]], length: int | None, pad: int
) -> dict[TextTensor, NDArray[np.int32]]:
    """Return ids, mask and segments, int32 (texts, length), of the ids of texts.

    Without a ``length``, they are as long as the longest text.
    """
    # Keras cannot run a text without ids.
    longest = length or max([1, *map(len, texts)])
    ids = np.full((len(texts), longest), pad, np.int32)
    mask = np.zeros_like(ids)
    for at, row in enumerate(texts):
        ids[at, : len(row)] = row
        mask[at, : len(row)] = 1
    return {"ids": ids, "mask": mask, "segments": np.zeros_like(ids)}


def find_hub_model(path: Path, configuration: Configuration) -> HubModel | None:
    """Return the model in the Keras file ``path`` without its tokenizer of KerasHub.

    It is None for a model that has none, and for one that is not taken apart
    (``take_hub_layers``). Raises ConversionError for a tokenizer that no card expresses, and for a
    model that needs other code than Keras's behind it.
    """
    if configuration.container != "archive" or configuration.generation != 3:
        return None
    layers = take_hub_layers(configuration.model)
    if layers is None:
        return None
    where = f"{layers.name} of {path.name!r}"
    rest = configuration._replace(model=layers.rest)
    check_behind(rest, layers.name, name=path.name)
    content = _content(path, where)
    config = layers.tokenizer["config"]
    packing = _packing(layers, content, where)
    return HubModel(rest, read_tokenizer(layers.kind, config, content, packing, where))


def _packing(layers: HubLayers, content: bytes, where: str) -> Packing | None:
    """Return what the layer behind, or around, the tokenizer adds; None without one."""
    if layers.packer is None:
        return None
    config = layers.packer["config"]
    length = config.get("sequence_length")
    if not isinstance(length, int) or length < 1:
        raise _refused(where, f"sequence_length={length!r} of its packer")
    if layers.packer["class_name"] != PACKER:
        return special_packing(layers.kind, layers.tokenizer["config"], content, length, where)
    if config.get("padding_side", "right") != "right":
        raise _refused(where, f"padding_side={config['padding_side']!r} of its {PACKER}")
    start, end, pad = (
        _only_id(config.get(each), each, where)
        for each in ("start_value", "end_value", "pad_value")
    )
    return Packing(length, start, end, pad or 0)


def _only_id(value: Any, setting: str, where: str) -> int | None:
    """Return the id in a setting of a packer, which may be in a list."""
    values = value if isinstance(value, list) else [value]
    if len(values) != 1 or not isinstance(values[0], int | None) or isinstance(values[0], bool):
        raise _refused(where, f"{setting}={value!r:.60} of its {PACKER}, which is not one id")
    return values[0]


def _content(path: Path, where: str) -> bytes:
    """Return the file of the only tokenizer in a Keras archive; empty if it has none."""
    with zipfile.ZipFile(path) as archive:
        found = [
            each
            for each in archive.infolist()
            if each.filename.startswith("assets/") and each.filename.rpartition("/")[2] in FILES
        ]
        if len(found) > 1:
            names = ", ".join(each.filename for each in found)
            raise ConversionError(f"Expected one vocabulary of {where}, got {names}.")
        if not found:
            return b""
        if found[0].file_size > MAX_BYTES:
            raise ConversionError(
                f"Expected a vocabulary of at most {MAX_BYTES >> 20} MiB of {where}."
            )
        return archive.read(found[0])


def _refused(where: str, setting: str) -> ConversionError:
    return ConversionError(
        f"Expected a tokenizer that a bundle can repeat in {where}, got {setting}."
    )
