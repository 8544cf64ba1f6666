/** Prepares raw inputs once, and makes a tensor of them for each model. */

import { type Bundle, bundleFile } from "./bundle.ts";
import type { Card, Input, ModelEntry } from "./card.ts";
import { EngineError } from "./errors.ts";
import { type DecodedImage, type Pixels, readPixels, toTensor } from "./images.ts";
import { drawLatent, latentTensor } from "./latent.ts";
import type { Tensor } from "./tensor.ts";
import { openTokenizer } from "./tokenizers/kinds.ts";
import { tokenizerFile } from "./tokenizers/specs.ts";
import { rowTensor } from "./tokenizers/tensors.ts";
import type { Tokenize } from "./tokenizers/tokenizer.ts";

/** An input of a user: a decoded image, a text or a seed. */
export type Raw =
  | { readonly kind: "image"; readonly image: DecodedImage }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "seed"; readonly seed: number };

/** Pixels of the model's size, a row of numbers for each tensor of a text, or a latent. */
export type Prepared =
  | { readonly kind: "image"; readonly pixels: Pixels }
  | { readonly kind: "text"; readonly rows: readonly Int32Array[] }
  | { readonly kind: "latent"; readonly latent: Float32Array };

export type Reader = (raw: Raw) => Prepared;

/**
 * Return a function that prepares raw inputs as the card of the bundle says. It throws InputError
 * for an input that it cannot read.
 *
 * Throws CardError for a wrong delimiter or vocabulary, EngineError for a tokenizer that this port
 * does not have.
 */
export async function openReader(bundle: Bundle): Promise<Reader> {
  const { input } = bundle.card;
  const tokenize =
    input.kind === "text"
      ? await openTokenizer(input, bundleFile(bundle, tokenizerFile(input.tokenizer)))
      : null;
  return (raw) => prepare(raw, input, tokenize);
}

function prepare(raw: Raw, input: Input, tokenize: Tokenize | null): Prepared {
  if (input.kind === "image" && raw.kind === "image") {
    return { kind: "image", pixels: readPixels(raw.image, input) };
  }
  if (tokenize !== null && raw.kind === "text") {
    return { kind: "text", rows: tokenize(raw.text) };
  }
  if (input.kind === "latent" && raw.kind === "seed") {
    return { kind: "latent", latent: drawLatent(raw.seed, input.length) };
  }
  throw new EngineError(`Expected an input for a model of ${input.kind}s, got ${raw.kind}.`);
}

/**
 * Return the tensor of each input of `model`, in their order, for a prepared input.
 *
 * Throws EngineError for a dtype that a model of this kind cannot have.
 */
export function modelTensors(prepared: Prepared, card: Card, model: ModelEntry): Tensor[] {
  const { shape, rows } = model.input;
  if (prepared.kind === "text" && rows.length > 0) {
    return rows.map((row) => rowTensor(prepared.rows[row]!, model.input));
  }
  const tensor = cardTensor(prepared, card, model);
  return [shape.length > 0 ? { ...tensor, shape } : tensor];
}

/** Return the input tensor in the shape of the card's input. */
function cardTensor(prepared: Prepared, card: Card, model: ModelEntry): Tensor {
  if (prepared.kind === "image" && card.input.kind === "image") {
    return toTensor(prepared.pixels, card.input, model.input);
  }
  if (prepared.kind === "text") {
    return rowTensor(prepared.rows[0]!, model.input);
  }
  if (prepared.kind === "latent") {
    return latentTensor(prepared.latent, model.input);
  }
  throw new EngineError(`Expected an input for ${card.name}, got ${prepared.kind}.`);
}
