/** Which of a bundle's models to try first: what tends to be fast in a browser. */

import type { Format } from "../contract/card.ts";

/**
 * Kinds of model from fast to slow. LiteRT.js runs whole-integer models with integer kernels and
 * unpacks float16 at the start; its dynamic-range kernels are slow in WebAssembly, by 3 to 20 times.
 * ONNX Runtime Web has fast float kernels, and no better ones for integers.
 * `benchmarks/browser.mjs` measures all of them.
 */
const FAST_FIRST: readonly string[] = [
  "tflite full_int8",
  "tflite float16",
  "tflite float32",
  "tflite mixed_int8",
  "onnx float32",
  "onnx float16",
  "onnx dynamic_int8",
  "onnx full_int8",
  "tflite dynamic_int8",
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
