"""Turns images, texts and seeds into input tensors, the same on every platform."""

from typing import TYPE_CHECKING

from satchel.faces import lazy_names

if TYPE_CHECKING:
    from satchel.preprocessing.image_formats import SUFFIXES as SUFFIXES
    from satchel.preprocessing.image_header import (
        ImageHeader as ImageHeader,
        read_header as read_header,
    )
    from satchel.preprocessing.images import (
        LUMA as LUMA,
        ImageLike as ImageLike,
        decode as decode,
        read_pixels as read_pixels,
        resize as resize,
        to_png as to_png,
        to_tensor as to_tensor,
    )
    from satchel.preprocessing.latent import MAX_SEED as MAX_SEED, draw_latent as draw_latent
    from satchel.preprocessing.preprocessor import (
        DECODINGS as DECODINGS,
        Decoding as Decoding,
        model_tensor as model_tensor,
        open_reader as open_reader,
    )
    from satchel.preprocessing.text_encoding import decode_text as decode_text
    from satchel.preprocessing.tokenizers.bert_characters import BertCharacters as BertCharacters
    from satchel.preprocessing.tokenizers.keras_tokenizer import (
        KerasTokenizerSpec as KerasTokenizerSpec,
    )
    from satchel.preprocessing.tokenizers.kinds import (
        open_tokenizer as open_tokenizer,
        parse_tokenizer as parse_tokenizer,
    )
    from satchel.preprocessing.tokenizers.regex import (
        PAD as PAD,
        START as START,
        UNKNOWN as UNKNOWN,
        RegexSpec as RegexSpec,
        RegexTokenizer as RegexTokenizer,
        compile_delimiter as compile_delimiter,
    )
    from satchel.preprocessing.tokenizers.sentencepiece import (
        SentencePieceSpec as SentencePieceSpec,
    )
    from satchel.preprocessing.tokenizers.tokenizer import Tokenizer as Tokenizer
    from satchel.preprocessing.tokenizers.vectorization import (
        StandardizeStep as StandardizeStep,
        VectorizationSpec as VectorizationSpec,
    )
    from satchel.preprocessing.tokenizers.wordpiece import WordPieceSpec as WordPieceSpec

__getattr__, __dir__, __all__ = lazy_names(
    __name__,
    {
        "image_formats": ["SUFFIXES"],
        "image_header": ["ImageHeader", "read_header"],
        "images": ["LUMA", "ImageLike", "decode", "read_pixels", "resize", "to_png", "to_tensor"],
        "latent": ["MAX_SEED", "draw_latent"],
        "preprocessor": ["DECODINGS", "Decoding", "model_tensor", "open_reader"],
        "text_encoding": ["decode_text"],
        "tokenizers.regex": [
            "PAD",
            "RegexSpec",
            "RegexTokenizer",
            "START",
            "UNKNOWN",
            "compile_delimiter",
        ],
        "tokenizers.bert_characters": ["BertCharacters"],
        "tokenizers.kinds": ["open_tokenizer", "parse_tokenizer"],
        "tokenizers.keras_tokenizer": ["KerasTokenizerSpec"],
        "tokenizers.sentencepiece": ["SentencePieceSpec"],
        "tokenizers.tokenizer": ["Tokenizer"],
        "tokenizers.vectorization": ["StandardizeStep", "VectorizationSpec"],
        "tokenizers.wordpiece": ["WordPieceSpec"],
    },
)
