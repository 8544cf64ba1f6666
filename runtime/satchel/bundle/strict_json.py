"""Parses untrusted JSON strictly, and reads its fields by name with a check of each value."""

import json
import re
from collections.abc import Iterable
from typing import Any, TypeAlias, get_args

from satchel import limits
from satchel.errors import CardError

Json: TypeAlias = bool | int | float | str | list["Json"] | dict[str, "Json"] | None


def load_json(content: bytes, limit: int) -> Json:
    """Return the value of plain JSON in UTF-8, which has at most ``limit`` bytes.

    Raises CardError for duplicate keys, NaN, numbers beyond doubles, a BOM and nesting beyond
    MAX_JSON_DEPTH.
    """
    if len(content) > limit:
        raise CardError(f"Expected at most {limit:,} bytes of JSON, got {len(content):,}.")
    try:
        value: Json = json.loads(
            content.decode("utf-8"),
            object_pairs_hook=_unique,
            parse_constant=_no_constant,
            parse_float=_finite,
            parse_int=_whole,
        )
        _check_depth(value, limits.MAX_JSON_DEPTH)
    except (ValueError, RecursionError) as error:
        raise CardError(f"Expected plain JSON in UTF-8, got something else: {error}.") from error
    return value


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    values = dict(pairs)
    if len(values) != len(pairs):
        raise ValueError("a key stands there twice")
    return values


def _finite(digits: str) -> float:
    value = float(digits)
    if value in (float("inf"), float("-inf")):
        raise ValueError(f"{digits[:20]} is too large for a double")
    return value


def _whole(digits: str) -> int:
    # Most languages read a whole number as a double.
    _finite(digits)
    return int(digits)


def _check_depth(value: Json, left: int) -> None:
    if isinstance(value, dict | list):
        if value and left == 1:
            raise ValueError(f"it nests deeper than {limits.MAX_JSON_DEPTH}")
        for inner in value.values() if isinstance(value, dict) else value:
            if isinstance(inner, dict | list):
                _check_depth(inner, left - 1)


def _no_constant(name: str) -> Json:
    raise ValueError(f"{name} is not a number")


def is_unicode(text: str) -> bool:
    """Return whether UTF-8 can hold a text: it has no half of a surrogate pair."""
    return text.isascii() or re.search("[\ud800-\udfff]", text) is None


def without_defaults(values: Any, names: Iterable[str]) -> dict[str, Json]:
    """Return the fields of a NamedTuple, but those in ``names`` only if they are not the default.

    Fields that came after the first bundles stand in ``names``, so that a card without them keeps
    its bytes.
    """
    written: dict[str, Json] = values._asdict()
    for name in names:
        if written[name] == values._field_defaults[name]:
            del written[name]
    return written


class Fields:
    """The fields of one JSON object. Every method raises CardError for a value that does not fit.

    ``missing`` is the value of a field that is not there; without it, the field is required.
    """

    def __init__(self, value: Json, place: str) -> None:
        if not isinstance(value, dict):
            raise CardError(f"Expected {place} to be an object, got {value!r:.60}.")
        self.values = value
        self.place = place

    def wrong(self, name: str, expected: str, got: object) -> CardError:
        """Return the error for a field. The caller raises it."""
        return CardError(f"Expected {expected} for {self.place}.{name}, got {got!r:.60}.")

    def take(self, name: str, kind: type[Any], missing: Any = None) -> Any:
        """Return the value of a field, which must have the Python type ``kind``."""
        value = self.values.get(name, missing)
        # In Python a bool is an int, in JSON it is not a number.
        if not isinstance(value, kind) or isinstance(value, bool):
            raise self.wrong(name, f"a value of type {kind.__name__}", value)
        return value

    def constant(self, name: str, value: str) -> None:
        """Check that the field holds the text ``value``."""
        if self.take(name, str) != value:
            raise self.wrong(name, repr(value), self.values[name])

    def choice(self, name: str, options: Any, missing: str | None = None) -> Any:
        """Return a text that is one of the values of the Literal ``options``."""
        value = self.take(name, str, missing)
        if value not in get_args(options):
            raise self.wrong(name, "one of " + ", ".join(get_args(options)), value)
        return value

    def pattern(self, name: str, pattern: str) -> str:
        """Return a text that matches ``pattern`` from end to end, with ASCII classes."""
        value: str = self.take(name, str)
        if not re.fullmatch(pattern, value, re.ASCII):
            raise self.wrong(name, f"text of the form {pattern}", value)
        return value

    def flag(self, name: str) -> bool:
        """Return true or false, false if the field is missing."""
        value = self.values.get(name, False)
        if not isinstance(value, bool):
            raise self.wrong(name, "true or false", value)
        return value

    def integer(self, name: str, low: int, high: int, missing: int | None = None) -> int:
        """Return a whole number from ``low`` to ``high``."""
        value: int = self.take(name, int, missing)
        if not low <= value <= high:
            raise self.wrong(name, f"a whole number from {low:,} to {high:,}", value)
        return value

    def number(self, name: str, low: float, high: float, missing: float | None = None) -> float:
        """Return a number from ``low`` to ``high``."""
        value: Any = self.values.get(name, missing)
        if not _is_number(value) or not low <= value <= high:
            raise self.wrong(name, f"a number from {low:g} to {high:g}", value)
        return float(value)

    def numbers(
        self, name: str, lengths: tuple[int, ...], missing: tuple[float, ...]
    ) -> tuple[float, ...]:
        """Return a list of numbers within float32. Its length is one of ``lengths``."""
        values = self.take(name, list, list(missing))
        if len(values) not in lengths or not all(map(_is_number, values)):
            raise self.wrong(name, f"{' or '.join(map(str, lengths))} finite numbers", values)
        return tuple(map(float, values))

    def factors(self, name: str, lengths: tuple[int, ...]) -> tuple[float, ...]:
        """Return a list of numbers other than 0, a single 1.0 if the field is missing."""
        values = self.numbers(name, lengths, missing=(1.0,))
        if 0 in values:
            raise self.wrong(name, "factors other than 0", list(values))
        return values

    def decibel(self, name: str) -> float | None:
        """Return a ratio in decibel, None if it is missing or null."""
        return None if self.values.get(name) is None else self.number(name, -1e3, 1e3)

    def text(self, name: str, low: int, high: int, missing: str | None = None) -> str:
        """Return a text of ``low`` to ``high`` characters that UTF-8 can hold."""
        value: str = self.take(name, str, missing)
        if not low <= len(value) <= high or not is_unicode(value):
            raise self.wrong(name, f"{low:,} to {high:,} characters of UTF-8", value)
        return value

    def texts(self, name: str, missing: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """Return a list of texts."""
        values = self.take(name, list, None if missing is None else list(missing))
        if not all(isinstance(value, str) for value in values):
            raise self.wrong(name, "a list of texts", values)
        return tuple(values)

    def mapping(self, name: str) -> dict[str, Json]:
        """Return an object as it is, an empty one if it is missing."""
        value: dict[str, Json] = self.take(name, dict, {})
        return value

    def inner(self, name: str) -> "Fields":
        """Return the fields of an object inside this one."""
        return Fields(self.values.get(name), f"{self.place}.{name}")

    def objects(self, name: str, limit: int) -> "list[Fields]":
        """Return the fields of each object of a list, an empty list if it is missing."""
        values = self.take(name, list, [])
        if len(values) > limit:
            raise self.wrong(name, f"at most {limit}", len(values))
        return [Fields(value, f"{self.place}.{name}[{at}]") for at, value in enumerate(values)]


def _is_number(value: object) -> bool:
    # Within float32, so that what is computed from it stays finite.
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 3.4e38
