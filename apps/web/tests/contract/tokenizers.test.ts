import { describe, expect, test } from "vitest";
import type { Card, ModelEntry, TextInput, WordpieceSpec } from "../../src/contract/card.ts";
import { EngineError, InputError } from "../../src/contract/errors.ts";
import { modelTensors } from "../../src/contract/reader.ts";
import { bertWords } from "../../src/contract/tokenizers/bert_characters.ts";
import { openTokenizer } from "../../src/contract/tokenizers/kinds.ts";
import { tokenizerFile } from "../../src/contract/tokenizers/specs.ts";
import type { Tokenize } from "../../src/contract/tokenizers/tokenizer.ts";
import { bytes, errorOf, load, modelOf, numbersOf, tensorSpec, textInput } from "./conformance.ts";

const VECTORS = load("tokenizers");
const INPUTS = new Map(VECTORS.inputs.map(({ name, input }) => [name, textInput(input)]));

function opened(input: TextInput): Promise<Tokenize> {
  return openTokenizer(input, bytes(VECTORS.files[tokenizerFile(input.tokenizer)]!));
}

function rows(text: string, tokenize: Tokenize): number[][] | null {
  try {
    return tokenize(text).map((row) => Array.from(row));
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    return null;
  }
}

describe("the conformance vectors of tokenizers", () => {
  test.each(VECTORS.inputs)("$name: the same rows of every text", async (vector) => {
    const tokenize = await opened(textInput(vector.input));
    for (const [at, text] of VECTORS.texts.entries()) {
      expect(rows(text, tokenize), JSON.stringify(text)).toEqual(vector.rows[at]);
    }
  });

  test.each(VECTORS.longer)("$name, $times times $text: the same rows", async (vector) => {
    const tokenize = await opened(INPUTS.get(vector.name)!);
    expect(rows(vector.text.repeat(vector.times), tokenize)).toEqual(vector.rows);
  });

  test.each(VECTORS.fed)("$name, $tensor.dtype: a model is fed the same", async (vector) => {
    const input = INPUTS.get(vector.name)!;
    const tokenize = await opened(input);
    const model: ModelEntry = {
      ...modelOf({ dtype: "float32", scale: 1, zero_point: 0, shape: [], rows: [] }),
      input: tensorSpec(vector.tensor),
    };
    const prepared = { kind: "text", rows: tokenize(vector.text) } as const;
    const found = modelTensors(prepared, { input } as Card, model);
    expect(
      found.map((tensor) => ({
        dtype: tensor.dtype,
        shape: tensor.shape,
        values: numbersOf(tensor),
      })),
    ).toEqual(vector.fed);
  });

  test.each(VECTORS.refused)("$what", async ({ input, content, error }) => {
    const vocabulary = new Uint8Array(Buffer.from(content, "base64"));
    const found = await errorOf(() => openTokenizer(textInput(input), vocabulary));
    expect(found).toBe(error);
  });
});

test("a SentencePiece model is refused by its name, in one line", async () => {
  const tokenizer = { kind: "sentencepiece", model: "pieces.model" };
  const input = textInput({ kind: "text", length: 8, tokenizer });
  const opening = openTokenizer(input, new Uint8Array());
  await expect(opening).rejects.toThrow(EngineError);
  await expect(opening).rejects.toThrow(/sentencepiece \(pieces.model\)/);
});

test.each([
  "vectorization: as Keras has it",
  "keras_tokenizer: as Keras has it",
  "wordpiece: uncased",
])("%s: a text of 60 MB is refused", async (name) => {
  const tokenize = await opened(INPUTS.get(name)!);
  expect(() => tokenize("a".repeat(60_000_000))).toThrow(InputError);
});

describe("a long row of marks", () => {
  const spec = INPUTS.get("wordpiece: uncased")!.tokenizer as WordpieceSpec;
  // Of several classes and of none; the first three are stripped.
  const marks = Array.from("\u0301\u0323\u034f\u302e\u302f\u{1d165}\u{1d16e}\u0903\u3031");
  const row = (length: number) =>
    Array.from({ length }, (_, at) => marks[((at * 2654435761) >>> 7) % marks.length]).join("");

  test.each([99, 100, 101, 500])("of %d is put in order as JavaScript does it", (length) => {
    const text = `a${row(length)}b`;
    const expected = text.normalize("NFD").replace(/[\u0301\u0323\u034f]/g, "");
    expect(bertWords(text, spec).join("")).toBe(expected);
  });

  test("takes no quadratic time, which would be minutes here", () => {
    const [word] = bertWords("\u302e\u{1d165}".repeat(200_000), spec);
    expect(word).toBe("\u{1d165}".repeat(200_000) + "\u302e".repeat(200_000));
  });
});
