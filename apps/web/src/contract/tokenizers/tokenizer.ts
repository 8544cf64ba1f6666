/** What all kinds of tokenizers have in common. docs/bundle.md, section 5. */

import type { TextInput, TextTensor } from "../card_types.ts";
import { InputError } from "../errors.ts";
import { MAX_TEXT_LENGTH } from "../limits.ts";
import { characters, isUnicode } from "../unicode.ts";

/** Turns a text into token ids, at most as many as the model takes. */
export interface Tokenizer {
  /** The id that fills a tensor up. */
  readonly pad: number;
  /** Whether the padding stands in front of the ids. */
  readonly padsInFront: boolean;
  /** Whether a text may have halves of surrogate pairs. */
  readonly takesSurrogates: boolean;
  /** Return the ids of a text without padding. */
  encode(text: string): readonly number[];
  /** Return how often each id occurs, for a model that reads counts and not ids. */
  readonly count?: (text: string) => Int32Array;
}

/** Return a prepared text: a row of int32 numbers for each of the model's tensors. */
export type Tokenize = (text: string) => readonly Int32Array[];

/**
 * Return a function that prepares a text. It throws InputError for a text of more than
 * MAX_TEXT_LENGTH characters, and for halves of surrogate pairs that the tokenizer does not take.
 */
export function preparing(tokenizer: Tokenizer, input: TextInput): Tokenize {
  return (text) => {
    checkText(text, tokenizer);
    if (tokenizer.count !== undefined) {
      return [tokenizer.count(text)];
    }
    const ids = tokenizer.encode(text);
    return input.tensors.map((tensor) => row(tensor, ids, tokenizer, input.length));
  };
}

function row(
  tensor: TextTensor,
  ids: readonly number[],
  { pad, padsInFront }: Tokenizer,
  length: number,
): Int32Array {
  const filled = new Int32Array(length).fill(tensor === "ids" ? pad : 0);
  const start = padsInFront ? length - ids.length : 0;
  if (tensor === "ids") {
    filled.set(ids, start);
  } else if (tensor === "mask") {
    filled.fill(1, start, start + ids.length);
  }
  return filled;
}

function checkText(text: string, { takesSurrogates }: Tokenizer): void {
  if (text.length > MAX_TEXT_LENGTH && characters(text) > MAX_TEXT_LENGTH) {
    throw new InputError(
      `Expected a text of at most ${MAX_TEXT_LENGTH} characters, got ${characters(text)}.`,
    );
  }
  if (!takesSurrogates && !isUnicode(text)) {
    throw new InputError(
      "Expected a text that UTF-8 can hold, got half of a surrogate pair: decode the text again.",
    );
  }
}
