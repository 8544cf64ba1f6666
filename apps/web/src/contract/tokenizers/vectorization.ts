/** Turns a text into token ids or counts, as Keras's TextVectorization does. */

import type { StandardizeStep, TextInput, VectorizationSpec } from "../card_types.ts";
import { CardError } from "../errors.ts";
import { compileCharacters } from "./regex.ts";
import type { Tokenizer } from "./tokenizer.ts";
import { highestId, parseListed, type Vocabulary } from "./vocabulary.ts";

/** White space in ASCII. JavaScript's `\s` has more. */
const WHITE_SPACE = /[\t\n\v\f\r ]+/;

/** Return the tokenizer; throws CardError for a bad vocabulary, or one that has too high ids. */
export function open(spec: VectorizationSpec, content: Uint8Array, input: TextInput): Tokenizer {
  const vocabulary = parseListed(content);
  const changes = spec.standardize.map(compileStep);
  const encode = (text: string) => allIds(text, spec, changes, vocabulary);
  const { length } = input;
  const plain = { pad: 0, padsInFront: false, takesSurrogates: false };
  if (spec.output === "int") {
    return { ...plain, encode: (text) => encode(text).slice(0, length) };
  }
  if (input.tensors.length > 1) {
    throw new CardError(`Expected one tensor for ${spec.output}, got ${input.tensors.length}.`);
  }
  const highest = highestId(vocabulary, spec.unknown);
  if (highest >= length) {
    throw new CardError(
      `Expected ids below the length ${length} for ${spec.output}, got ${highest}.`,
    );
  }
  return { ...plain, encode, count: (text) => counts(encode(text), length, spec.output) };
}

type Change = (text: string) => string;

function compileStep({ step, text, characters, by }: StandardizeStep): Change {
  if (step === "lower") {
    return (from) => from.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
  }
  // In a replacement that is a text, a dollar sign would have a meaning.
  const replacement = () => by!;
  if (text !== null) {
    return (from) => from.replaceAll(text, replacement);
  }
  const pattern = compileCharacters(characters!);
  return (from) => from.replace(pattern, replacement);
}

function allIds(
  text: string,
  spec: VectorizationSpec,
  changes: readonly Change[],
  vocabulary: Vocabulary,
): number[] {
  const changed = changes.reduce((from, change) => change(from), text);
  const tokens = grams(split(changed, spec.split), spec.ngrams);
  return tokens.map((token) => vocabulary.get(token) ?? spec.unknown);
}

function split(text: string, how: VectorizationSpec["split"]): string[] {
  switch (how) {
    case "whitespace":
      return text.split(WHITE_SPACE).filter((token) => token !== "");
    case "character":
      return Array.from(text);
    case "none":
      return [text];
  }
}

function grams(tokens: string[], widths: readonly number[]): string[] {
  if (widths.length === 1 && widths[0] === 1) {
    return tokens;
  }
  return widths.flatMap((width) => {
    const last = Math.max(tokens.length - width + 1, 0);
    return Array.from({ length: last }, (_, at) => tokens.slice(at, at + width).join(" "));
  });
}

function counts(
  ids: readonly number[],
  length: number,
  output: VectorizationSpec["output"],
): Int32Array {
  const found = new Int32Array(length);
  for (const id of ids) {
    found[id] = output === "count" ? found[id]! + 1 : 1;
  }
  return found;
}
