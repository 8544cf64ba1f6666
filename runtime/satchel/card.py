"""What a model expects and returns, read from ``card.json`` and checked.

Two places hold a card: a model folder, where it says how to feed ``model.keras``, and a bundle,
where it also lists the models, the golden vectors and the SHA-256 of every other file.
``docs/bundle.md`` specifies each field.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Literal, TypeAlias

from satchel.errors import CardError
from satchel.plain_json import Fields, Json, load_json

FORMAT_VERSION = 1
MAX_CARD_BYTES = 4 << 20
MAX_SIDE = 8192
"""Pixels"""
MAX_LENGTH = 65_536
"""Token ids"""
MAX_LABELS = 100_000
MAX_MODELS = 100

_UNFIT_FOR_A_LINE = re.compile(
    "[\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069\\ud800-\\udfff]"
)
"""Controls, line separators, changes of direction and lone surrogates"""
_VOCABULARY = r"(?!labels\.txt)[a-z0-9][a-z0-9._-]{0,90}\.txt"
"""No name that another file of a bundle or of a .tflite has"""
_VERSION = re.compile(r"\d{1,9}(\.\d{1,9}){0,3}", re.ASCII)

Task: TypeAlias = Literal["image-classification", "text-classification"]
Fit: TypeAlias = Literal["stretch", "crop"]
Activation: TypeAlias = Literal["softmax", "sigmoid", "none"]
Format: TypeAlias = Literal["tflite", "onnx"]
Dtype: TypeAlias = Literal["float32", "uint8", "int8", "int32"]
Color: TypeAlias = tuple[int, int, int]


@dataclass(frozen=True)
class ImageInput:
    """A picture, as the model takes it: ``pixel * scale + offset`` (1, height, width, channels)."""

    height: int
    width: int
    channels: int = 3
    """3, or 1 for a Keras model of grey pictures; always 3 in a bundle"""
    fit: Fit = "stretch"
    """``crop`` cuts the largest centred piece of the model's aspect ratio first"""
    background: Color = (255, 255, 255)
    """sRGB, behind transparent pixels"""
    scale: tuple[float, ...] = (1.0,)
    """One factor, or one a channel"""
    offset: tuple[float, ...] = (0.0,)
    kind: Literal["image"] = "image"


@dataclass(frozen=True)
class TextInput:
    """A text, as the model takes it: token ids, int32 (1, length)."""

    length: int
    delimiter: str
    """A repeated character class, with RE2's ASCII meaning"""
    vocabulary: str
    """The file of ``token id`` lines"""
    kind: Literal["text"] = "text"


@dataclass(frozen=True)
class LabelOutput:
    """Scores, one a label."""

    labels: tuple[str, ...]
    activation: Activation = "softmax"
    """What the model ends in; the runtime adds what is missing to a probability for each label"""
    kind: Literal["labels"] = "labels"


@dataclass(frozen=True)
class TensorSpec:
    """The one input or output of a model file."""

    dtype: Dtype
    scale: float = 1.0
    """Real units a level, for uint8 and int8"""
    zero_point: int = 0
    """The level of real 0, for uint8 and int8"""


@dataclass(frozen=True)
class Verified:
    """What verification found, on the machine that packed the bundle, against the float model."""

    samples: int
    accuracy: float
    """0 to 1"""
    drop_points: float
    """Percentage points of accuracy lost against the float model; negative where it gained"""
    agreement: float
    """Share of samples with the same top label, 0 to 1"""
    largest_difference: float
    """Of any one probability, 0 to 1"""
    sqnr_db: float | None
    """Decibel; None where nothing differs"""


@dataclass(frozen=True)
class ModelEntry:
    """One model file of a bundle."""

    file: str
    format: Format
    scheme: str
    size_bytes: int
    input: TensorSpec
    output: TensorSpec
    needs: Mapping[str, str]
    """Engine to its lowest version, such as ``{"litert": "1.0"}``"""
    golden_tolerance: float
    """Largest difference of any one probability from the golden vectors, 0 to 1"""
    golden_tolerance_why: str
    verified: Verified | None = None


@dataclass(frozen=True)
class Card:
    """All that is to be known for feeding a model and reading its answer."""

    name: str
    version: str
    task: Task
    input: ImageInput | TextInput
    output: LabelOutput
    models: tuple[ModelEntry, ...] = ()
    """In order of preference; none in a model folder"""
    golden: str | None = None
    """The file of golden vectors; None in a model folder"""
    files: Mapping[str, str] = field(default_factory=dict)
    """Every other file of the bundle, to ``sha256:`` and 64 hexadecimal digits"""
    provenance: Mapping[str, Json] = field(default_factory=dict)


def parse_card(content: bytes) -> Card:
    """Return the card written in ``content``, JSON in UTF-8.

    Raises CardError for a field that is missing, of another type or out of range, for an unknown
    format version or required feature, and for JSON that is not plain: duplicate keys, NaN, a BOM.
    """
    fields = Fields(load_json(content, MAX_CARD_BYTES), "card")
    version = fields.take("satchel", int)
    if version != FORMAT_VERSION:
        raise CardError(
            f"Expected bundle format {FORMAT_VERSION}, got {str(version)[:20]}: update satchel."
        )
    for feature in fields.texts("requires", missing=()):
        raise CardError(f"Expected a bundle without the feature {feature!r}: update satchel.")
    task = fields.choice("task", Task)
    card = Card(
        name=fields.pattern("name", r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}"),
        version=fields.pattern("version", r"\d{1,9}\.\d{1,9}\.\d{1,9}"),
        task=task,
        input=_image_input(fields) if task == "image-classification" else _text_input(fields),
        output=_label_output(fields.inner("output")),
        models=tuple(_model(model) for model in fields.objects("models", MAX_MODELS)),
        golden=fields.take("golden", str) if "golden" in fields.values else None,
        files={name: _digest(name, value) for name, value in fields.mapping("files").items()},
        provenance=fields.mapping("provenance"),
    )
    if card.models and isinstance(card.input, ImageInput) and card.input.channels != 3:
        raise CardError(f"Expected 3 channels in a bundle, got {card.input.channels}.")
    for name in _needed_files(card):
        if card.models and name not in card.files:
            raise CardError(f"Expected {name!r} among the card's files, it is not listed.")
    return card


def card_to_json(card: Card) -> bytes:
    """Return what ``parse_card`` reads, the same bytes for the same card."""
    values = {"satchel": FORMAT_VERSION, **asdict(card)}
    if isinstance(card.input, TextInput):
        tokenizer = {
            "kind": "regex",
            "delimiter": card.input.delimiter,
            "vocabulary": card.input.vocabulary,
        }
        values["input"] = {"kind": "text", "tokenizer": tokenizer, "length": card.input.length}
    if not card.models:
        del values["models"], values["files"]
    if card.golden is None:
        del values["golden"]
    return (json.dumps(values, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _needed_files(card: Card) -> Iterator[str]:
    yield from (model.file for model in card.models)
    if isinstance(card.input, TextInput):
        yield card.input.vocabulary
    if card.golden is not None:
        yield card.golden


def _image_input(card: Fields) -> ImageInput:
    fields = card.inner("input")
    fields.constant("kind", "image")
    channels = fields.integer("channels", 1, 3, missing=3)
    if channels == 2:
        raise fields.wrong("channels", "1 or 3", channels)
    red, green, blue = fields.numbers("background", (3,), missing=(255.0, 255.0, 255.0))
    if any(not 0 <= level <= 255 or level != int(level) for level in (red, green, blue)):
        raise fields.wrong("background", "three whole numbers from 0 to 255", [red, green, blue])
    scale = fields.numbers("scale", (1, channels), missing=(1.0,))
    if any(factor == 0 for factor in scale):
        raise fields.wrong("scale", "factors other than 0", list(scale))
    return ImageInput(
        height=fields.integer("height", 1, MAX_SIDE),
        width=fields.integer("width", 1, MAX_SIDE),
        channels=channels,
        fit=fields.choice("fit", Fit, missing="stretch"),
        background=(int(red), int(green), int(blue)),
        scale=scale,
        offset=fields.numbers("offset", (1, channels), missing=(0.0,)),
    )


def _text_input(card: Fields) -> TextInput:
    fields = card.inner("input")
    fields.constant("kind", "text")
    tokenizer = fields.inner("tokenizer")
    tokenizer.constant("kind", "regex")
    return TextInput(
        length=fields.integer("length", 1, MAX_LENGTH),
        delimiter=tokenizer.take("delimiter", str),
        vocabulary=tokenizer.pattern("vocabulary", _VOCABULARY),
    )


def _label_output(fields: Fields) -> LabelOutput:
    fields.constant("kind", "labels")
    labels = fields.texts("labels")
    activation = fields.choice("activation", Activation)
    for label in labels:
        # One label a line: that is how TFLite Model Metadata and the apps write them.
        if not label.strip() or _UNFIT_FOR_A_LINE.search(label):
            raise fields.wrong("labels", "labels of one line without control characters", label)
    if not 2 <= len(labels) <= MAX_LABELS or len(set(labels)) != len(labels):
        raise fields.wrong("labels", f"2 to {MAX_LABELS:,} different labels", f"{len(labels)}")
    if activation == "sigmoid" and len(labels) != 2:
        raise fields.wrong("labels", "2 labels for a sigmoid", f"{len(labels)}")
    return LabelOutput(labels=labels, activation=activation)


def _model(fields: Fields) -> ModelEntry:
    needs = fields.mapping("needs")
    for engine, version in needs.items():
        if not re.fullmatch(r"[a-z0-9_]{1,40}", engine):
            raise fields.wrong("needs", "an engine's name", engine)
        if not isinstance(version, str) or not _VERSION.fullmatch(version):
            raise fields.wrong("needs", f"a version for {engine!r}", version)
    return ModelEntry(
        file=fields.take("file", str),
        format=fields.choice("format", Format),
        scheme=fields.pattern("scheme", r"[a-z0-9_]{1,40}"),
        size_bytes=fields.integer("size_bytes", 1, 1 << 40),
        input=_tensor(fields.inner("input")),
        output=_tensor(fields.inner("output")),
        needs={engine: str(version) for engine, version in needs.items()},
        golden_tolerance=fields.number("golden_tolerance", 0, 1),
        golden_tolerance_why=fields.take("golden_tolerance_why", str),
        verified=(
            None if fields.values.get("verified") is None else _verified(fields.inner("verified"))
        ),
    )


def _tensor(fields: Fields) -> TensorSpec:
    dtype = fields.choice("dtype", Dtype)
    scale = fields.number("scale", 0, 3e38, missing=1.0)
    # Below float32's smallest normal number a division by it overflows.
    if scale < 1.2e-38:
        raise fields.wrong("scale", "a number above 0", scale)
    low, high = {"uint8": (0, 255), "int8": (-128, 127)}.get(dtype, (0, 0))
    return TensorSpec(dtype, scale, fields.integer("zero_point", low, high, missing=0))


def _verified(fields: Fields) -> Verified:
    return Verified(
        samples=fields.integer("samples", 1, 1 << 40),
        accuracy=fields.number("accuracy", 0, 1),
        drop_points=fields.number("drop_points", -100, 100),
        agreement=fields.number("agreement", 0, 1),
        largest_difference=fields.number("largest_difference", 0, 1),
        sqnr_db=None
        if fields.values.get("sqnr_db") is None
        else fields.number("sqnr_db", -1e3, 1e3),
    )


def _digest(name: str, value: Json) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"sha256:[0-9a-f]{64}", value):
        raise CardError(
            f"Expected sha256: and 64 hexadecimal digits for {name!r}, got {value!r:.90}."
        )
    return value
