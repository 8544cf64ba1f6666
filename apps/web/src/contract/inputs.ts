/** Reads `input` of a card: an image, a text or a latent. */

import type { Color, ImageInput, LatentInput, TextInput } from "./card_types.ts";
import type { Fields } from "./fields.ts";
import { MAX_LENGTH, MAX_SIDE } from "./limits.ts";

/** Names of vocabularies. No other file of a bundle or of a .tflite has such a name. */
const VOCABULARY = /^(?!labels\.txt)[a-z0-9][a-z0-9._-]{0,90}\.txt$/;

/** Return the image that `input` describes; throws CardError. */
export function parseImageInput(fields: Fields): ImageInput {
  fields.constant("kind", "image");
  checkChannels(fields);
  const [red, green, blue] = fields.numbers("background", [3], [255, 255, 255]);
  const background: Color = [red!, green!, blue!];
  if (background.some((level) => !Number.isInteger(level) || level < 0 || level > 255)) {
    throw fields.wrong("background", "three whole numbers from 0 to 255", background);
  }
  return {
    kind: "image",
    height: fields.integer("height", 1, MAX_SIDE),
    width: fields.integer("width", 1, MAX_SIDE),
    fit: fields.choice("fit", ["stretch", "crop"], "stretch"),
    background,
    scale: fields.factors("scale", [1, 3]),
    offset: fields.numbers("offset", [1, 3], [0]),
  };
}

/** Return the text that `input` describes; throws CardError. */
export function parseTextInput(fields: Fields): TextInput {
  fields.constant("kind", "text");
  const tokenizer = fields.inner("tokenizer");
  tokenizer.constant("kind", "regex");
  return {
    kind: "text",
    length: fields.integer("length", 1, MAX_LENGTH),
    tokenizer: {
      kind: "regex",
      delimiter: tokenizer.text("delimiter"),
      vocabulary: tokenizer.pattern("vocabulary", VOCABULARY),
    },
  };
}

/** Return the latent that `input` describes; throws CardError. */
export function parseLatentInput(fields: Fields): LatentInput {
  fields.constant("kind", "latent");
  return { kind: "latent", length: fields.integer("length", 1, MAX_LENGTH) };
}

/** Check that `channels` is 3 or missing; throws CardError. */
export function checkChannels(fields: Fields): void {
  // Only a model folder can have one channel.
  fields.integer("channels", 3, 3, 3);
}
