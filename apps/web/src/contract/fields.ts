/** Reads the fields of an untrusted JSON object by name and checks them. */

import { CardError, shown } from "./errors.ts";
import { MAX_VOCABULARY } from "./limits.ts";
import type { Json, JsonObject } from "./plain_json.ts";
import { characters, isUnicode } from "./unicode.ts";

/** The fields of one JSON object. Each method throws CardError for a field that does not fit. */
export class Fields {
  readonly values: JsonObject;
  readonly place: string;

  constructor(value: Json | undefined, place: string) {
    if (!(value instanceof Map)) {
      throw new CardError(`Expected ${place} to be an object, got ${shown(value)}.`);
    }
    this.values = value;
    this.place = place;
  }

  /** Return the error for a wrong field. The caller throws it. */
  wrong(name: string, expected: string, got: unknown): CardError {
    return new CardError(`Expected ${expected} for ${this.place}.${name}, got ${shown(got)}.`);
  }

  /** Return whether the field exists and is not null. */
  holds(name: string): boolean {
    return (this.values.get(name) ?? null) !== null;
  }

  text(name: string, missing?: string): string {
    const value = this.value(name, missing);
    if (typeof value !== "string") {
      throw this.wrong(name, "a text", value);
    }
    return value;
  }

  /** Return a text of `low` to `high` characters that UTF-8 can hold. */
  unicodeText(name: string, low: number, high: number, missing?: string): string {
    const value = this.text(name, missing);
    const length = characters(value);
    if (length < low || length > high || !isUnicode(value)) {
      throw this.wrong(name, `${low} to ${high} characters of UTF-8`, value);
    }
    return value;
  }

  /** Check that the field is the text `value`. */
  constant(name: string, value: string): void {
    const found = this.text(name);
    if (found !== value) {
      throw this.wrong(name, shown(value), found);
    }
  }

  /** Return a text that is one of `options`. */
  choice<Option extends string>(
    name: string,
    options: readonly Option[],
    missing?: Option,
  ): Option {
    const value = this.text(name, missing);
    const found = options.find((option) => option === value);
    if (found === undefined) {
      throw this.wrong(name, `one of ${options.join(", ")}`, value);
    }
    return found;
  }

  /** Return a text that matches a pattern. The pattern must be anchored at both ends. */
  pattern(name: string, pattern: RegExp): string {
    const value = this.text(name);
    if (!pattern.test(value)) {
      throw this.wrong(name, `text of the form ${pattern.source}`, value);
    }
    return value;
  }

  /** Return true or false; false if the field is missing. */
  flag(name: string): boolean {
    const value = this.value(name, false);
    if (typeof value !== "boolean") {
      throw this.wrong(name, "true or false", value);
    }
    return value;
  }

  /**
   * Return a whole number from `low` to `high`. Both must be whole numbers that a double can hold.
   */
  integer(name: string, low: number, high: number, missing?: number): number {
    const value = this.value(name, missing === undefined ? undefined : BigInt(missing));
    if (typeof value !== "bigint" || value < low || value > high) {
      throw this.wrong(name, `a whole number from ${low} to ${high}`, value);
    }
    return Number(value);
  }

  /** Return the id of a token. */
  tokenId(name: string, missing?: number): number {
    return this.integer(name, 0, MAX_VOCABULARY - 1, missing);
  }

  /** Return a number from `low` to `high`. */
  number(name: string, low: number, high: number, missing?: number): number {
    const value = this.value(name, missing);
    if (!isNumber(value) || value < low || value > high) {
      throw this.wrong(name, `a number from ${low} to ${high}`, value);
    }
    return Number(value);
  }

  /** Return numbers within float32. Their count must be one of `lengths`. */
  numbers(name: string, lengths: readonly number[], missing: readonly number[]): readonly number[] {
    const values = this.list(name, missing);
    if (!lengths.includes(values.length) || !values.every(isNumber)) {
      throw this.wrong(name, `${lengths.join(" or ")} finite numbers`, values);
    }
    return values.map(Number);
  }

  /** Return numbers other than 0; a single 1 if the field is missing. */
  factors(name: string, lengths: readonly number[]): readonly number[] {
    const values = this.numbers(name, lengths, [1]);
    if (values.includes(0)) {
      throw this.wrong(name, "factors other than 0", values);
    }
    return values;
  }

  /** Return a ratio in decibels; null if the field is missing or null. */
  decibel(name: string): number | null {
    return this.holds(name) ? this.number(name, -1000, 1000) : null;
  }

  texts(name: string, missing?: readonly string[]): readonly string[] {
    const values = this.list(name, missing);
    const texts = values.filter((value) => typeof value === "string");
    if (texts.length !== values.length) {
      throw this.wrong(name, "a list of texts", values);
    }
    return texts;
  }

  /** Return whole numbers from `low` to `high`. */
  wholeNumbers(
    name: string,
    [low, high]: readonly [number, number],
    missing: readonly number[],
  ): readonly number[] {
    const values = this.list(name, missing.map(BigInt));
    if (!values.every((value) => typeof value === "bigint" && value >= low && value <= high)) {
      throw this.wrong(name, `whole numbers from ${low} to ${high}`, values);
    }
    return values.map(Number);
  }

  /** Return an object unchecked; an empty one if the field is missing. */
  mapping(name: string): JsonObject {
    const value = this.value(name, new Map());
    if (!(value instanceof Map)) {
      throw this.wrong(name, "an object", value);
    }
    return value;
  }

  /** Return the fields of an object inside this one. */
  inner(name: string): Fields {
    return new Fields(this.values.get(name), `${this.place}.${name}`);
  }

  /** Return the fields of each object of a list; an empty list if the field is missing. */
  objects(name: string, limit: number): Fields[] {
    const values = this.list(name, []);
    if (values.length > limit) {
      throw this.wrong(name, `at most ${limit}`, values.length);
    }
    return values.map((value, at) => new Fields(value, `${this.place}.${name}[${at}]`));
  }

  private list(name: string, missing?: readonly Json[]): readonly Json[] {
    const value = this.value(name, missing);
    if (!Array.isArray(value)) {
      throw this.wrong(name, "a list", value);
    }
    return value;
  }

  private value(name: string, missing: Json | undefined): Json | undefined {
    return this.values.has(name) ? this.values.get(name) : missing;
  }
}

/** A limit below the largest number of float32, so that results of arithmetic stay finite. */
const FLOAT32_END = 3.4e38;

function isNumber(value: Json | undefined): value is number | bigint {
  return (
    (typeof value === "number" || typeof value === "bigint") &&
    Math.abs(Number(value)) < FLOAT32_END
  );
}
