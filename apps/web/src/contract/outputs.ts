/** Reads `output` of a card: scores of labels, or an image. */

import type { ImageOutput, LabelOutput } from "./card_types.ts";
import type { Fields } from "./fields.ts";
import { checkChannels } from "./inputs.ts";
import { MAX_LABELS, MAX_OUTPUT_PIXELS, MAX_SIDE } from "./limits.ts";

// Control characters, line separators, changes of direction and lone surrogates.
const UNFIT_FOR_A_LINE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /[\u0000-\u001f\u007f-\u009f\u2028-\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]/u;
// Python's white space. String.trim would also remove U+FEFF, which Python does not count.
const BLANK = /^[ \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]*$/;

/** Return the labels that `output` describes; throws CardError. */
export function parseLabelOutput(fields: Fields): LabelOutput {
  fields.constant("kind", "labels");
  const labels = fields.texts("labels");
  const activation = fields.choice("activation", ["softmax", "sigmoid", "none"]);
  for (const label of labels) {
    if (BLANK.test(label) || UNFIT_FOR_A_LINE.test(label)) {
      throw fields.wrong("labels", "labels of one line without control characters", label);
    }
  }
  const count = labels.length;
  if (count < 2 || count > MAX_LABELS || new Set(labels).size !== count) {
    throw fields.wrong("labels", `2 to ${MAX_LABELS} different labels`, count);
  }
  if (activation === "sigmoid" && count !== 2) {
    throw fields.wrong("labels", "2 labels for a sigmoid", count);
  }
  return { kind: "labels", labels, activation };
}

/** Return the image that `output` describes; throws CardError. */
export function parseImageOutput(fields: Fields): ImageOutput {
  fields.constant("kind", "image");
  checkChannels(fields);
  const height = fields.integer("height", 1, MAX_SIDE);
  const width = fields.integer("width", 1, MAX_SIDE);
  if (height * width > MAX_OUTPUT_PIXELS) {
    throw fields.wrong("width", `at most ${MAX_OUTPUT_PIXELS} pixels`, `${height} x ${width}`);
  }
  return {
    kind: "image",
    height,
    width,
    scale: fields.factors("scale", [1, 3]),
    offset: fields.numbers("offset", [1, 3], [0]),
  };
}
