/** The kinds of tokenizers that a card may name. */

import type { TextInput, TokenizerSpec } from "../card_types.ts";
import type { Fields } from "../fields.ts";
import * as kerasTokenizer from "./keras_tokenizer.ts";
import * as regex from "./regex.ts";
import * as sentencepiece from "./sentencepiece.ts";
import { preparing, type Tokenize, type Tokenizer } from "./tokenizer.ts";
import * as vectorization from "./vectorization.ts";
import * as wordpiece from "./wordpiece.ts";

const PARSERS: Readonly<Record<TokenizerSpec["kind"], (fields: Fields) => TokenizerSpec>> = {
  regex: regex.parse,
  vectorization: vectorization.parse,
  keras_tokenizer: kerasTokenizer.parse,
  wordpiece: wordpiece.parse,
  sentencepiece: sentencepiece.parse,
};

/** Return the tokenizer that a card describes; throws CardError. */
export function parseTokenizer(fields: Fields): TokenizerSpec {
  const kinds = Object.keys(PARSERS) as TokenizerSpec["kind"][];
  return PARSERS[fields.choice("kind", kinds)](fields);
}

/** Return the name of the file that a tokenizer needs. */
export function tokenizerFile(spec: TokenizerSpec): string {
  return spec.kind === "sentencepiece" ? spec.model : spec.vocabulary;
}

/**
 * Return a function that turns a text into the rows that the model's inputs read. `content` is the
 * file that the tokenizer needs.
 *
 * Throws CardError for a vocabulary that breaks the rules of its kind, EngineError for a kind that
 * this port does not have.
 */
export function openTokenizer(input: TextInput, content: Uint8Array): Tokenize {
  return preparing(tokenizerOf(input, content), input);
}

function tokenizerOf(input: TextInput, content: Uint8Array): Tokenizer {
  const spec = input.tokenizer;
  switch (spec.kind) {
    case "regex":
      return regex.open(spec, content, input);
    case "vectorization":
      return vectorization.open(spec, content, input);
    case "keras_tokenizer":
      return kerasTokenizer.open(spec, content, input);
    case "wordpiece":
      return wordpiece.open(spec, content, input);
    case "sentencepiece":
      throw sentencepiece.refused(spec);
  }
}
