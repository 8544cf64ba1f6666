import { describe, expect, test } from "vitest";
import { EngineError } from "../../src/contract/errors.ts";
import { outputShape } from "../../src/contract/features.ts";
import { difference } from "../../src/contract/golden.ts";
import { type ModelPrediction, postprocess } from "../../src/contract/postprocess.ts";
import { bestLabels, topK } from "../../src/contract/prediction.ts";
import { labelOutput, load, modelOf, outputOf, tensorOf } from "./conformance.ts";

const VECTORS = load("answers");

describe("the conformance vectors of predictions", () => {
  test.each(VECTORS.labels)("$name: the same probabilities", (vector) => {
    const output = outputOf(vector.output);
    const raw = tensorOf(vector.tensor.dtype, outputShape(output), vector.values);
    const found = postprocess(raw, modelOf(vector.tensor), output);
    const probabilities = found.kind === "labels" ? Array.from(found.probabilities) : [];
    expect(probabilities).toHaveLength(vector.probabilities.length);
    for (const [at, expected] of vector.probabilities.entries()) {
      expect(Math.abs(probabilities[at]! - expected)).toBeLessThanOrEqual(vector.tolerance);
    }
  });

  test.each(VECTORS.pictures)("$name: the same pixels", (vector) => {
    const output = outputOf(vector.output);
    const raw = tensorOf(vector.tensor.dtype, outputShape(output), vector.values);
    const found = postprocess(raw, modelOf(vector.tensor), output);
    const pixels = { height: 1, width: 2, rgb: Uint8Array.from(vector.pixels) };
    expect(found).toEqual({ kind: "image", pixels });
  });

  test.each(VECTORS.refused)("$name is refused", (vector) => {
    const raw = tensorOf(vector.dtype, vector.shape, vector.values);
    const read = () => postprocess(raw, modelOf(vector.tensor), outputOf(vector.output));
    expect(vector.error).toBe("EngineError");
    expect(read).toThrow(EngineError);
  });

  test.each(VECTORS.top)("the best $k of $scores", ({ scores, labels, k, top }) => {
    const found = topK(Float32Array.from(scores), labels, k ?? undefined);
    expect(found.map(({ label, score }) => [label, score])).toEqual(top);
  });

  test.each(VECTORS.best)("labels, ids and choices of $scores", ({ output, scores, k, best }) => {
    expect(bestLabels(Float32Array.from(scores), labelOutput(output), k ?? undefined)).toEqual(
      best,
    );
  });

  test.each(VECTORS.differences)("$expected and $found: the same difference", (vector) => {
    const [expected, found] = [vector.expected, vector.found].map((values) =>
      predictionOf(vector.kind, values),
    );
    // The root of a mean, computed in double precision.
    expect(difference(expected!, found!)).toBeCloseTo(vector.difference, 12);
  });
});

function predictionOf(kind: "labels" | "image", values: number[]): ModelPrediction {
  return kind === "labels"
    ? { kind, probabilities: Float32Array.from(values) }
    : { kind, pixels: { height: 1, width: 2, rgb: Uint8Array.from(values) } };
}

test("predictions of two kinds are not compared", () => {
  expect(() => difference(predictionOf("labels", [1]), predictionOf("image", [1]))).toThrow(
    EngineError,
  );
});

test.each([Number.NaN, Infinity, -Infinity])("%d is no score", (odd) => {
  const labels = { kind: "labels", labels: ["a", "b"], activation: "none" } as const;
  const output = { ...labels, multiLabel: false, thresholds: [], ids: [] };
  const model = modelOf({ dtype: "float32", scale: 1, zero_point: 0, shape: [], rows: [] });
  const raw = tensorOf("float32", [1, 2], [0, odd]);
  expect(() => postprocess(raw, model, output)).toThrow(`got ${odd}`);
});
