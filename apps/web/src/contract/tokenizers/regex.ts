/**
 * Turns a text into token ids, as the RegexTokenizer of TFLite Model Metadata does. docs/bundle.md,
 * section 5.
 */

import type { TextInput } from "./card.ts";
import { CardError, InputError, shown } from "./errors.ts";
import { MAX_TEXT_LENGTH, MAX_TOKEN_LENGTH, MAX_VOCABULARY } from "./limits.ts";
import { decodeUtf8 } from "./plain_json.ts";
import type { Tensor } from "./tensor.ts";

export const PAD = "<PAD>";
export const START = "<START>";
export const UNKNOWN = "<UNKNOWN>";

// A delimiter is one repeated character class. Every language's regular expressions read it alike,
// and no text makes it slow.
const DELIMITER = /^(\[\^?(\\[wWsdD\][^\\-]|[^\][\\])+\]|\\[wWsdD])\+$/u;
const MAX_DELIMITER_LENGTH = 200;
// Python reserves doubled marks for set operations, which RE2 does not have.
const DOUBLED = /&&|\|\||--|~~/;
// `\s` is replaced by its characters, so a range next to it would change its meaning.
// biome-ignore lint/suspicious/noControlCharactersInRegex: characters below white space
const RANGE_OF_SPACES = /(?<!\\)(\\\\)*\\s-[^\]]|[\u0000-\t]-\\s/u;
// In this pattern alone `^` negates an empty class, which matches any character.
const ANYTHING = "[^]+";
// RE2 counts neither the vertical tab nor JavaScript's white space beyond ASCII.
const SPACES = "\\t\\n\\f\\r ";

/** Splits a text at `delimiter` and looks up every token in `vocabulary`. */
export interface RegexTokenizer {
  readonly delimiter: RegExp;
  readonly vocabulary: ReadonlyMap<string, number>;
  /** The number of ids that the model takes. */
  readonly length: number;
}

/** Return the tokenizer of a text card; throws CardError for a wrong delimiter or vocabulary. */
export function openTokenizer(input: TextInput, vocabulary: Uint8Array): RegexTokenizer {
  return {
    delimiter: compileDelimiter(input.tokenizer.delimiter),
    vocabulary: parseVocabulary(vocabulary),
    length: input.length,
  };
}

/**
 * Return the ids of `text`, int32 (length). They begin with `<START>` and are cut or padded.
 *
 * Throws InputError for a text of more than MAX_TEXT_LENGTH characters.
 */
export function tokenize(text: string, tokenizer: RegexTokenizer): Int32Array {
  if (text.length > MAX_TEXT_LENGTH && characters(text) > MAX_TEXT_LENGTH) {
    throw new InputError(
      `Expected a text of at most ${MAX_TEXT_LENGTH} characters, got ${characters(text)}.`,
    );
  }
  const { vocabulary, length } = tokenizer;
  const unknown = vocabulary.get(UNKNOWN)!;
  const ids = new Int32Array(length).fill(vocabulary.get(PAD)!);
  ids[0] = vocabulary.get(START)!;
  let at = 1;
  for (const token of tokens(text, tokenizer.delimiter)) {
    // The rest of the text is not read once all ids are filled.
    if (at === length) {
      break;
    }
    ids[at] = vocabulary.get(token) ?? unknown;
    at++;
  }
  return ids;
}

/** Return the model's input tensor for token ids, int32 (1, length). */
export function idsTensor(ids: Int32Array): Tensor {
  return { dtype: "int32", shape: [1, ids.length], data: ids };
}

function* tokens(text: string, delimiter: RegExp): Generator<string> {
  let begin = 0;
  for (const match of text.matchAll(delimiter)) {
    if (match.index > begin) {
      yield text.slice(begin, match.index);
    }
    begin = match.index + match[0].length;
  }
  if (begin < text.length) {
    yield text.slice(begin);
  }
}

/** Return the compiled delimiter; throws CardError unless it is one repeated character class. */
export function compileDelimiter(pattern: string): RegExp {
  const plain =
    DELIMITER.test(pattern) &&
    characters(pattern) <= MAX_DELIMITER_LENGTH &&
    !DOUBLED.test(pattern) &&
    !RANGE_OF_SPACES.test(pattern) &&
    pattern !== ANYTHING;
  if (!plain) {
    throw wrongDelimiter(pattern);
  }
  const source = pattern === "\\s+" ? `[${SPACES}]+` : withSpaces(pattern);
  try {
    // The flag u counts code points, as Python does. Without the flag i, \w and \d are ASCII.
    return new RegExp(source, "gu");
  } catch (error) {
    if (error instanceof SyntaxError) {
      throw wrongDelimiter(pattern);
    }
    throw error;
  }
}

function withSpaces(pattern: string): string {
  return pattern.replace(/\\(.)/gu, (escaped, kind) => (kind === "s" ? SPACES : escaped));
}

function wrongDelimiter(pattern: string): CardError {
  return new CardError(
    `Expected as delimiter one repeated character class, as [^\\w']+, got ${shown(pattern)}.`,
  );
}

/**
 * Return the id of each token, read from lines of `token id`.
 *
 * Throws CardError unless every line has one new token and one id, and `<PAD>`, `<START>` and
 * `<UNKNOWN>` are among the tokens.
 */
export function parseVocabulary(content: Uint8Array): Map<string, number> {
  const text = decodeUtf8(content);
  if (text === null) {
    throw new CardError("Expected a vocabulary in UTF-8, got other bytes.");
  }
  const lines = text.replace(/\n$/, "").split("\n");
  if (lines.length > MAX_VOCABULARY) {
    throw new CardError(`Expected at most ${MAX_VOCABULARY} tokens, got ${lines.length}.`);
  }
  const vocabulary = new Map<string, number>();
  for (const [at, line] of lines.entries()) {
    const found = /^([^ ]+) ([0-9]{1,9})$/u.exec(line);
    const token = found?.[1];
    if (token === undefined || vocabulary.has(token) || characters(token) > MAX_TOKEN_LENGTH) {
      throw new CardError(
        `Expected a new token and its id on line ${at + 1} of the vocabulary, got ${shown(line)}.`,
      );
    }
    vocabulary.set(token, Number(found?.[2]));
  }
  for (const token of [PAD, START, UNKNOWN]) {
    if (!vocabulary.has(token)) {
      throw new CardError(
        `Expected ${PAD}, ${START} and ${UNKNOWN} in the vocabulary, ${token} is not.`,
      );
    }
  }
  return vocabulary;
}

/** Return the number of characters of a text. A surrogate pair counts as one. */
function characters(text: string): number {
  let count = 0;
  for (const _ of text) {
    count++;
  }
  return count;
}
