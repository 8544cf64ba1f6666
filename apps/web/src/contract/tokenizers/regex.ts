/**
 * Turns a text into token ids, as the RegexTokenizer of TFLite Model Metadata does. docs/bundle.md,
 * section 5.
 */

import type { RegexSpec, TextInput } from "../card_types.ts";
import { CardError, shown } from "../errors.ts";
import { MAX_TOKEN_LENGTH, MAX_VOCABULARY } from "../limits.ts";
import { decodeUtf8 } from "../plain_json.ts";
import { characters } from "../unicode.ts";
import type { Tokenizer } from "./tokenizer.ts";
import type { Vocabulary } from "./vocabulary.ts";

export const PAD = "<PAD>";
export const START = "<START>";
export const UNKNOWN = "<UNKNOWN>";

// Only one character class, repeated or not. Every language's regular expressions read it alike, and
// no text makes it slow.
const CHARACTERS = /^(\[\^?(\\[wWsdD\][^\\-]|[^\][\\])+\]|\\[wWsdD])\+?$/u;
const MAX_PATTERN_LENGTH = 200;
// Python reserves doubled marks for set operations, which RE2 does not have.
const DOUBLED = /&&|\|\||--|~~/;
// `\s` is replaced by its characters, so a range next to it would change its meaning.
// biome-ignore lint/suspicious/noControlCharactersInRegex: characters below white space
const RANGE_OF_SPACES = /(?<!\\)(\\\\)*\\s-[^\]]|[\u0000-\t]-\\s/u;
// In these patterns alone `^` negates an empty class, which matches any character.
const ANYTHING = ["[^]", "[^]+"];
// RE2 counts neither the vertical tab nor JavaScript's white space beyond ASCII.
const SPACES = "\\t\\n\\f\\r ";

/** Return the tokenizer; throws CardError for a wrong delimiter or vocabulary. */
export function open(spec: RegexSpec, content: Uint8Array, input: TextInput): Tokenizer {
  return regexTokenizer(compileDelimiter(spec.delimiter), parseVocabulary(content), input.length);
}

/** Return a tokenizer that splits a text at `delimiter` and looks up every token. */
export function regexTokenizer(
  delimiter: RegExp,
  vocabulary: Vocabulary,
  length: number,
): Tokenizer {
  const [pad, start, unknown] = [PAD, START, UNKNOWN].map((token) => vocabulary.get(token)!);
  return {
    pad: pad!,
    padsInFront: false,
    takesSurrogates: true,
    encode: (text) => {
      const ids = [start!];
      for (const token of tokens(text, delimiter)) {
        // The rest of the text is not read once all ids are filled.
        if (ids.length === length) {
          break;
        }
        ids.push(vocabulary.get(token) ?? unknown!);
      }
      return ids;
    },
  };
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
  if (!pattern.endsWith("+")) {
    throw wrongCharacters(pattern);
  }
  return compileCharacters(pattern);
}

/** Return a compiled character class, or a repeated one; throws CardError for anything else. */
export function compileCharacters(pattern: string): RegExp {
  const plain =
    CHARACTERS.test(pattern) &&
    characters(pattern) <= MAX_PATTERN_LENGTH &&
    !DOUBLED.test(pattern) &&
    !RANGE_OF_SPACES.test(pattern) &&
    !ANYTHING.includes(pattern);
  if (!plain) {
    throw wrongCharacters(pattern);
  }
  const alone = /^\\s\+?$/.test(pattern);
  const source = alone ? pattern.replace("\\s", `[${SPACES}]`) : withSpaces(pattern);
  try {
    // The flag u counts code points, as Python does. Without the flag i, \w and \d are ASCII.
    return new RegExp(source, "gu");
  } catch (error) {
    if (error instanceof SyntaxError) {
      throw wrongCharacters(pattern);
    }
    throw error;
  }
}

function withSpaces(pattern: string): string {
  return pattern.replace(/\\(.)/gu, (escaped, kind) => (kind === "s" ? SPACES : escaped));
}

function wrongCharacters(pattern: string): CardError {
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
