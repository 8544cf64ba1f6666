import { describe, expect, test } from "vitest";
import type { Bytes } from "../../src/contract/archive.ts";
import { type Bundle, openBundle } from "../../src/contract/bundle.ts";
import { CardError, EngineError, InputError } from "../../src/contract/errors.ts";
import { goldenVectors } from "../../src/contract/golden.ts";
import type { DecodedImage } from "../../src/contract/images.ts";
import { openReader } from "../../src/contract/reader.ts";
import { type GoldenResult, selftest } from "../../src/contract/selftest.ts";
import type { Tensor } from "../../src/contract/tensor.ts";
import { bases, goldenBundle, load, numbersOf, tensorOf } from "./conformance.ts";

const BASES = bases(load("refusals"));

/** Return a platform whose model returns `raw` for any input, and whose images have only one level. */
function fake(raw: Tensor, sizes: Record<string, [height: number, width: number]> = {}) {
  const tensors: Tensor[] = [];
  return {
    tensors,
    run: (inputs: readonly Tensor[]) => {
      tensors.push(...inputs);
      return raw;
    },
    decode: (content: Bytes): DecodedImage => {
      // Only the size in the PNG header matters here. The pixels are not decoded.
      const header = new DataView(content.buffer, content.byteOffset);
      const [width, height] = [header.getUint32(16), header.getUint32(20)];
      const [tall, wide] = sizes["any"] ?? [height, width];
      return { height: tall, width: wide, rgba: new Uint8ClampedArray(4 * tall * wide).fill(100) };
    },
  };
}

async function opened(name: string): Promise<Bundle> {
  return openBundle(BASES.get(name)!);
}

describe("selftest", () => {
  test("passes a model with the predictions of the float model", async () => {
    const bundle = await opened("picture");
    // The activation is none, so these are the logits of 0.25, 0.5, 0.25.
    const platform = fake(tensorOf("float32", [1, 3], [0, Math.log(2), 0]));
    const [result, ...others] = await selftest(bundle, bundle.card.models[0]!, platform);
    expect(others).toEqual([]);
    expect(result).toMatchObject({ file: "float32.tflite", vector: "golden/0.png", passed: true });
    expect(result?.difference).toBeLessThan(1e-6);
    expect(result?.tolerance).toBe(0.01);
    expect(platform.tensors.map(({ dtype, shape }) => [dtype, shape])).toEqual([
      ["float32", [1, 4, 6, 3]],
    ]);
  });

  test("fails a model with other predictions, and returns the difference", async () => {
    const bundle = await opened("text");
    const platform = fake(tensorOf("float32", [1, 1], [0.5]));
    const results = await selftest(bundle, bundle.card.models[0]!, platform);
    expect(results).toEqual<GoldenResult[]>([
      {
        file: "float32.tflite",
        vector: "golden/0.txt",
        difference: 0.25,
        tolerance: 0.01,
        passed: false,
      },
    ]);
    // The text is tokenized unchanged: <START>, the word with the byte order mark, and so on.
    expect(platform.tensors[0]).toMatchObject({ dtype: "float32", shape: [1, 6] });
  });

  test("feeds each input of a model the row that its card names", async () => {
    const bundle = await opened("bert");
    const platform = fake(tensorOf("float32", [1, 2], [0, Math.log(3)]));
    const [result] = await selftest(bundle, bundle.card.models[0]!, platform);
    expect(result?.difference).toBeLessThan(1e-6);
    // [CLS] good [UNK] no ##t bad . cut in front of [SEP], behind its mask.
    expect(platform.tensors).toEqual([
      tensorOf("int32", [1, 8], [1, 1, 1, 1, 1, 1, 1, 1]),
      tensorOf("int32", [1, 8], [2, 4, 1, 5, 6, 7, 8, 3]),
      tensorOf("int32", [1, 8], [0, 0, 0, 0, 0, 0, 0, 0]),
    ]);
    const other = fake(tensorOf("uint8", [1, 2], [0, 0]));
    await selftest(bundle, bundle.card.models[1]!, other);
    expect(other.tensors.map(({ dtype, data }) => [dtype, data.length])).toEqual(
      Array(3).fill(["int64", 8]),
    );
    expect(other.tensors[0]!.data).toEqual(BigInt64Array.of(2n, 4n, 1n, 5n, 6n, 7n, 8n, 3n));
  });

  test("compares images, through a quantized output", async () => {
    const bundle = await opened("generator");
    const model = bundle.card.models[1]!;
    const levels = tensorOf(
      "uint8",
      [1, 2, 4, 3],
      Array.from({ length: 24 }, () => 255),
    );
    const [result] = await selftest(bundle, model, fake(levels));
    // Level 255 at scale 1/256 and zero point 3 is 0.98, pixel 1; the golden image is mixed with
    // white behind its alpha of 100: (100 * 100 + 255 * 155 + 127) / 255 = 194.
    expect(result?.difference).toBeCloseTo(193 / 255, 6);
    expect(result).toMatchObject({ vector: "seed 7", passed: false });
  });

  test("refuses a golden image of another size than the model's", async () => {
    const bundle = await opened("style");
    const raw = tensorOf(
      "float32",
      [1, 2, 4, 3],
      Array.from({ length: 24 }, () => 0),
    );
    const run = selftest(bundle, bundle.card.models[0]!, fake(raw, { any: [3, 4] }));
    await expect(run).rejects.toThrow("Expected a golden image of 2 x 4, got");
    await expect(run).rejects.toBeInstanceOf(CardError);
  });

  test("refuses an output that differs from the card", async () => {
    const bundle = await opened("picture");
    const platform = fake(tensorOf("float32", [1, 4], [0, 0, 0, 0]));
    const run = selftest(bundle, bundle.card.models[0]!, platform);
    await expect(run).rejects.toBeInstanceOf(EngineError);
  });

  test.each(["digits.satchel", "reviews.satchel"])("runs every model of %s", async (file) => {
    const bundle = await openBundle(goldenBundle(file));
    const { output } = bundle.card;
    const labels = output.kind === "labels" ? output.labels.length : 0;
    const vectors = goldenVectors(bundle);
    for (const model of bundle.card.models) {
      const { dtype } = model.output;
      const says = Array.from({ length: labels }, () => 0);
      const results = await selftest(bundle, model, fake(tensorOf(dtype, [1, labels], says)));
      expect(results.map(({ vector }) => vector)).toEqual(vectors.map(({ name }) => name));
      // Each probability of 0 is off by as much as the likeliest was.
      expect(results.every(({ passed }) => !passed)).toBe(true);
    }
  });
});

const ENTRY = "golden/0.png";
const plain = { input: ENTRY, scores: [0.25, 0.5, 0.25] };

async function withGolden(golden: object): Promise<Bundle> {
  const bundle = await opened("picture");
  const content = new TextEncoder().encode(JSON.stringify(golden));
  return { ...bundle, files: new Map(bundle.files).set(bundle.card.golden!, content) };
}

describe("golden tolerances", () => {
  const vectors = [plain, plain];

  test("apply to a vector and a model if they are smaller than the card's", async () => {
    const tolerances = { "float32.tflite": [0, 0.9], "of no model.tflite": 0 };
    const bundle = await withGolden({ vectors, tolerances });
    const results = await Promise.all(
      bundle.card.models.map((model) => {
        const { dtype } = model.output;
        return selftest(bundle, model, fake(tensorOf(dtype, [1, 3], [0, 9, 0])));
      }),
    );
    expect(results.flat().map(({ tolerance }) => tolerance)).toEqual([0, 0.01, 0.01, 0.01]);
    expect(results[0]!.map(({ passed }) => passed)).toEqual([false, false]);
  });

  test.each([
    null,
    [],
    { "float32.tflite": [0] },
    { "float32.tflite": [0, 0, 0] },
    { "float32.tflite": [0, 1.1] },
    { "float32.tflite": [0, true] },
    { "float32.tflite": 0 },
  ])("are refused as %j", async (tolerances) => {
    const bundle = await withGolden({ vectors, tolerances });
    expect(() => goldenVectors(bundle)).toThrow(CardError);
  });
});

describe("a golden vector with a second image", () => {
  const withVector = (vector: object) => withGolden({ vectors: [vector] });

  test("is read with its share", async () => {
    const bundle = await withVector({ ...plain, blend: { input: ENTRY, share: 77 } });
    const [vector] = goldenVectors(bundle);
    const content = bundle.files.get(ENTRY);
    const blend = { name: ENTRY, content, share: 77 };
    expect(vector?.input).toEqual({ kind: "image", content, blend });
    expect(vector?.name).toBe("golden/0.png with 77/256 of golden/0.png");
  });

  test("is mixed at the model's size", async () => {
    const bundle = await withVector({ ...plain, blend: { input: ENTRY, share: 64 } });
    const raw = tensorOf("float32", [1, 3], [0, 0, 0]);
    const platform = fake(raw);
    let calls = 0;
    const decode = (): DecodedImage => {
      const level = [40, 200][calls++]!;
      return { height: 1, width: 1, rgba: Uint8ClampedArray.of(level, level, level, 255) };
    };
    await selftest(bundle, bundle.card.models[0]!, { ...platform, decode });
    // (40 * 192 + 200 * 64 + 128) >> 8 is 80; the card's scale is 0.5, 1, 2 and its offset -1.5.
    expect(numbersOf(platform.tensors[0]!).slice(0, 3)).toEqual([38.5, 78.5, 158.5]);
  });

  test.each([
    null,
    1,
    [],
    {},
    { input: ENTRY },
    { share: 77 },
    { input: "golden/1.png", share: 77 },
    { input: 1, share: 77 },
    { input: ENTRY, share: 0 },
    { input: ENTRY, share: 256 },
    { input: ENTRY, share: 0.5 },
    { input: ENTRY, share: "77" },
    { input: ENTRY, share: true },
  ])("is refused for the blend %j", async (blend) => {
    const bundle = await withVector({ ...plain, blend });
    expect(() => goldenVectors(bundle)).toThrow(CardError);
  });
});

describe("openReader", () => {
  test("refuses an input of another kind than the card describes", async () => {
    const read = await openReader(await opened("picture"));
    expect(() => read({ kind: "text", text: "good" })).toThrow(EngineError);
  });

  test("throws the error of a wrong seed", async () => {
    const read = await openReader(await opened("generator"));
    expect(() => read({ kind: "seed", seed: -1 })).toThrow(InputError);
  });

  test("refuses a wrong delimiter before it gets a text", async () => {
    const bundle = await opened("text");
    const input = {
      kind: "text",
      length: 4,
      tokenizer: { kind: "regex", delimiter: ".", vocabulary: "vocabulary.txt" },
      tensors: ["ids"],
    } as const;
    const opening = openReader({ ...bundle, card: { ...bundle.card, input } });
    await expect(opening).rejects.toThrow(CardError);
  });
});
