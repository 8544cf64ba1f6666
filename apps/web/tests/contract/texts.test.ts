import { describe, expect, test } from "vitest";
import type { TextInput } from "../../src/contract/card.ts";
import { CardError, InputError } from "../../src/contract/errors.ts";
import {
  compileDelimiter,
  parseVocabulary,
  regexTokenizer,
} from "../../src/contract/tokenizers/regex.ts";
import { preparing } from "../../src/contract/tokenizers/tokenizer.ts";
import { bytes, load } from "./conformance.ts";

const VECTORS = load("texts");
const VOCABULARY = parseVocabulary(bytes(VECTORS.vocabulary));

function ids(text: string, delimiter: RegExp, length: number): number[] {
  const tokenizer = { kind: "regex", delimiter: "", vocabulary: "" } as const;
  const input: TextInput = { kind: "text", length, tokenizer, tensors: ["ids"] };
  const [row] = preparing(regexTokenizer(delimiter, VOCABULARY, length), input)(text);
  return Array.from(row!);
}

describe("the conformance vectors of texts", () => {
  test.each(VECTORS.delimiters)("$delimiter: the same ids of every text", (vector) => {
    const delimiter = compileDelimiter(vector.delimiter);
    const found = VECTORS.texts.map((text) => ids(text, delimiter, VECTORS.length));
    expect(found).toEqual(vector.ids);
  });

  test.each(VECTORS.longer)("$delimiter, $times times, length $length: the same ids", (vector) => {
    const text = vector.text.repeat(vector.times);
    const found = ids(text, compileDelimiter(vector.delimiter), vector.length);
    expect(found).toEqual(vector.ids);
  });

  test.each(VECTORS.refused)("$delimiter is refused", ({ delimiter, error }) => {
    expect(error).toBe("CardError");
    expect(() => compileDelimiter(delimiter)).toThrow(CardError);
  });
});

test("a text at the limit is accepted, and one character more is refused", () => {
  const most = "\u{1f642}".repeat(2 ** 24);
  const delimiter = compileDelimiter("\\s+");
  expect(ids(most, delimiter, 2).length).toBe(2);
  expect(() => ids(`${most}a`, delimiter, 2)).toThrow(InputError);
});

test("the text behind the last id that fits is not read", () => {
  Counting.looks = 0;
  ids("a ".repeat(1000), new Counting("\\s+", "gu"), 16);
  expect(Counting.looks).toBe(16);
});

/** Counts how often any regular expression of this class looked for a match. */
class Counting extends RegExp {
  static looks = 0;

  override exec(text: string): RegExpExecArray | null {
    Counting.looks++;
    return super.exec(text);
  }
}
