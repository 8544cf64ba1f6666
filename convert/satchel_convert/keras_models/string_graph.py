"""Reads what the graph of a SavedModel does with strings, and takes it out of the graph.

The operators on strings are followed from the input to the table of the vocabulary. Each must be
one that a bundle's tokenizer repeats. Which tensor behind the table holds the ids, or counts, is
found by computing: it is the first one through which all of the graph goes and that holds, for
texts of the vocabulary, what the tokenizer makes of them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from satchel.errors import CardError
from satchel.preprocessing import StandardizeStep, VectorizationSpec
from satchel_convert.errors import ConversionError, ModelFolderError
from satchel_convert.keras_models.graph_cut import Graph
from satchel_convert.tokenizers.found import LISTED, FoundTokenizer, by_id, listed
from satchel_convert.tokenizers.replacements import step_of
from satchel_convert.tokenizers.vectorization_files import LOWER

Split: TypeAlias = Literal["whitespace", "character", "none"]
Output: TypeAlias = Literal["int", "multi_hot", "count"]
_PASSED = ("Identity", "Reshape", "Squeeze", "ExpandDims")
"""The operators that leave a string as it is"""
_TOKENS_PASSED = ("RaggedTensorToTensor", "StridedSlice")
"""The operators that leave tokens as they are, but may add empty ones or cut off some"""
_ASIDE = ("Shape", "Size", "Rank", "Equal", "NotEqual")
"""The operators that read strings beside their way: to count them, or to find empty ones"""
_PROBED = 700
"""The number of known tokens in the longest text that is tried"""


@dataclass
class _Way:
    """What happens to a string, in the order of the operators."""

    steps: list[StandardizeStep] = field(default_factory=list)
    split: Split = "none"
    ngrams: tuple[int, ...] = (1,)
    strips: bool = False
    """Whether the ends of the text were stripped, and nothing was replaced since"""


class FoundIds(NamedTuple):
    """The tensor that holds what a tokenizer makes of a text."""

    tokenizer: FoundTokenizer
    tensor: Any
    rank: int
    """2 for ids of the shape (texts, length), 1 for one id a text"""


def find_ids(graph: Graph, name: str) -> FoundIds:
    """Return the tokenizer in ``graph``, and the tensor that holds its ids.

    Raises ConversionError for an operator that no tokenizer repeats, and for a graph whose ids are
    not what its operators say. ``name`` names the SavedModel.
    """
    way, lookup = _follow(graph, name)
    unknown = _constant(lookup.inputs[2])
    tokens = _tokens(graph.table(lookup), unknown, name)
    spec = VectorizationSpec(
        LISTED,
        unknown=unknown if unknown >= 0 else len(tokens) - 1,
        standardize=tuple(way.steps),
        split=way.split,
        ngrams=way.ngrams,
    )
    found = FoundTokenizer(spec, {LISTED: listed(tokens)}, f"the graph of {name!r}")
    probes = _probes([token for token in tokens if token])
    for tensor, rows in _computed(graph, lookup, probes):
        for output in get_args(Output):
            each = found._replace(spec=spec._replace(output=output))
            if _gives(each, probes, rows):
                sizes = {row.size for row in rows}
                length = sizes.pop() if len(sizes) == 1 else None
                return FoundIds(each._replace(length=length), tensor, rows[0].ndim)
    raise ConversionError(
        f"Expected ids that the operators on strings in {name!r} explain, got others: save the"
        " model from ids on, and add --tokenizer with its vocabulary."
    )


def _computed(
    graph: Graph, lookup: Any, probes: Sequence[str]
) -> Iterator[tuple[Any, list[NDArray[Any]]]]:
    """Yield each tensor that may hold the ids, with its values for each of the texts."""
    candidates = graph.dominators(lookup)
    values = graph.compute(candidates, probes)
    for at, tensor in enumerate(candidates):
        rows = [each[at] for each in values]
        if all(row.ndim in (1, 2) and len(row) == 1 for row in rows):
            yield tensor, rows


def _follow(graph: Graph, name: str) -> tuple[_Way, Any]:
    """Return what happens to the input on its way to the table, and the operator that looks up."""
    way, tensor = _Way(), graph.strings
    while True:
        readers = [each for each in graph.readers(tensor) if not _is_aside(each)]
        if len(readers) != 1:
            kinds = sorted({each.type for each in readers}) or ["none"]
            raise _refused(name, f"the operators {', '.join(kinds)} on one string")
        [operator] = readers
        if operator.type == "LookupTableFindV2":
            return way, operator
        tensor = _pass(operator, way, graph, name)


def _pass(operator: Any, way: _Way, graph: Graph, name: str) -> Any:
    """Write what an operator does into ``way``; return its strings. Raises ConversionError."""
    kind = operator.type
    if kind in _PASSED:
        return operator.outputs[0]
    if kind == "StringNGrams" and way.split != "none":
        way.ngrams = _ngrams(operator, name)
        return operator.outputs[0]
    if way.split != "none" and kind in _TOKENS_PASSED:
        return operator.outputs[0]
    if way.split != "none":
        raise _refused(name, f"the operator {kind} behind the split")
    if kind == "StringStrip":
        way.strips = True
        return operator.outputs[0]
    if kind in ("StringSplitV2", "UnicodeDecode", "UnicodeDecodeWithOffsets"):
        return _split(operator, way, graph, name)
    if way.strips:
        raise _refused(name, f"the operator {kind} behind StringStrip")
    way.steps.append(_step(operator, name))
    return operator.outputs[0]


def _step(operator: Any, name: str) -> StandardizeStep:
    kind = operator.type
    if kind == "StringLower":
        if encoding := operator.get_attr("encoding").decode():
            raise _refused(name, f"StringLower of {encoding}, which changes more than ASCII")
        return LOWER
    if kind == "StaticRegexReplace":
        pattern, by = operator.get_attr("pattern"), operator.get_attr("rewrite")
    elif kind == "RegexReplace":
        pattern, by = (_constant(each) for each in operator.inputs[1:3])
    else:
        raise _refused(name, f"the operator {kind}")
    words = f"the regular expression {pattern.decode('utf-8', 'replace')!r:.80}"
    if not operator.get_attr("replace_global"):
        raise _refused(name, f"{words}, replaced once")
    step = step_of(pattern.decode(), by.decode())
    if step is None:
        raise _refused(name, f"{words}, which is neither a text nor a class of characters")
    return step


def _split(operator: Any, way: _Way, graph: Graph, name: str) -> Any:
    if operator.type == "StringSplitV2":
        separator = _constant(operator.inputs[1])
        if separator != b"" or operator.get_attr("maxsplit") != -1:
            raise _refused(name, f"a split at {separator!r}, which is not white space")
        way.split = "whitespace"
        return operator.outputs[1]
    if way.strips:
        raise _refused(name, "StringStrip in front of a split into characters")
    encoder = graph.next_of(operator, "UnicodeEncode")
    if encoder is None or operator.get_attr("input_encoding").upper() != b"UTF-8":
        raise _refused(name, f"the operator {operator.type}")
    way.split = "character"
    return encoder.outputs[0]


def _ngrams(operator: Any, name: str) -> tuple[int, ...]:
    plain = {"separator": b" ", "left_pad": b"", "right_pad": b"", "pad_width": 0}
    for attribute, value in plain.items():
        found = operator.get_attr(attribute)
        # Padding of width 0 adds nothing, whatever its text.
        if found != value and attribute in ("separator", "pad_width"):
            raise _refused(name, f"StringNGrams with {attribute} {found!r}")
    if operator.get_attr("preserve_short_sequences"):
        raise _refused(name, "StringNGrams with preserve_short_sequences")
    return tuple(int(width) for width in operator.get_attr("ngram_widths"))


def _is_aside(operator: Any) -> bool:
    """Return whether an operator does not change the ids: a hash of one bucket is a constant."""
    if operator.type.startswith("StringToHashBucket"):
        return bool(operator.get_attr("num_buckets") == 1)
    return operator.type in _ASIDE


def _tokens(table: Mapping[str, int], unknown: Any, name: str) -> list[str | None]:
    """Return the vocabulary by ids, with one place without a token for those that are unknown."""
    try:
        tokens = by_id(table, name)
    except ModelFolderError as error:
        raise ConversionError(str(error)) from error
    if not tokens:
        raise _refused(name, "a table without tokens")
    if not isinstance(unknown, int):
        raise _refused(name, "a computed id for unknown tokens")
    # A table with one bucket for unknown tokens gives it the next id.
    place = unknown if unknown >= 0 else len(tokens)
    tokens += [None] * (place + 1 - len(tokens))
    if tokens[place] is not None:
        raise _refused(name, f"the id {place} for both {tokens[place]!r:.60} and unknown tokens")
    if tokens[0] is None and place != 0:
        # The id of padding is also that of an empty text.
        tokens[0] = ""
    return tokens


def _probes(known: Sequence[str]) -> list[str]:
    """Return texts that show what a tensor holds: known and unknown, repeated and many tokens."""
    few = list(known[:4])
    return [
        " ".join(few),
        "",
        f"Zqx\u00c9 {' '.join(few)}! <br />{few[0].upper()}",
        " ".join(few * 3),
        few[-1],
        " ".join(known[:_PROBED]),
    ]


def _gives(found: FoundTokenizer, probes: Sequence[str], rows: Sequence[NDArray[Any]]) -> bool:
    """Return whether the rows are what the tokenizer makes of the texts."""
    try:
        return all(
            np.array_equal(found.open(max(1, row.size))(text)[0, : row.size], row.reshape(-1))
            for text, row in zip(probes, rows, strict=True)
        )
    except CardError:
        # Counts of fewer numbers than the vocabulary has.
        return False


def _constant(tensor: Any) -> Any:
    """Return the value of a constant of the graph, as a Python object."""
    import tensorflow as tf

    operator = tensor.op
    while operator.type == "Identity":
        operator = operator.inputs[0].op
    if operator.type != "Const":
        return None
    return tf.make_ndarray(operator.get_attr("value")).item()


def _refused(name: str, found: str) -> ConversionError:
    return ConversionError(
        f"Expected operators on strings that a bundle's tokenizer can repeat in {name!r}, got"
        f" {found}: save the model from ids on, and add --tokenizer with its vocabulary."
    )
