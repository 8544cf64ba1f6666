/** What a model takes, as its card says it: a picture, a text or a latent. */

import type { Fields } from "./fields.ts";
import { MAX_LENGTH, MAX_SIDE } from "./limits.ts";

export type Fit = "stretch" | "crop";
export type Color = readonly [red: number, green: number, blue: number];

/** A picture, as the model takes it: `pixel * scale + offset`, (1, height, width, 3). */
export interface ImageInput {
  readonly kind: "image";
  readonly height: number;
  readonly width: number;
  /** `crop` cuts the largest centred piece of the model's aspect ratio first. */
  readonly fit: Fit;
  /** sRGB, behind transparent pixels. */
  readonly background: Color;
  /** One factor, or one a channel. */
  readonly scale: readonly number[];
  readonly offset: readonly number[];
}

/** A text, as the model takes it: token ids, int32 (1, length). */
export interface TextInput {
  readonly kind: "text";
  readonly length: number;
  /** A repeated character class, with RE2's ASCII meaning. */
  readonly delimiter: string;
  /** The file of `token id` lines. */
  readonly vocabulary: string;
}

/** What a generator starts from, drawn from a seed: (1, length) from -1 to 1. */
export interface LatentInput {
  readonly kind: "latent";
  readonly length: number;
}

export type Input = ImageInput | TextInput | LatentInput;

/** No name that another file of a bundle or of a .tflite has. */
const VOCABULARY = /^(?!labels\.txt)[a-z0-9][a-z0-9._-]{0,90}\.txt$/;

/** Return the picture that `input` of a card describes; throws CardError. */
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

/** Return the text that `input` of a card describes; throws CardError. */
export function parseTextInput(fields: Fields): TextInput {
  fields.constant("kind", "text");
  const tokenizer = fields.inner("tokenizer");
  tokenizer.constant("kind", "regex");
  return {
    kind: "text",
    length: fields.integer("length", 1, MAX_LENGTH),
    delimiter: tokenizer.text("delimiter"),
    vocabulary: tokenizer.pattern("vocabulary", VOCABULARY),
  };
}

/** Return the latent that `input` of a card describes; throws CardError. */
export function parseLatentInput(fields: Fields): LatentInput {
  fields.constant("kind", "latent");
  return { kind: "latent", length: fields.integer("length", 1, MAX_LENGTH) };
}

/** Throw CardError for another number of channels than 3, by default 3. */
export function checkChannels(fields: Fields): void {
  // One channel occurs in a model folder alone.
  fields.integer("channels", 3, 3, 3);
}
