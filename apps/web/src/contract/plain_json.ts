/**
 * Parses untrusted JSON strictly.
 *
 * JSON.parse would not do: it accepts a key twice, makes infinity of numbers beyond doubles, and
 * does not tell 1 from 1.0, which is no whole number in a card.
 */

import { CardError, shown } from "./errors.ts";
import { MAX_JSON_DEPTH } from "./limits.ts";

/** A whole number is a bigint. A number that is written with a point or an exponent is a number. */
export type Json = null | boolean | number | bigint | string | readonly Json[] | JsonObject;
export type JsonObject = ReadonlyMap<string, Json>;

/**
 * Return the text of UTF-8 bytes, with its byte order mark if there is one; null for other bytes.
 */
export function decodeUtf8(content: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(content);
  } catch (error) {
    if (error instanceof TypeError) {
      return null;
    }
    throw error;
  }
}

/**
 * Return the value of plain JSON in UTF-8 of at most `limit` bytes.
 *
 * Throws CardError for duplicate keys, NaN, numbers beyond doubles, a byte order mark and nesting
 * beyond MAX_JSON_DEPTH.
 */
export function loadJson(content: Uint8Array, limit: number): Json {
  if (content.length > limit) {
    throw new CardError(`Expected at most ${limit} bytes of JSON, got ${content.length}.`);
  }
  const text = decodeUtf8(content);
  if (text === null) {
    throw notPlain("bytes that are not UTF-8");
  }
  return new Parser(text).parse();
}

function notPlain(reason: string): CardError {
  return new CardError(`Expected plain JSON in UTF-8, got something else: ${reason}.`);
}

const WHITE_SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON texts have none
const PLAIN_CHARACTERS = /[^"\\\u0000-\u001f]*/y;
const HEXADECIMAL = /[0-9a-fA-F]{4}/y;
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  "\\": "\\",
  "/": "/",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
};
const WORDS: readonly (readonly [string, Json])[] = [
  ["null", null],
  ["true", true],
  ["false", false],
];

/** A recursive descent parser of RFC 8259's grammar. Its depth limit protects the stack. */
class Parser {
  private readonly text: string;
  private at = 0;

  constructor(text: string) {
    this.text = text;
  }

  parse(): Json {
    const value = this.value(1);
    this.skip(WHITE_SPACE);
    if (this.at < this.text.length) {
      throw this.unexpected();
    }
    return value;
  }

  private value(depth: number): Json {
    if (depth > MAX_JSON_DEPTH) {
      throw notPlain(`it nests deeper than ${MAX_JSON_DEPTH}`);
    }
    this.skip(WHITE_SPACE);
    const next = this.text[this.at];
    if (next === "{") {
      return this.object(depth);
    }
    if (next === "[") {
      return this.list(depth);
    }
    if (next === '"') {
      return this.string();
    }
    const word = WORDS.find(([literal]) => this.text.startsWith(literal, this.at));
    if (word !== undefined) {
      this.at += word[0].length;
      return word[1];
    }
    return this.number();
  }

  private object(depth: number): JsonObject {
    const fields = new Map<string, Json>();
    this.expect("{");
    if (this.accept("}")) {
      return fields;
    }
    do {
      this.skip(WHITE_SPACE);
      const name = this.string();
      if (fields.has(name)) {
        throw notPlain("a key comes twice");
      }
      this.expect(":");
      fields.set(name, this.value(depth + 1));
    } while (this.accept(","));
    this.expect("}");
    return fields;
  }

  private list(depth: number): Json[] {
    const values: Json[] = [];
    this.expect("[");
    if (this.accept("]")) {
      return values;
    }
    do {
      values.push(this.value(depth + 1));
    } while (this.accept(","));
    this.expect("]");
    return values;
  }

  private string(): string {
    if (this.text[this.at] !== '"') {
      throw this.unexpected();
    }
    this.at++;
    let value = this.skip(PLAIN_CHARACTERS);
    while (this.text[this.at] === "\\") {
      value += this.escaped() + this.skip(PLAIN_CHARACTERS);
    }
    if (this.text[this.at] !== '"') {
      throw this.unexpected();
    }
    this.at++;
    return value;
  }

  private escaped(): string {
    const kind = this.text[this.at + 1] ?? "";
    this.at += 2;
    if (kind === "u") {
      const digits = this.skip(HEXADECIMAL);
      if (digits !== "") {
        return String.fromCharCode(Number.parseInt(digits, 16));
      }
    }
    const character = Object.hasOwn(ESCAPES, kind) ? ESCAPES[kind] : undefined;
    if (character === undefined) {
      throw this.unexpected();
    }
    return character;
  }

  private number(): number | bigint {
    NUMBER.lastIndex = this.at;
    const found = NUMBER.exec(this.text);
    if (found === null) {
      throw this.unexpected();
    }
    const [literal, fraction, exponent] = found;
    const value = Number(literal);
    if (!Number.isFinite(value)) {
      throw notPlain(`${literal.slice(0, 20)} is beyond all numbers`);
    }
    this.at += literal.length;
    return fraction === undefined && exponent === undefined ? BigInt(literal) : value;
  }

  /** Return the text that the sticky `pattern` matches from here, and move behind it. */
  private skip(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0] ?? "";
    this.at += found.length;
    return found;
  }

  private accept(mark: string): boolean {
    this.skip(WHITE_SPACE);
    const here = this.text[this.at] === mark;
    if (here) {
      this.at++;
    }
    return here;
  }

  private expect(mark: string): void {
    if (!this.accept(mark)) {
      throw this.unexpected();
    }
  }

  private unexpected(): CardError {
    const next = this.text.slice(this.at, this.at + 20);
    return notPlain(next === "" ? "it is cut short" : `${shown(next)} at character ${this.at}`);
  }
}
