/** Prepares raw inputs once, and makes a tensor of them for each model. */

import { type Bundle, bundleFile } from "./bundle.ts";
import type { Card, Input, ModelEntry } from "./card.ts";
import { EngineError } from "./errors.ts";
import { type DecodedImage, type Pixels, readPixels, toTensor } from "./images.ts";
import { drawLatent, latentTensor } from "./latent.ts";
import type { Tensor } from "./tensor.ts";
import { idsTensor, openTokenizer, type RegexTokenizer, tokenize } from "./text.ts";

/** An input of a user: a decoded image, a text or a seed. */
export type Raw =
  | { readonly kind: "image"; readonly image: DecodedImage }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "seed"; readonly seed: number };

/** Pixels of the model's size, token ids, or a latent. */
export type Prepared =
  | { readonly kind: "image"; readonly pixels: Pixels }
  | { readonly kind: "text"; readonly ids: Int32Array }
  | { readonly kind: "latent"; readonly latent: Float32Array };

export type Reader = (raw: Raw) => Prepared;

/**
 * Return a function that prepares raw inputs as the card of the bundle says. It throws InputError
 * for an input that it cannot read.
 *
 * Throws CardError for a wrong delimiter or vocabulary.
 */
export function openReader(bundle: Bundle): Reader {
  const { input } = bundle.card;
  const tokenizer =
    input.kind === "text"
      ? openTokenizer(input, bundleFile(bundle, input.tokenizer.vocabulary))
      : null;
  return (raw) => prepare(raw, input, tokenizer);
}

function prepare(raw: Raw, input: Input, tokenizer: RegexTokenizer | null): Prepared {
  if (input.kind === "image" && raw.kind === "image") {
    return { kind: "image", pixels: readPixels(raw.image, input) };
  }
  if (tokenizer !== null && raw.kind === "text") {
    return { kind: "text", ids: tokenize(raw.text, tokenizer) };
  }
  if (input.kind === "latent" && raw.kind === "seed") {
    return { kind: "latent", latent: drawLatent(raw.seed, input.length) };
  }
  throw new EngineError(`Expected an input for a model of ${input.kind}s, got ${raw.kind}.`);
}

/**
 * Return the input tensor of `model` for a prepared input.
 *
 * Throws EngineError for a dtype that a model of this kind cannot have.
 */
export function modelTensor(prepared: Prepared, card: Card, model: ModelEntry): Tensor {
  const tensor = cardTensor(prepared, card, model);
  return model.input.shape.length > 0 ? { ...tensor, shape: model.input.shape } : tensor;
}

/** Return the input tensor in the shape of the card's input. */
function cardTensor(prepared: Prepared, card: Card, model: ModelEntry): Tensor {
  if (prepared.kind === "image" && card.input.kind === "image") {
    return toTensor(prepared.pixels, card.input, model.input);
  }
  if (prepared.kind === "text") {
    return idsTensor(prepared.ids);
  }
  if (prepared.kind === "latent") {
    return latentTensor(prepared.latent, model.input);
  }
  throw new EngineError(`Expected an input for ${card.name}, got ${prepared.kind}.`);
}
