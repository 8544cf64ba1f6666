/** The names of the two libraries, for users. */

import type { Format } from "../contract/card.ts";

export const LIBRARY_NAMES: Record<Format, string> = {
  tflite: "LiteRT.js",
  onnx: "ONNX Runtime Web",
};
