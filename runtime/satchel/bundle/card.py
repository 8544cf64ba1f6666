"""Reads and checks ``card.json``, which says what a model expects and what it returns.

A card stands in two places. In a model folder it says how to feed ``model.keras``. In a bundle it
also lists the models, the golden vectors and the SHA-256 of every other file.
``docs/bundle.md`` specifies each field.
"""

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

from satchel import limits
from satchel.bundle.strict_json import Fields, Json, load_json, without_defaults
from satchel.bundle.task_table import TASKS, Task, load_task
from satchel.errors import CardError

if TYPE_CHECKING:
    from satchel.bundle.task_functions import Input, Output, Verified

FORMAT_VERSION = 1
FEATURES = (
    "channel-order",
    "grey",
    "int64",
    "letterbox",
    "multi-label",
    "repeated-labels",
    "several-inputs",
    "single-logit",
    "tensor-shape",
    "tokenizer-keras",
    "tokenizer-sentencepiece",
    "tokenizer-vectorization",
    "tokenizer-wordpiece",
)
"""The features that came after the first bundles. A card names those that it uses, because a reader
that does not know them would misread it."""
MAX_RANK = 8
"""The largest number of sides of a tensor."""
NAME_PATTERN = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}"
VERSION_PATTERN = r"\d{1,9}\.\d{1,9}\.\d{1,9}"

_ENGINE_VERSION = r"\d{1,9}(\.\d{1,9}){0,3}"
_WORD = r"[a-z0-9_]{1,40}"

Format: TypeAlias = Literal["tflite", "onnx"]
Dtype: TypeAlias = Literal["float32", "uint8", "int8", "int32", "int64"]

_NOTHING: Mapping[str, Any] = {}


class TensorSpec(NamedTuple):
    """The input or the output of a model file: one tensor, or several alike for a text."""

    dtype: Dtype
    scale: float = 1.0
    """The real number that one level stands for. Used for uint8 and int8."""
    zero_point: int = 0
    """The level that stands for the real number 0. Used for uint8 and int8."""
    shape: tuple[int, ...] = ()
    """The sides of the tensor with its batch of 1, if they are not those of the card's input or
    output. It has as many numbers as they."""
    rows: tuple[int, ...] = ()
    """For a model of several inputs, the row of the prepared input that each of them reads."""


class ModelEntry(NamedTuple):
    """One model file of a bundle."""

    file: str
    format: Format
    scheme: str
    size_bytes: int
    input: TensorSpec
    output: TensorSpec
    needs: Mapping[str, str]
    """The lowest version of each engine that runs the model, such as ``{"litert": "1.0"}``."""
    golden_tolerance: float
    """The largest allowed difference from any golden vector, 0 to 1."""
    golden_tolerance_why: str
    verified: "Verified | None" = None


class Card(NamedTuple):
    """Everything that is needed to feed a model and to read its prediction."""

    name: str
    version: str
    task: str
    """The name of the task, one of ``TASKS``."""
    input: "Input"
    output: "Output"
    models: tuple[ModelEntry, ...] = ()
    """The models in order of preference. A model folder has none."""
    golden: str | None = None
    """The name of the file of golden vectors. None in a model folder."""
    files: Mapping[str, str] = _NOTHING
    """The hash of every other file of the bundle: ``sha256:`` and 64 hexadecimal digits."""
    provenance: Mapping[str, Json] = _NOTHING


def parse_card(content: bytes) -> Card:
    """Return the card written in ``content``, JSON in UTF-8.

    Raises CardError for a field that is missing, of another type or out of range, for an unknown
    format version or required feature, and for JSON that is not plain: duplicate keys, NaN, a BOM.
    """
    fields = Fields(load_json(content, limits.MAX_CARD_BYTES), "card")
    version = fields.take("satchel", int)
    if version != FORMAT_VERSION:
        raise CardError(
            f"Expected bundle format {FORMAT_VERSION}, got {str(version)[:20]}: update satchel."
        )
    required = fields.texts("requires", missing=())
    for feature in required:
        if feature not in FEATURES:
            raise CardError(
                f"Expected a bundle without the feature {feature!r:.60}: update satchel."
            )
    name = fields.take("task", str)
    if name not in TASKS:
        raise fields.wrong("task", "one of " + ", ".join(TASKS), name)
    task = load_task(name)
    card = Card(
        name=fields.pattern("name", NAME_PATTERN),
        version=fields.pattern("version", VERSION_PATTERN),
        task=name,
        input=task.input.parse(fields.inner("input")),
        output=task.output.parse(fields.inner("output")),
        models=tuple(_model(model, task) for model in fields.objects("models", limits.MAX_MODELS)),
        golden=fields.take("golden", str) if "golden" in fields.values else None,
        files={name: _digest(name, value) for name, value in fields.mapping("files").items()},
        provenance=fields.mapping("provenance"),
    )
    if missing := [each for each in features(card) if each not in required]:
        raise fields.wrong("requires", f"the feature {missing[0]!r} that the card uses", required)
    if card.models:
        task.output.check_bundled(card.output)
        _check_shapes(card)
        _check_rows(card)
    for needed in _needed_files(card):
        if card.models and needed not in card.files:
            raise CardError(
                f"Expected {needed!r:.110} among the card's files, got none of that name."
            )
    return card


def card_to_json(card: Card) -> bytes:
    """Return the card as JSON that ``parse_card`` reads. Equal cards give equal bytes."""
    requires = features(card)
    values = {
        "satchel": FORMAT_VERSION,
        **({"requires": list(requires)} if requires else {}),
        **_card_fields(card),
    }
    if not card.models:
        del values["models"], values["files"]
    if card.golden is None:
        del values["golden"]
    return (json.dumps(values, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()


def features(card: Card) -> tuple[str, ...]:
    """Return the names of the features that a reader of the first version would misread."""
    found = {*card.input.features, *card.output.features}
    if any(model.input.shape or model.output.shape for model in card.models):
        found.add("tensor-shape")
    if any("int64" in (model.input.dtype, model.output.dtype) for model in card.models):
        found.add("int64")
    # A model folder always could describe a model of grey images.
    return tuple(sorted(found if card.models else found - {"grey"}))


def _card_fields(card: Card) -> dict[str, Any]:
    task = load_task(card.task)
    return {
        **card._asdict(),
        "input": task.input.to_json(card.input),
        "output": task.output.to_json(card.output),
        "models": [_model_fields(model) for model in card.models],
        "files": dict(card.files),
        "provenance": dict(card.provenance),
    }


def _model_fields(model: ModelEntry) -> dict[str, Any]:
    return {
        **model._asdict(),
        "input": without_defaults(model.input, ("shape", "rows")),
        "output": without_defaults(model.output, ("shape", "rows")),
        "verified": model.verified and model.verified._asdict(),
    }


def _needed_files(card: Card) -> Iterator[str]:
    yield from (model.file for model in card.models)
    yield from card.input.files
    if card.golden is not None:
        yield card.golden


def _model(fields: Fields, task: Task) -> ModelEntry:
    needs = fields.mapping("needs")
    for engine, version in needs.items():
        if not re.fullmatch(_WORD, engine, re.ASCII):
            raise fields.wrong("needs", "an engine's name", engine)
        if not isinstance(version, str) or not re.fullmatch(_ENGINE_VERSION, version, re.ASCII):
            raise fields.wrong("needs", f"a version for {engine!r}", version)
    return ModelEntry(
        file=fields.take("file", str),
        format=fields.choice("format", Format),
        scheme=fields.pattern("scheme", _WORD),
        size_bytes=fields.integer("size_bytes", 1, 1 << 40),
        input=_tensor(fields.inner("input")),
        output=_tensor(fields.inner("output")),
        needs={engine: str(version) for engine, version in needs.items()},
        golden_tolerance=fields.number("golden_tolerance", 0, 1),
        golden_tolerance_why=fields.take("golden_tolerance_why", str),
        verified=(
            None
            if fields.values.get("verified") is None
            else task.output.parse_verified(fields.inner("verified"))
        ),
    )


def _tensor(fields: Fields) -> TensorSpec:
    dtype = fields.choice("dtype", Dtype)
    scale = fields.number("scale", 0, 3e38, missing=1.0)
    # Dividing by less than float32's smallest normal number overflows.
    if scale < 1.2e-38:
        raise fields.wrong("scale", "a number above 0", scale)
    low, high = {"uint8": (0, 255), "int8": (-128, 127)}.get(dtype, (0, 0))
    zero_point = fields.integer("zero_point", low, high, missing=0)
    shape = fields.take("shape", list, [])
    if len(shape) > MAX_RANK or not all(type(side) is int and side > 0 for side in shape):
        raise fields.wrong("shape", f"at most {MAX_RANK} whole numbers above 0", shape)
    if shape[:1] not in ([], [1]):
        raise fields.wrong("shape", "a batch of 1 in front", shape)
    rows = fields.take("rows", list, [])
    if not all(type(row) is int for row in rows):
        raise fields.wrong("rows", "a list of whole numbers", rows)
    return TensorSpec(dtype, scale, zero_point, tuple(shape), tuple(rows))


def _check_shapes(card: Card) -> None:
    """Raise CardError for a tensor whose shape has another number of elements than the card's."""
    for model in card.models:
        for tensor, side, name in (
            (model.input, card.input, "input"),
            (model.output, card.output, "output"),
        ):
            if tensor.shape and math.prod(tensor.shape) != math.prod(side.shape):
                raise CardError(
                    f"Expected a shape of {math.prod(side.shape):,} numbers for the {name} of"
                    f" {model.file!r:.110}, got {list(tensor.shape)}."
                )


def _check_rows(card: Card) -> None:
    """Raise CardError unless each row of a text of several tensors belongs to one input."""
    several = card.input.shape[0] if "several-inputs" in card.input.features else 0
    for model in card.models:
        if sorted(model.input.rows) != list(range(several)) or model.output.rows:
            raise CardError(
                f"Expected each of {several} rows once for the inputs of {model.file!r:.110},"
                f" got {list(model.input.rows)}."
            )
        if several and model.input.shape:
            raise CardError(f"Expected no shape for the {several} inputs of {model.file!r:.110}.")


def _digest(name: str, value: Json) -> str:
    # A pattern takes too long to compile.
    digits = value[7:] if isinstance(value, str) and value[:7] == "sha256:" else ""
    if len(digits) != 64 or digits.strip("0123456789abcdef"):
        raise CardError(
            f"Expected sha256: and 64 hexadecimal digits for {name!r:.110}, got {value!r:.90}."
        )
    return "sha256:" + digits
