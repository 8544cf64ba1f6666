"""Reads the tokenizers of KerasHub from their settings and the files that a Keras archive has.

KerasHub itself is not needed. Its classes are known by their names: those here add nothing but
special tokens to ``WordPieceTokenizer`` or ``SentencePieceTokenizer``.

Source: ``keras_hub.tokenizers`` of KerasHub 0.32.
"""

import base64
import binascii
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from satchel.preprocessing import SentencePieceSpec, WordPieceSpec
from satchel_convert.errors import ConversionError, ModelFolderError
from satchel_convert.tokenizers.found import LINES, SENTENCEPIECE, FoundTokenizer
from satchel_convert.tokenizers.hub_words import MAX_BYTES, HubWords
from satchel_convert.tokenizers.reading import open_sentencepiece

Encode: TypeAlias = Callable[[str], list[int]]

_BERT = ("[CLS]", "[SEP]", "[PAD]", "[MASK]")
WORDPIECE: Mapping[str, Sequence[str]] = {
    "WordPieceTokenizer": (),
    "BertTokenizer": _BERT,
    "DistilBertTokenizer": _BERT,
    "ElectraTokenizer": _BERT,
}
"""The special tokens of each class of WordPiece"""


class _Pieces(NamedTuple):
    """The special tokens of a class of SentencePiece; None for the id 0, or for none."""

    pad: str | None = None
    start: str | None = None
    end: str | None = None


SENTENCEPIECES: Mapping[str, _Pieces] = {
    "SentencePieceTokenizer": _Pieces(),
    "AlbertTokenizer": _Pieces("<pad>", "[CLS]", "[SEP]"),
    "DebertaV3Tokenizer": _Pieces("[PAD]", "[CLS]", "[SEP]"),
    "FNetTokenizer": _Pieces("<pad>", "[CLS]", "[SEP]"),
    "GemmaTokenizer": _Pieces("<pad>", "<bos>", "<eos>"),
    "LlamaTokenizer": _Pieces(None, "<s>", "</s>"),
    "MistralTokenizer": _Pieces(None, "<s>", "</s>"),
    "T5Tokenizer": _Pieces("<pad>", "</s>", "</s>"),
}
"""The special tokens of each class of SentencePiece"""
FILES = ("vocabulary.txt", "vocabulary.spm")
"""The files of a tokenizer in a Keras archive"""


class Packing(NamedTuple):
    """What is put around the ids of a text, and how long all of it is."""

    length: int | None
    """None for texts of any length"""
    start: int | None = None
    end: int | None = None
    pad: int | None = None
    """None for the tokenizer's own"""


class HubTokenizer(NamedTuple):
    """A tokenizer of KerasHub as a card describes it, and what it does itself."""

    found: FoundTokenizer
    pad: int
    encode: Encode
    """Returns the ids of a text as KerasHub makes them, without padding"""
    differs: Callable[[str], bool]
    """Returns whether a text holds what a card's tokenizer reads otherwise"""


def is_read(kind: str) -> bool:
    """Return whether the class of KerasHub is a tokenizer that a card may describe."""
    return kind in WORDPIECE or kind in SENTENCEPIECES


def special_packing(
    kind: str, config: Mapping[str, Any], content: bytes, length: int, where: str
) -> Packing:
    """Return what a preprocessor of a text classifier puts around the ids of its tokenizer."""
    if kind in WORDPIECE:
        vocabulary = _vocabulary(config, content, where)
        start, end, pad = (_id_of(each, vocabulary, where) for each in _BERT[:3])
        return Packing(length, start, end, pad)
    pieces, processor = SENTENCEPIECES[kind], _open(content, where)
    ids = [None if each is None else _piece(each, processor, where) for each in pieces[1:]]
    if None in ids:
        raise _refused(where, "no special tokens in front of and behind a text")
    return Packing(length, *ids)


def read_tokenizer(
    kind: str, config: Mapping[str, Any], content: bytes, packing: Packing | None, where: str
) -> HubTokenizer:
    """Return a tokenizer of KerasHub, with what is packed around its ids.

    ``config`` are the settings of the class ``kind``, ``content`` its file, and ``where`` names it
    in messages. Without a ``packing``, the tokenizer's own length is that of a text. Raises
    ConversionError for a setting that no card expresses.
    """
    length = config.get("sequence_length")
    if packing is not None and length is not None:
        raise _refused(
            where,
            f"sequence_length={length} in front of a packer: leave it out, the packer has a length",
        )
    if not str(_dtype(config)).startswith(("int", "uint")):
        raise _refused(where, f"dtype={_dtype(config)!r}, and not int32")
    packed = packing or Packing(length)
    read = _read_wordpiece if kind in WORDPIECE else _read_sentencepiece
    return read(kind, config, content, packed, where)


def _read_wordpiece(
    kind: str, config: Mapping[str, Any], content: bytes, packing: Packing, where: str
) -> HubTokenizer:
    vocabulary = _vocabulary(config, content, where)
    if not config.get("split", True):
        raise _refused(where, "split=False: a bundle's tokenizer takes a text, and no words")
    pad = packing.pad or 0
    ends = [
        None if id_ is None else _token(id_, vocabulary, where)
        for id_ in (packing.start, packing.end)
    ]
    spec = WordPieceSpec(
        vocabulary=LINES,
        lower=bool(config.get("lowercase")),
        strip_accents=bool(config.get("strip_accents")),
        clean=True,
        chinese=bool(config.get("split_on_cjk", True)),
        unknown=str(config.get("oov_token", "[UNK]")),
        start=ends[0],
        end=ends[1],
        pad=_token(pad, vocabulary, where),
        prefix=str(config.get("suffix_indicator", "##")),
        word_length=MAX_BYTES,
        specials=_specials(kind, config, vocabulary, where),
    )
    _id_of(spec.unknown, vocabulary, where)
    words = HubWords(spec, vocabulary)
    lines = "\n".join(vocabulary) + "\n"
    found = FoundTokenizer(spec, {LINES: lines.encode()}, where, packing.length)
    return HubTokenizer(found, pad, _packed(words.encode, packing), words.differs)


def _read_sentencepiece(
    kind: str, config: Mapping[str, Any], content: bytes, packing: Packing, where: str
) -> HubTokenizer:
    if not content and isinstance(config.get("proto"), str):
        content = _decoded(config["proto"], where)
    processor = _open(content, where)
    if config.get("add_eos"):
        raise _refused(
            where,
            "add_eos=True: KerasHub cuts this token off a long text, and a bundle never does; use"
            " a StartEndPacker with end_value behind the tokenizer",
        )
    start = packing.start
    if config.get("add_bos"):
        if start is not None:
            raise _refused(where, "add_bos=True and a start_value of its packer, which are two")
        start = int(processor.bos_id())
        if start < 0:
            raise _refused(where, "add_bos=True of a model that has no such piece")
    own = SENTENCEPIECES[kind].pad
    pad = packing.pad
    if pad is None:
        pads = own is not None and packing.length is not None
        pad = _piece(str(own), processor, where) if pads else 0
    spec = SentencePieceSpec(SENTENCEPIECE, start, packing.end, pad)
    found = FoundTokenizer(spec, {SENTENCEPIECE: content}, where, packing.length)
    encode = _packed(processor.encode, packing._replace(start=start))
    return HubTokenizer(found, pad, encode, lambda _: False)


def _packed(encode: Encode, packing: Packing) -> Encode:
    start = [] if packing.start is None else [packing.start]
    end = [] if packing.end is None else [packing.end]

    def encode_packed(text: str) -> list[int]:
        ids = encode(text)
        if packing.length is not None:
            ids = ids[: packing.length - len(start) - len(end)]
        return [*start, *ids, *end]

    return encode_packed


def _vocabulary(config: Mapping[str, Any], content: bytes, where: str) -> list[str]:
    """Return the tokens in their order, as KerasHub reads them from its file."""
    stored = config.get("vocabulary")
    if isinstance(stored, list):
        tokens = [str(each) for each in stored]
    else:
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError as error:
            raise ConversionError(f"Expected a vocabulary in UTF-8 of {where}: {error}.") from error
        lines = text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n").split("\n")
        tokens = [line.rstrip() for line in lines]
    known = set[str]()
    for token in tokens:
        if token in known:
            raise ConversionError(
                f"Expected each token once in the vocabulary of {where}, got {token!r:.60} twice:"
                " make the tokenizer with a vocabulary without it."
            )
        known.add(token)
    return tokens


def _specials(
    kind: str, config: Mapping[str, Any], vocabulary: Sequence[str], where: str
) -> tuple[str, ...]:
    """Return the tokens that a text may hold; none unless the layer looks for them."""
    if not config.get("special_tokens_in_strings"):
        return ()
    found = tuple(dict.fromkeys([*WORDPIECE[kind], *(config.get("special_tokens") or ())]))
    for token in found:
        _id_of(token, vocabulary, where)
        others = [other for other in found if other != token and other.startswith(token)]
        if others:
            raise _refused(
                where,
                f"the special token {token!r:.60} with {others[0]!r:.60}, which begins like it",
            )
        stripped = unicodedata.normalize("NFD", token)
        if config.get("strip_accents") and stripped != token:
            raise _refused(where, f"strip_accents=True with the special token {token!r:.60}")
        if len(token.encode()) > MAX_BYTES:
            raise _refused(where, f"a special token of more than {MAX_BYTES} bytes")
    return found


def _token(id_: int, vocabulary: Sequence[str], where: str) -> str:
    if not 0 <= id_ < len(vocabulary):
        raise ConversionError(
            f"Expected an id of the vocabulary of {where}, 0 to {len(vocabulary) - 1}, got {id_}."
        )
    return vocabulary[id_]


def _id_of(token: str, vocabulary: Sequence[str], where: str) -> int:
    if token not in vocabulary:
        raise ConversionError(f"Expected {token!r:.60} in the vocabulary of {where}, got none.")
    return list(vocabulary).index(token)


def _piece(piece: str, processor: Any, where: str) -> int:
    found = int(processor.piece_to_id(piece))
    if processor.id_to_piece(found) != piece:
        raise ConversionError(f"Expected {piece!r} in the SentencePiece model of {where}.")
    return found


def _open(content: bytes, where: str) -> Any:
    try:
        return open_sentencepiece(content, FILES[1])
    except ModelFolderError as error:
        raise ConversionError(f"{where}: {error}") from error


def _decoded(proto: str, where: str) -> bytes:
    try:
        return base64.b64decode(proto, validate=True)
    except binascii.Error as error:
        raise ConversionError(f"Expected a SentencePiece model in {where}: {error}.") from error


def _dtype(config: Mapping[str, Any]) -> Any:
    dtype = config.get("dtype", "int32")
    return dtype.get("config", {}).get("name") if isinstance(dtype, dict) else dtype


def _refused(where: str, setting: str) -> ConversionError:
    return ConversionError(
        f"Expected a tokenizer that a bundle can repeat in {where}, got {setting}."
    )
