/** Opens a tokenizer of any kind that a card may name. */

import type { SentencepieceSpec, TextInput } from "../card_types.ts";
import { EngineError } from "../errors.ts";
import { preparing, type Tokenize, type Tokenizer } from "./tokenizer.ts";

/**
 * Return a function that turns a text into the rows that the model's inputs read. `content` is the
 * file that the tokenizer needs.
 *
 * Throws CardError for a vocabulary that breaks the rules of its kind, EngineError for a kind that
 * this port does not have.
 */
export async function openTokenizer(input: TextInput, content: Uint8Array): Promise<Tokenize> {
  return preparing(await tokenizerOf(input, content), input);
}

/** Return a tokenizer. Each kind is a module of its own, which only texts of this kind load. */
async function tokenizerOf(input: TextInput, content: Uint8Array): Promise<Tokenizer> {
  const spec = input.tokenizer;
  switch (spec.kind) {
    case "regex":
      return (await import("./regex.ts")).open(spec, content, input);
    case "vectorization":
      return (await import("./vectorization.ts")).open(spec, content, input);
    case "keras_tokenizer":
      return (await import("./keras_tokenizer.ts")).open(spec, content, input);
    case "wordpiece":
      return (await import("./wordpiece.ts")).open(spec, content, input);
    case "sentencepiece":
      throw refused(spec);
  }
}

function refused({ model }: SentencepieceSpec): EngineError {
  return new EngineError(
    `Expected a tokenizer that this application has, got sentencepiece (${model}): open the` +
      " bundle with the Python runtime.",
  );
}
