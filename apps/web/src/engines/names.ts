/** The names and sizes of the two libraries, for users. */

import type { Format } from "../contract/card.ts";

export const LIBRARY_NAMES: Record<Format, string> = {
  tflite: "LiteRT.js",
  onnx: "ONNX Runtime Web",
};

/** The bytes that are fetched for each library, if the server compresses them with gzip. */
export const LIBRARY_BYTES: Record<Format, number> = {
  tflite: 2_800_000,
  onnx: 3_700_000,
};
