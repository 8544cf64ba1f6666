import { describe, expect, test } from "vitest";
import type { ModelEntry } from "../src/contract/card.ts";
import { checkInputs, refusal } from "../src/engines/engine.ts";
import { fastest, fastFirst } from "../src/engines/ranking.ts";

const MODEL: ModelEntry = {
  file: "full_int8.tflite",
  format: "tflite",
  scheme: "full_int8",
  sizeBytes: 1,
  input: { dtype: "uint8", scale: 1, zeroPoint: 0, shape: [], rows: [] },
  output: { dtype: "uint8", scale: 1 / 256, zeroPoint: 0, shape: [], rows: [] },
  needs: new Map([["litert", "1.4"]]),
  goldenTolerance: 0.02,
  goldenToleranceWhy: "",
  verified: null,
};

describe("a model in a browser", () => {
  test("may run if its library is known and supports its dtypes", () => {
    expect(refusal(MODEL)).toBeNull();
  });

  test("does not run if it was made for another engine", () => {
    const needs = new Map([["tflite_runtime", "2.14"]]);
    expect(refusal({ ...MODEL, needs })).toBe("made for tflite_runtime, not for litert");
  });

  test("does not run in LiteRT.js with int8 tensors, but runs in ONNX Runtime Web", () => {
    const int8 = { dtype: "int8", scale: 1, zeroPoint: 0, shape: [], rows: [] } as const;
    expect(refusal({ ...MODEL, input: int8 })).toBe("LiteRT.js does not support int8 tensors");
    expect(refusal({ ...MODEL, output: int8 })).toBe("LiteRT.js does not support int8 tensors");
    const needs = new Map([["onnx", "1.17"]]);
    expect(refusal({ ...MODEL, format: "onnx", needs, input: int8 })).toBeNull();
  });

  test("does not run in LiteRT.js with int64 tensors, but runs in ONNX Runtime Web", () => {
    const input = { dtype: "int64", scale: 1, zeroPoint: 0, shape: [], rows: [] } as const;
    expect(refusal({ ...MODEL, input })).toBe("LiteRT.js does not support int64 tensors");
    const needs = new Map([["onnx", "1.17"]]);
    expect(refusal({ ...MODEL, format: "onnx", needs, input })).toBeNull();
  });

  test("has as many inputs as its card says, or is refused in a line", () => {
    checkInputs(3, 3);
    expect(() => checkInputs(1, 3)).toThrow(
      "Expected a model with 3 inputs, as its card says, got 1.",
    );
  });

  test("is tried in the order of speed in browsers, unknown kinds last", () => {
    const kinds = ["tflite dynamic_int8", "onnx novel", "onnx float32", "tflite full_int8"];
    const models = kinds.map((kind) => {
      const [format, scheme] = kind.split(" ") as ["tflite" | "onnx", string];
      return { format, scheme };
    });
    const order = fastFirst(models).map(({ format, scheme }) => `${format} ${scheme}`);
    expect(order).toEqual([
      "tflite full_int8",
      "tflite dynamic_int8",
      "onnx float32",
      "onnx novel",
    ]);
  });

  test("is used if it is the fastest, and the first of those that take no time", () => {
    const trials = [
      { file: "first", latencyMs: 0.4 },
      { file: "a wink faster", latencyMs: 0.03 },
      { file: "slow", latencyMs: 8 },
    ];
    expect(fastest(trials)).toBe("first");
    expect(fastest([{ file: "slower", latencyMs: 12 }, trials[2]!])).toBe("slow");
    expect(fastest([])).toBeNull();
  });

  test("is used before it is measured only if no other one is", () => {
    const untimed = [
      { file: "first", latencyMs: null },
      { file: "second", latencyMs: null },
    ];
    expect(fastest(untimed)).toBe("first");
    expect(fastest([...untimed, { file: "measured", latencyMs: 90 }])).toBe("measured");
  });
});
