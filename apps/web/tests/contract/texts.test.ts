import { describe, expect, test } from "vitest";
import { CardError, InputError } from "../../src/contract/errors.ts";
import {
  compileDelimiter,
  idsTensor,
  parseVocabulary,
  type RegexTokenizer,
  tokenize,
} from "../../src/contract/text.ts";
import { bytes, load } from "./conformance.ts";

const VECTORS = load("texts");
const VOCABULARY = parseVocabulary(bytes(VECTORS.vocabulary));

function tokenizer(delimiter: string, length: number): RegexTokenizer {
  return { delimiter: compileDelimiter(delimiter), vocabulary: VOCABULARY, length };
}

describe("the conformance vectors of texts", () => {
  test.each(VECTORS.delimiters)("$delimiter: the same ids of every text", ({ delimiter, ids }) => {
    const found = VECTORS.texts.map((text) =>
      Array.from(tokenize(text, tokenizer(delimiter, VECTORS.length))),
    );
    expect(found).toEqual(ids);
  });

  test.each(VECTORS.longer)("$delimiter, $times times, length $length: the same ids", (vector) => {
    const text = vector.text.repeat(vector.times);
    const found = tokenize(text, tokenizer(vector.delimiter, vector.length));
    expect(Array.from(found)).toEqual(vector.ids);
  });

  test.each(VECTORS.refused)("$delimiter is refused", ({ delimiter, error }) => {
    expect(error).toBe("CardError");
    expect(() => compileDelimiter(delimiter)).toThrow(CardError);
  });
});

test("ids are a tensor of int32 with a batch of 1", () => {
  const tensor = idsTensor(tokenize("good", tokenizer("\\s+", 4)));
  expect([tensor.dtype, tensor.shape, tensor.data.length]).toEqual(["int32", [1, 4], 4]);
});

test("a text at the limit is accepted, and one character more is refused", () => {
  const most = "\u{1f642}".repeat(2 ** 24);
  expect(tokenize(most, tokenizer("\\s+", 2)).length).toBe(2);
  expect(() => tokenize(`${most}a`, tokenizer("\\s+", 2))).toThrow(InputError);
});

test("the text behind the last id that fits is not read", () => {
  const text = "a ".repeat(1000);
  Counting.looks = 0;
  tokenize(text, { ...tokenizer("\\s+", 16), delimiter: new Counting("\\s+", "gu") });
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
