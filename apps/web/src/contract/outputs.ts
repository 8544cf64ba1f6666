/** Reads `output` of a card: scores of labels, or an image. */

import type { ImageOutput, LabelOutput } from "./card_types.ts";
import type { Fields } from "./fields.ts";
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
  const labels = lines(fields, "labels");
  const ids = lines(fields, "ids", []);
  const activation = fields.choice("activation", ["softmax", "sigmoid", "logit", "none"]);
  const multiLabel = fields.flag("multi_label");
  const count = labels.length;
  if (count < 2 || count > MAX_LABELS) {
    throw fields.wrong("labels", `2 to ${MAX_LABELS} labels`, count);
  }
  const named = ids.length > 0;
  if (named && (ids.length !== count || new Set(ids).size !== count)) {
    throw fields.wrong("ids", `${count} different ids, one for each label`, ids.length);
  }
  if (!named && new Set(labels).size !== count) {
    throw fields.wrong("labels", "different labels, or ids beside them", count);
  }
  if (multiLabel && activation !== "sigmoid" && activation !== "none") {
    throw fields.wrong("activation", "sigmoid or none for a multi-label model", activation);
  }
  if (hasOneNumber({ activation, multiLabel }) && count !== 2) {
    throw fields.wrong("labels", `2 labels for a ${activation}`, count);
  }
  const thresholds = fields.numbers("thresholds", [0, count], []);
  const inRange = thresholds.every((threshold) => threshold >= 0 && threshold <= 1);
  if (!inRange || (thresholds.length > 0 && !multiLabel)) {
    const expected = "a number from 0 to 1 for each label of a multi-label model";
    throw fields.wrong("thresholds", expected, thresholds);
  }
  return { kind: "labels", labels, activation, multiLabel, thresholds, ids };
}

/** Return whether a model puts out one number for two labels. */
export function hasOneNumber({
  activation,
  multiLabel,
}: Pick<LabelOutput, "activation" | "multiLabel">): boolean {
  return activation === "logit" || (activation === "sigmoid" && !multiLabel);
}

function lines(fields: Fields, name: string, missing?: readonly string[]): readonly string[] {
  const texts = fields.texts(name, missing);
  for (const text of texts) {
    if (BLANK.test(text) || UNFIT_FOR_A_LINE.test(text)) {
      throw fields.wrong(name, `${name} of one line without control characters`, text);
    }
  }
  return texts;
}

/** Return the image that `output` describes; throws CardError. */
export function parseImageOutput(fields: Fields): ImageOutput {
  fields.constant("kind", "image");
  // Only a model folder can make images of one channel.
  const channels = fields.integer("channels", 3, 3, 3);
  const height = fields.integer("height", 1, MAX_SIDE);
  const width = fields.integer("width", 1, MAX_SIDE);
  if (height * width > MAX_OUTPUT_PIXELS) {
    throw fields.wrong("width", `at most ${MAX_OUTPUT_PIXELS} pixels`, `${height} x ${width}`);
  }
  return {
    kind: "image",
    height,
    width,
    channels,
    scale: fields.factors("scale", [1, 3]),
    offset: fields.numbers("offset", [1, 3], [0]),
  };
}
