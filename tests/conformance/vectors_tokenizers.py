"""What the runtime makes of each text with every kind of tokenizer."""

import base64
import json
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from conformance.refusals import error_of
from conformance.tokenizer_cases import FED, INPUTS, LONGER, TEXTS, TOKENIZERS
from conformance.vector_files import Vectors
from conformance.vocabulary_cases import REFUSED
from satchel.bundle.card import Card, ModelEntry, TensorSpec
from satchel.bundle.label_output import LabelOutput
from satchel.bundle.reading import Bundle
from satchel.bundle.strict_json import Fields
from satchel.bundle.text_input import TextInput
from satchel.engines.fake import FakeEngine
from satchel.errors import InputError
from satchel.inference.model import wrap_engine
from satchel.preprocessing import open_tokenizer
from satchel.preprocessing.tokenizers.bert_characters import BertCharacters
from satchel.preprocessing.tokenizers.keras_tokenizer import KerasTokenizer
from satchel.preprocessing.tokenizers.vectorization import VectorizationTokenizer
from satchel.tasks import text_input

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "[MASK2]")
FED_TEXT = "Good good, not BAD!"
_LEFT_OUT = 5
"""Each fifth token is none of the vocabulary's"""
_FEW = 40
_REGEX = b"<PAD> 0\n<START> 1\n<UNKNOWN> 2\ngood 3\nGood 3\nbad 4\nnot 5\n"


def write_tokenizers(out: Vectors) -> None:
    """Write ``tokenizers.json`` and the vocabularies that its cases share."""
    files = vocabularies()
    places = {name: out.binary(f"vocabularies/{name}", files[name]) for name in files}
    out.json(
        "tokenizers",
        {
            "files": places,
            "texts": TEXTS,
            "inputs": [
                {
                    "name": name,
                    "input": fields,
                    "rows": [rows_of(fields, files, text) for text in TEXTS],
                }
                for name, fields in INPUTS.items()
            ],
            "longer": [
                {
                    "name": name,
                    "text": text,
                    "times": times,
                    "rows": rows_of(INPUTS[name], files, text * times),
                }
                for name, text, times in LONGER
            ],
            "fed": [_fed(name, tensor, files) for name, tensor in FED],
            "refused": list(_refused()),
        },
    )


def parsed(fields: Mapping[str, Any]) -> TextInput:
    """Return the input of a card."""
    return text_input.parse(Fields(json.loads(json.dumps(fields)), "card.input"))


def rows_of(
    fields: Mapping[str, Any], files: Mapping[str, bytes], text: str
) -> list[list[int]] | None:
    """Return a row of numbers for each tensor, None for a text that is refused."""
    input_spec = parsed(fields)
    try:
        found = open_tokenizer(input_spec, files)(text)
    except InputError:
        return None
    rows: list[list[int]] = found.reshape(-1, input_spec.length).tolist()
    return rows


def fed_tensors(
    fields: Mapping[str, Any], tensor: Mapping[str, Any], files: Mapping[str, bytes], text: str
) -> list[np.ndarray]:
    """Return what an engine gets for a text, a tensor for each input of the model."""
    input_spec = parsed(fields)
    lists = {name: tuple(value) for name, value in tensor.items() if isinstance(value, list)}
    entry = ModelEntry(
        file="float32.tflite",
        format="tflite",
        scheme="float32",
        size_bytes=1,
        input=TensorSpec(**{**tensor, **lists}),
        output=TensorSpec("float32"),
        needs={},
        golden_tolerance=0,
        golden_tolerance_why="no engine runs it",
    )
    output = LabelOutput(("no", "yes"), "softmax")
    card = Card("fed", "1.0.0", "text-classification", input_spec, output, (entry,))
    engine = FakeEngine(np.float32([[0.5, 0.5]]))
    model = wrap_engine(engine, Bundle(card, {}))
    model.predict(open_tokenizer(input_spec, files)(text))
    return engine.inputs


def _fed(name: str, tensor: Mapping[str, Any], files: Mapping[str, bytes]) -> dict[str, Any]:
    whole = {"scale": 1, "zero_point": 0, "shape": [], "rows": [], **tensor}
    fed = fed_tensors(INPUTS[name], tensor, files, FED_TEXT)
    return {
        "name": name,
        "text": FED_TEXT,
        "tensor": whole,
        "fed": [
            {"dtype": str(each.dtype), "shape": each.shape, "values": each.ravel().tolist()}
            for each in fed
        ],
    }


def _refused() -> Iterator[dict[str, Any]]:
    for what, fields, content in REFUSED:
        input_spec = parsed(fields)
        files = dict.fromkeys(input_spec.files, content)
        yield {
            "what": what,
            "input": fields,
            "content": base64.b64encode(content).decode(),
            "error": error_of(open_tokenizer, input_spec, files),
        }


def vocabularies() -> dict[str, bytes]:
    """Return vocabularies of most tokens of the texts, so that another split gives other ids."""
    tokens = dict.fromkeys(token for text in _plain_texts() for token in _tokens(text))
    tokens = {token: None for token in tokens if token not in ("", "[UNK]")}
    kept = [token for at, token in enumerate(tokens) if at % _LEFT_OUT]
    listed = ["", "[UNK]", None, *kept]
    words = dict.fromkeys(word for text in _plain_texts() for word in _words(text))
    pieces = dict.fromkeys([*SPECIAL, "good", *"abcdefgh.,!", *map(_continued, "abcdefgh")])
    for at, word in enumerate(words):
        if at % _LEFT_OUT == 0:
            pieces[word] = None
        elif at % _LEFT_OUT > 1:
            half = (len(word) + 1) // 2
            pieces |= dict.fromkeys([word[:half], _continued(word[half:])])
    return {
        "listed.json": json.dumps(listed, separators=(",", ":")).encode(),
        "few.json": json.dumps(listed[:3] + kept[: 2 * _FEW : 2][:_FEW]).encode(),
        "pieces.txt": "".join(f"{piece}\n" for piece in pieces).encode(),
        "vocabulary.txt": _REGEX,
    }


def _continued(piece: str) -> str:
    return f"##{piece}"


def _plain_texts() -> list[str]:
    return [text for text in TEXTS if not any("\ud800" <= each <= "\udfff" for each in text)]


def _tokens(text: str) -> Iterator[str]:
    """Yield the tokens of a text by every tokenizer that has a JSON list."""
    for spec in map(parsed, ({**INPUTS[name], "tensors": ["ids"]} for name in TOKENIZERS)):
        tokenizer = spec.tokenizer
        if tokenizer.kind == "vectorization":
            yield from VectorizationTokenizer(tokenizer, {}, 1).tokens(text)
        elif tokenizer.kind == "keras_tokenizer":
            yield from KerasTokenizer(tokenizer, {}, 1).tokens(text)


def _words(text: str) -> Iterator[str]:
    """Yield the words of a text as BERT reads it, with and without case and accents."""
    for plain in (True, False):
        characters = BertCharacters(lower=plain, strip_accents=plain, clean=True, chinese=True)
        yield from (word for word in characters.words(text) if len(word) <= 100)
