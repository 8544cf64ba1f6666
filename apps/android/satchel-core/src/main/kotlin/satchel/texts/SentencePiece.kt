package satchel.texts

import satchel.EngineException
import satchel.SentencePieceSpec
import satchel.bundle.Fields
import satchel.bundle.shown

/* The kind `sentencepiece`: docs/bundle.md, section 5. This reader has no such tokenizer. */

private val MODEL = Regex("[a-z0-9][a-z0-9._-]{0,90}\\.model")

/** Returns the tokenizer that a card describes; throws [satchel.CardException]. */
internal fun parseSentencePiece(fields: Fields) = SentencePieceSpec(
    model = fields.pattern("model", MODEL),
    start = fields.tokenId("start"),
    end = fields.tokenId("end"),
    pad = fields.int("pad", TOKEN_IDS, missing = 0),
)

/** Returns the exception for a bundle with such a tokenizer. The caller throws it. */
internal fun refused(spec: SentencePieceSpec) = EngineException(
    "a tokenizer that this reader has",
    "sentencepiece (${shown(spec.model, 110)})",
    "use the Python runtime for this bundle",
)
