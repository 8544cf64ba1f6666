/** Turns a text into token ids or counts, as Keras's TextVectorization does. */

import type { StandardizeStep, TextInput, VectorizationSpec } from "../card_types.ts";
import { CardError } from "../errors.ts";
import type { Fields } from "../fields.ts";
import { compileCharacters } from "./regex.ts";
import type { Tokenizer } from "./tokenizer.ts";
import { highestId, LISTED, parseListed, type Vocabulary } from "./vocabulary.ts";

const MAX_STEPS = 20;
const MAX_REPLACED = 200;
const MAX_WIDTH = 10;
/** White space in ASCII. JavaScript's `\s` has more. */
const WHITE_SPACE = /[\t\n\v\f\r ]+/;

/** Return the tokenizer that a card describes; throws CardError. */
export function parse(fields: Fields): VectorizationSpec {
  const spec: VectorizationSpec = {
    kind: "vectorization",
    vocabulary: fields.pattern("vocabulary", LISTED),
    unknown: fields.tokenId("unknown"),
    standardize: fields.objects("standardize", MAX_STEPS).map(step),
    split: fields.choice("split", ["whitespace", "character", "none"]),
    ngrams: fields.wholeNumbers("ngrams", [1, MAX_WIDTH], [1]),
    output: fields.choice("output", ["int", "multi_hot", "count"], "int"),
  };
  const { split, ngrams } = spec;
  const fits = ngrams.length >= 1 && ngrams.length <= MAX_WIDTH;
  if (!fits || (split === "none" && ngrams.join() !== "1")) {
    throw fields.wrong("ngrams", `1 to ${MAX_WIDTH} widths, [1] for a text as it is`, ngrams);
  }
  return spec;
}

function step(fields: Fields): StandardizeStep {
  // They are checked even where they are not used, as every reader does.
  const given = (name: string, least: number) =>
    fields.values.has(name) ? fields.unicodeText(name, least, MAX_REPLACED) : null;
  const found: StandardizeStep = {
    step: fields.choice("step", ["lower", "replace"]),
    text: given("text", 1),
    characters: given("characters", 1),
    by: given("by", 0),
  };
  const { text, characters, by } = found;
  if (found.step === "lower") {
    return { step: "lower", text: null, characters: null, by: null };
  }
  if (by === null || (text === null) === (characters === null)) {
    throw fields.wrong("step", "by and either text or characters to replace", found);
  }
  return found;
}

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
