"""Reads the legacy ``Tokenizer`` of Keras from its ``to_json()``.

Source: ``keras.preprocessing.text.Tokenizer.to_json`` of Keras 2. Its config holds other JSON
objects as texts.
"""

from collections.abc import Mapping
from typing import Any

from satchel import limits
from satchel.bundle import Json
from satchel.preprocessing import KerasTokenizerSpec
from satchel_convert.errors import ModelFolderError
from satchel_convert.tokenizers.found import LISTED, FoundTokenizer, by_id, listed, parse_json
from satchel_convert.tokenizers.settings import StatedTokenizer


def is_keras(values: Json) -> bool:
    """Return whether JSON is what ``Tokenizer.to_json()`` returns."""
    return isinstance(values, dict) and values.get("class_name") == "Tokenizer"


def read_keras(values: Mapping[str, Json], name: str, stated: StatedTokenizer) -> FoundTokenizer:
    """Return the tokenizer in what ``to_json()`` returned; raises ModelFolderError."""
    config: Any = values.get("config")
    if not isinstance(config, dict):
        raise ModelFolderError(f"Expected a config in {name!r}, got {config!r:.60}.")
    index = _word_index(config, name)
    most = config.get("num_words")
    oov = config.get("oov_token")
    if most is not None and (not isinstance(most, int) or isinstance(most, bool) or most < 1):
        raise ModelFolderError(f"Expected a number as num_words in {name!r}, got {most!r:.60}.")
    if oov is not None and oov not in index:
        raise ModelFolderError(
            f"Expected the oov_token {oov!r:.60} in the word_index of {name!r}, got none:"
            " fit the tokenizer before it is saved."
        )
    known = {word: id_ for word, id_ in index.items() if most is None or id_ < most}
    if not known:
        raise ModelFolderError(f"Expected words with an id below {most} in {name!r}, got none.")
    filters = config.get("filters") or ""
    spec = KerasTokenizerSpec(
        vocabulary=LISTED,
        unit="character" if _flag(config, "char_level", name) else "word",
        lower=_flag(config, "lower", name),
        filters="".join(filters) if isinstance(filters, list) else _text(filters, "filters", name),
        separator=_text(config.get("split", " "), "split", name),
        unknown=None if oov is None else index[oov],
        padding=stated.padding or "pre",
        truncating=stated.truncating or "pre",
    )
    tokens = [_within_limits(each) for each in by_id(known, name, lowest=1)]
    source = f"Keras's Tokenizer in {name!r}, padded {spec.padding}, truncated {spec.truncating}"
    return FoundTokenizer(spec, {LISTED: listed(tokens)}, source)


def _word_index(config: Mapping[str, Any], name: str) -> dict[str, int]:
    found = config.get("word_index")
    if isinstance(found, str):
        found = parse_json(found.encode("utf-8", "replace"), f"word_index of {name}")
    if not isinstance(found, dict) or not found:
        raise ModelFolderError(
            f"Expected a word_index in {name!r}, got {found!r:.60}: fit the tokenizer before it is"
            " saved."
        )
    # Checks the ids.
    by_id(found, name, lowest=1)
    return found


def _flag(config: Mapping[str, Any], key: str, name: str) -> bool:
    value = config.get(key, key == "lower")
    if not isinstance(value, bool):
        raise ModelFolderError(f"Expected true or false as {key} in {name!r}, got {value!r:.60}.")
    return value


def _text(value: object, key: str, name: str) -> str:
    if not isinstance(value, str):
        raise ModelFolderError(f"Expected a text as {key} in {name!r}, got {value!r:.60}.")
    return value


def _within_limits(token: str | None) -> str | None:
    """Return the token, None for one that is too long for a bundle, such as a row of dashes."""
    return token if token is None or len(token) <= limits.MAX_TOKEN_LENGTH else None
