/** Orders the models of a bundle by what is usually fast in a browser. */

import type { Format } from "../contract/card.ts";

/**
 * Kinds of models from fast to slow, measured by `benchmarks/latency.mjs` (the README has its
 * table).
 *
 * Models with only integers are fastest in LiteRT.js and slowest in ONNX Runtime Web, which has no
 * fast WebAssembly kernels for them. The order only decides which model to try first. Measurements
 * on the device decide which model is used.
 */
const FAST_FIRST: readonly string[] = [
  "tflite full_int8",
  "tflite float16",
  "tflite float32",
  "tflite mixed_int8",
  "tflite dynamic_int8",
  "onnx float32",
  "onnx float16",
  "onnx dynamic_int8",
  "onnx full_int8",
  "tflite weight_int4",
];

/**
 * Return models in the order in which to try them. Unknown kinds come last, in the bundle's order.
 */
export function fastFirst<Model extends { readonly format: Format; readonly scheme: string }>(
  models: readonly Model[],
): Model[] {
  return [...models].sort((one, other) => rank(one) - rank(other));
}

function rank({ format, scheme }: { format: Format; scheme: string }): number {
  const at = FAST_FIRST.indexOf(`${format} ${scheme}`);
  return at < 0 ? FAST_FIRST.length : at;
}

/** The latency below which people notice no difference, and a clock of 0.1 ms shows little. */
const AT_ONCE_MS = 1;

/**
 * Return the file of the fastest model, the first of equal ones; null if there is none. A model
 * without a latency counts as slower than those that have one.
 */
export function fastest(
  trials: readonly { readonly file: string; readonly latencyMs: number | null }[],
): string | null {
  const perceived = ({ latencyMs }: { latencyMs: number | null }) =>
    latencyMs === null ? Number.MAX_VALUE : Math.max(latencyMs, AT_ONCE_MS);
  return [...trials].sort((one, other) => perceived(one) - perceived(other))[0]?.file ?? null;
}
