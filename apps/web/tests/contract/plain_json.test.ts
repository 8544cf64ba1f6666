import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CardError } from "../../src/contract/errors.ts";
import { Fields } from "../../src/contract/fields.ts";
import { MAX_JSON_DEPTH } from "../../src/contract/limits.ts";
import { type Json, loadJson } from "../../src/contract/plain_json.ts";

function load(text: string, limit = 1_000_000): Json {
  return loadJson(new TextEncoder().encode(text), limit);
}

/** Return a value as JSON.parse would return it, without bigint and Map. */
function asParsed(value: Json): unknown {
  if (typeof value === "bigint" || value === 0) {
    return Number(value) || 0;
  }
  if (value instanceof Map) {
    // Object.fromEntries treats __proto__ like any other key, as JSON.parse does.
    return Object.fromEntries(Array.from(value, ([name, inner]) => [name, asParsed(inner)]));
  }
  return Array.isArray(value) ? value.map(asParsed) : value;
}

describe("loadJson", () => {
  test("agrees with JSON.parse on all plain JSON", () => {
    const value = fc.jsonValue({ maxDepth: MAX_JSON_DEPTH - 2, depthSize: "small" });
    fc.assert(
      fc.property(value, fc.constantFrom(undefined, 1, "\t"), (parsed, space) => {
        const text = JSON.stringify(parsed, null, space);
        expect(asParsed(load(text))).toEqual(JSON.parse(text));
      }),
      { numRuns: 500 },
    );
  });

  test("accepts nothing that JSON.parse refuses, and throws only CardErrors", () => {
    const marks = fc.constantFrom(...'{}[],:"\\u0123456789.eE+- \n\ttruefalsn', "null", "NaN");
    const text = fc.array(marks, { maxLength: 12 }).map((pieces) => pieces.join(""));
    fc.assert(
      fc.property(fc.oneof(text, fc.string()), (candidate) => {
        let value: Json;
        try {
          value = load(candidate);
        } catch (error) {
          expect(error).toBeInstanceOf(CardError);
          return;
        }
        // A bigint has no -0.
        const expected = JSON.parse(candidate, (_, each) => (each === 0 ? 0 : each));
        expect(asParsed(value)).toEqual(expected);
      }),
      { numRuns: 5000 },
    );
  });

  test("tells a whole number from one with a point", () => {
    expect(load("[1, 1.0, 1e0, -0, 9007199254740993]")).toEqual([1n, 1, 1, 0n, 9007199254740993n]);
  });

  test("accepts as many bytes as the limit, and not one more", () => {
    expect(load(`1${" ".repeat(9)}`, 10)).toBe(1n);
    expect(() => load(`1${" ".repeat(10)}`, 10)).toThrow("at most 10 bytes");
  });

  test("refuses nesting of any depth above the limit", () => {
    for (const [open, close] of [
      ["[", "]"],
      ['{"a":', "}"],
    ] as const) {
      const deep = `${open.repeat(100_000)}1${close.repeat(100_000)}`;
      expect(() => load(deep)).toThrow(`it nests deeper than ${MAX_JSON_DEPTH}`);
    }
  });

  test("refuses a number of a million digits quickly", () => {
    expect(() => load("9".repeat(900_000))).toThrow("99999999999999999999 is beyond all numbers");
  });
});

describe("Fields", () => {
  test("names the place of a field that does not fit", () => {
    const fields = new Fields(load('{"inner": {"size": true}}'), "card").inner("inner");
    expect(() => fields.integer("size", 0, 9)).toThrow(
      "Expected a whole number from 0 to 9 for card.inner.size, got true.",
    );
  });

  test("names the place of a value that is no object", () => {
    expect(() => new Fields([], "card")).toThrow("Expected card to be an object, got [].");
  });
});
