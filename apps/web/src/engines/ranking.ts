/** Which of a bundle's models to try first: what tends to be fast in a browser. */

import type { Format } from "../contract/card.ts";

/**
 * Kinds of model from fast to slow, by `benchmarks/latency.mjs` (the README has its table): whole
 * integers are fastest in LiteRT.js and slowest in ONNX Runtime Web, which has no fast kernels for
 * them in WebAssembly. It decides what to try first; what answers is decided on the device.
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

/** Return models in the order to try them; those of unknown kinds come last, as the bundle has them. */
export function fastFirst<Model extends { readonly format: Format; readonly scheme: string }>(
  models: readonly Model[],
): Model[] {
  return [...models].sort((one, other) => rank(one) - rank(other));
}

function rank({ format, scheme }: { format: Format; scheme: string }): number {
  const at = FAST_FIRST.indexOf(`${format} ${scheme}`);
  return at < 0 ? FAST_FIRST.length : at;
}

/** Below this, people notice nothing, and a clock of 0.1 ms little more. */
const AT_ONCE_MS = 1;

/** Return the file of the fastest model, of equals the first; null where there is none. */
export function fastest(
  trials: readonly { readonly file: string; readonly latencyMs: number }[],
): string | null {
  const perceived = ({ latencyMs }: { latencyMs: number }) => Math.max(latencyMs, AT_ONCE_MS);
  return [...trials].sort((one, other) => perceived(one) - perceived(other))[0]?.file ?? null;
}
