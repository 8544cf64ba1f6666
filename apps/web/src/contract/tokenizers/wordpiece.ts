/** Turns a text into token ids, as BERT's WordPiece does in Hugging Face tokenizers. */

import type { TextInput, WordpieceSpec } from "../card_types.ts";
import { CardError, shown } from "../errors.ts";
import { characters } from "../unicode.ts";
import { bertWords } from "./bert_characters.ts";
import type { Tokenizer } from "./tokenizer.ts";
import { parseLines, type Vocabulary } from "./vocabulary.ts";

/**
 * Return the tokenizer; throws CardError for a bad vocabulary, for a special token that is not in
 * it, and for a length that has no room beside the start and the end.
 */
export function open(spec: WordpieceSpec, content: Uint8Array, input: TextInput): Tokenizer {
  const vocabulary = parseLines(content);
  const id = (token: string) => {
    const found = vocabulary.get(token);
    if (found === undefined) {
      throw new CardError(`Expected ${shown(token)} in the vocabulary, it is not there.`);
    }
    return found;
  };
  const start = spec.start === null ? [] : [id(spec.start)];
  const end = spec.end === null ? [] : [id(spec.end)];
  const room = input.length - start.length - end.length;
  if (room < 0) {
    throw new CardError(`Expected a length for the start and the end, got ${input.length}.`);
  }
  const inText = new Map(spec.specials.map((token) => [token, id(token)]));
  const pieces = new Pieces(spec, vocabulary, id(spec.unknown));
  return {
    pad: id(spec.pad),
    padsInFront: false,
    takesSurrogates: false,
    encode: (text) => [...start, ...ids(text, spec, inText, pieces, room), ...end],
  };
}

/** Return at most `room` ids of a text without start and end. */
function ids(
  text: string,
  spec: WordpieceSpec,
  inText: ReadonlyMap<string, number>,
  pieces: Pieces,
  room: number,
): number[] {
  const found: number[] = [];
  for (const part of parts(text, spec.specials)) {
    const special = inText.get(part);
    if (special !== undefined) {
      found.push(special);
      continue;
    }
    for (const word of bertWords(part, spec)) {
      found.push(...pieces.of(word));
      if (found.length >= room) {
        break;
      }
    }
  }
  return found.slice(0, room);
}

/** Return the special tokens in a text, and the texts between them, in their order. */
function parts(text: string, tokens: readonly string[]): string[] {
  if (tokens.length === 0) {
    return [text];
  }
  // The longest comes first, as one token may begin like another.
  const longest = [...tokens].sort((one, other) => characters(other) - characters(one));
  const escaped = longest.map((token) => token.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&"));
  return text.split(new RegExp(`(${escaped.join("|")})`, "u"));
}

/** Cuts words into pieces of a vocabulary, always the longest that fits. */
class Pieces {
  readonly #first: Vocabulary;
  /** The pieces that continue a word, without their prefix. */
  readonly #more: Vocabulary;
  /** The number of UTF-16 units of the longest token. */
  readonly #longest: number;
  readonly #unknown: readonly number[];
  readonly #wordLength: number;

  constructor({ prefix, wordLength }: WordpieceSpec, vocabulary: Vocabulary, unknown: number) {
    const continued = Array.from(vocabulary).filter(([token]) => token.startsWith(prefix));
    this.#first = vocabulary;
    this.#more = new Map(continued.map(([token, id]) => [token.slice(prefix.length), id]));
    this.#longest = Array.from(vocabulary.keys()).reduce(
      (most, token) => Math.max(most, token.length),
      0,
    );
    this.#unknown = [unknown];
    this.#wordLength = wordLength;
  }

  /** Return the ids of a word's pieces, the unknown id alone if it has none. */
  of(word: string): readonly number[] {
    if (word.length > this.#wordLength && characters(word) > this.#wordLength) {
      return this.#unknown;
    }
    const found: number[] = [];
    let known = this.#first;
    let start = 0;
    while (start < word.length) {
      const piece = this.#piece(word, start, known);
      if (piece === "") {
        return this.#unknown;
      }
      found.push(known.get(piece)!);
      start += piece.length;
      known = this.#more;
    }
    return found;
  }

  /** Return the longest piece at `start`, an empty text if there is none. */
  #piece(word: string, start: number, known: Vocabulary): string {
    // Half of a surrogate pair is never at the end of a token.
    for (let end = Math.min(word.length, start + this.#longest); end > start; end--) {
      const piece = word.slice(start, end);
      if (known.has(piece)) {
        return piece;
      }
    }
    return "";
  }
}
