/** Reads what a card says of a SentencePiece model, which this port does not run. */

import type { SentencepieceSpec } from "../card_types.ts";
import { EngineError } from "../errors.ts";
import type { Fields } from "../fields.ts";

const MODEL = /^[a-z0-9][a-z0-9._-]{0,90}\.model$/;

/** Return the tokenizer that a card describes; throws CardError. */
export function parse(fields: Fields): SentencepieceSpec {
  return {
    kind: "sentencepiece",
    model: fields.pattern("model", MODEL),
    start: fields.values.has("start") ? fields.tokenId("start") : null,
    end: fields.values.has("end") ? fields.tokenId("end") : null,
    pad: fields.tokenId("pad", 0),
  };
}

/** Return the error for a bundle with such a tokenizer. The caller throws it. */
export function refused({ model }: SentencepieceSpec): EngineError {
  return new EngineError(
    `Expected a tokenizer that this application has, got sentencepiece (${model}): open the` +
      " bundle with the Python runtime.",
  );
}
