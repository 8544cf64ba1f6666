/** Reads vocabularies in which the place of a token is its id: a JSON list, or lines. */

import { CardError, shown } from "../errors.ts";
import { MAX_TOKEN_LENGTH, MAX_VOCABULARY, MAX_VOCABULARY_BYTES } from "../limits.ts";
import { decodeUtf8, loadJson } from "../plain_json.ts";
import { characters, isUnicode } from "../unicode.ts";

/** The id of each token. */
export type Vocabulary = ReadonlyMap<string, number>;

/** Return the ids of a JSON list of texts and nulls; throws CardError. */
export function parseListed(content: Uint8Array): Vocabulary {
  const values = loadJson(content, MAX_VOCABULARY_BYTES);
  if (!Array.isArray(values)) {
    throw new CardError(`Expected a list of tokens as vocabulary, got ${shown(values)}.`);
  }
  const odd = values.find((value) => value !== null && !isToken(value));
  if (odd !== undefined) {
    throw new CardError(`Expected texts of UTF-8 and nulls in the vocabulary, got ${shown(odd)}.`);
  }
  return ids(values as readonly (string | null)[]);
}

/** Return the ids of UTF-8 lines of one token each; throws CardError. */
export function parseLines(content: Uint8Array): Vocabulary {
  const text = decodeUtf8(content);
  if (text === null) {
    throw new CardError("Expected a vocabulary in UTF-8, got other bytes.");
  }
  return ids(text.replace(/\n$/, "").split("\n"));
}

function isToken(value: unknown): value is string {
  return typeof value === "string" && isUnicode(value);
}

function ids(tokens: readonly (string | null)[]): Vocabulary {
  if (tokens.length === 0 || tokens.length > MAX_VOCABULARY) {
    throw new CardError(`Expected 1 to ${MAX_VOCABULARY} tokens, got ${tokens.length}.`);
  }
  const found = new Map<string, number>();
  for (const [id, token] of tokens.entries()) {
    if (token === null) {
      continue;
    }
    if (found.has(token)) {
      throw new CardError(`Expected each token once in the vocabulary, got ${shown(token)} twice.`);
    }
    if (token.length > MAX_TOKEN_LENGTH && characters(token) > MAX_TOKEN_LENGTH) {
      throw new CardError(
        `Expected tokens of at most ${MAX_TOKEN_LENGTH} characters, got ${shown(token)}.`,
      );
    }
    found.set(token, id);
  }
  return found;
}

/** Return the highest of some ids and of all in a vocabulary. */
export function highestId(vocabulary: Vocabulary, ...others: readonly number[]): number {
  let highest = Math.max(...others);
  for (const id of vocabulary.values()) {
    highest = Math.max(highest, id);
  }
  return highest;
}
