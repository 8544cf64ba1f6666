/** Reads `input` of a card: an image, a text or a latent. */

import type { Color, ImageInput, LatentInput, TextInput, TextTensor } from "./card_types.ts";
import type { Fields } from "./fields.ts";
import { MAX_LENGTH, MAX_SIDE } from "./limits.ts";
import { parseTokenizer } from "./tokenizers/specs.ts";

const TENSORS: readonly TextTensor[] = ["ids", "mask", "segments"];

/** Return the image that `input` describes; throws CardError. */
export function parseImageInput(fields: Fields): ImageInput {
  fields.constant("kind", "image");
  const channels = fields.integer("channels", 1, 3, 3);
  if (channels === 2) {
    throw fields.wrong("channels", "1 or 3", channels);
  }
  const channelOrder = fields.choice("channel_order", ["rgb", "bgr"], "rgb");
  if (channels === 1 && channelOrder !== "rgb") {
    throw fields.wrong("channel_order", "rgb for one channel", channelOrder);
  }
  return {
    kind: "image",
    height: fields.integer("height", 1, MAX_SIDE),
    width: fields.integer("width", 1, MAX_SIDE),
    channels,
    fit: fields.choice("fit", ["stretch", "crop", "letterbox"], "stretch"),
    background: color(fields, "background", [255, 255, 255]),
    scale: fields.factors("scale", [1, channels]),
    offset: fields.numbers("offset", [1, channels], [0]),
    channelOrder,
    padding: color(fields, "padding", [0, 0, 0]),
  };
}

function color(fields: Fields, name: string, missing: Color): Color {
  const [red, green, blue] = fields.numbers(name, [3], missing);
  const found: Color = [red!, green!, blue!];
  if (found.some((level) => !Number.isInteger(level) || level < 0 || level > 255)) {
    throw fields.wrong(name, "three whole numbers from 0 to 255", found);
  }
  return found;
}

/** Return the text that `input` describes; throws CardError. */
export function parseTextInput(fields: Fields): TextInput {
  fields.constant("kind", "text");
  return {
    kind: "text",
    length: fields.integer("length", 1, MAX_LENGTH),
    tokenizer: parseTokenizer(fields.inner("tokenizer")),
    tensors: textTensors(fields),
  };
}

function textTensors(fields: Fields): readonly TextTensor[] {
  const names = fields.texts("tensors", ["ids"]);
  const found = TENSORS.filter((tensor) => names.includes(tensor));
  if (names[0] !== "ids" || found.length !== names.length) {
    throw fields.wrong("tensors", `ids, and others of ${TENSORS.join(", ")}`, names);
  }
  return names as readonly TextTensor[];
}

/** Return the latent that `input` describes; throws CardError. */
export function parseLatentInput(fields: Fields): LatentInput {
  fields.constant("kind", "latent");
  return { kind: "latent", length: fields.integer("length", 1, MAX_LENGTH) };
}
