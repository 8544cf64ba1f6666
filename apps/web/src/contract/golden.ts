/**
 * Golden vectors: inputs in a bundle, each with the float model's prediction.
 *
 * docs/bundle.md, section 8.
 */

import type { Bytes } from "./archive.ts";
import { type Bundle, bundleFile } from "./bundle.ts";
import type { Card } from "./card.ts";
import { CardError, EngineError, shown } from "./errors.ts";
import { Fields } from "./fields.ts";
import { MAX_CARD_BYTES } from "./limits.ts";
import { decodeUtf8, type Json, type JsonObject, loadJson } from "./plain_json.ts";
import type { ModelPrediction } from "./postprocess.ts";

/** An encoded image, possibly with a second one to mix in; a text; or a seed. */
export type GoldenInput =
  | { readonly kind: "image"; readonly content: Bytes; readonly blend: Blend | null }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "seed"; readonly seed: number };

/** A second image, which is mixed into the first one once both have the model's size. */
export interface Blend {
  /** The name of its file in the bundle. */
  readonly name: string;
  readonly content: Bytes;
  /** The share of the second image in 256ths, from 1 to 255. */
  readonly share: number;
}

/** Probabilities, or an encoded image. */
export type GoldenPrediction =
  | { readonly kind: "labels"; readonly probabilities: Float32Array }
  | { readonly kind: "image"; readonly content: Bytes };

/** An input with the float model's prediction. */
export interface GoldenVector {
  /** The file in the bundle, both files if two are mixed, or `seed 7`. */
  readonly name: string;
  readonly input: GoldenInput;
  readonly prediction: GoldenPrediction;
  /** The tolerance by model file. It is missing for some models, and never replaces the card's. */
  readonly tolerances: ReadonlyMap<string, number>;
}

/** Return the golden vectors; throws CardError if they do not fit the card. */
export function goldenVectors(bundle: Bundle): GoldenVector[] {
  const { golden, name } = bundle.card;
  if (golden === null) {
    throw new CardError(`Expected golden vectors in the bundle ${shown(name)}, it has none.`);
  }
  const content = loadJson(bundleFile(bundle, golden), MAX_CARD_BYTES);
  const fields: JsonObject = content instanceof Map ? content : new Map();
  const vectors = fields.get("vectors");
  if (!Array.isArray(vectors) || vectors.length === 0) {
    throw new CardError(`Expected a list of vectors in ${shown(golden)}, got none.`);
  }
  const rows = toleranceRows(bundle.card, fields, vectors.length);
  return vectors.map((vector, at) => {
    const tolerances = Array.from(rows, ([model, row]): [string, number] => [model, row[at]!]);
    return { ...goldenVector(bundle, vector), tolerances: new Map(tolerances) };
  });
}

/** Return the tolerances of all `count` vectors, by model file. */
function toleranceRows(
  card: Card,
  fields: JsonObject,
  count: number,
): Map<string, readonly number[]> {
  const rows = new Map<string, readonly number[]>();
  const models = new Set(card.models.map((model) => model.file));
  for (const [file, row] of new Fields(fields, "golden").mapping("tolerances")) {
    if (!models.has(file)) {
      continue;
    }
    const tolerances = shares(row, count);
    if (tolerances === null) {
      throw new CardError(
        `Expected ${count} golden tolerances, numbers from 0 to 1, for a model of the card,` +
          ` got ${shown(row)} for ${shown(file)}.`,
      );
    }
    rows.set(file, tolerances);
  }
  return rows;
}

function goldenVector(bundle: Bundle, vector: Json): Omit<GoldenVector, "tolerances"> {
  const found = vector instanceof Map ? goldenInput(bundle, vector) : null;
  const prediction = vector instanceof Map ? goldenPrediction(bundle, vector) : null;
  if (found === null || prediction === null) {
    throw new CardError(
      `Expected ${form(bundle.card)} in each golden vector, got ${shown(vector)}.`,
    );
  }
  return { ...found, prediction };
}

function goldenInput(
  bundle: Bundle,
  vector: JsonObject,
): { name: string; input: GoldenInput } | null {
  if (bundle.card.input.kind === "latent") {
    const seed = wholeNumber(vector.get("seed"), 0, Number.MAX_SAFE_INTEGER);
    return seed === null ? null : { name: `seed ${seed}`, input: { kind: "seed", seed } };
  }
  const name = vector.get("input");
  const content = file(bundle, name);
  if (typeof name !== "string" || content === null) {
    return null;
  }
  if (bundle.card.input.kind === "text") {
    return { name, input: { kind: "text", text: goldenText(name, content) } };
  }
  const mixed = vector.get("blend");
  if (mixed === undefined) {
    return { name, input: { kind: "image", content, blend: null } };
  }
  const blend = goldenBlend(bundle, mixed);
  return (
    blend && {
      name: `${name} with ${blend.share}/256 of ${blend.name}`,
      input: { kind: "image", content, blend },
    }
  );
}

/** Return the second image and its share; null if the fields do not describe one. */
function goldenBlend(bundle: Bundle, mixed: Json): Blend | null {
  const fields: JsonObject = mixed instanceof Map ? mixed : new Map();
  const name = fields.get("input");
  const content = file(bundle, name);
  const share = wholeNumber(fields.get("share"), 1, 255);
  return typeof name === "string" && content !== null && share !== null
    ? { name, content, share }
    : null;
}

function goldenText(name: string, content: Bytes): string {
  const text = decodeUtf8(content);
  if (text === null) {
    throw new CardError(`Expected UTF-8 in the golden text ${shown(name)}, got other bytes.`);
  }
  return text;
}

function goldenPrediction(bundle: Bundle, vector: JsonObject): GoldenPrediction | null {
  const { output } = bundle.card;
  if (output.kind === "image") {
    const content = file(bundle, vector.get("output"));
    return content === null ? null : { kind: "image", content };
  }
  const scores = shares(vector.get("scores"), output.labels.length);
  return scores && { kind: "labels", probabilities: Float32Array.from(scores) };
}

const INPUT_PHRASES: Readonly<Record<Card["input"]["kind"], string>> = {
  image: "an input of the bundle (or two, blended by a share from 1 to 255)",
  text: "an input of the bundle",
  latent: "a seed",
};

/** Return a phrase that says what a golden vector of this card must hold. */
function form(card: Card): string {
  const input = INPUT_PHRASES[card.input.kind];
  return card.output.kind === "labels"
    ? `${input} and ${card.output.labels.length} probabilities`
    : `${input} and an output image of the bundle`;
}

function file(bundle: Bundle, name: Json | undefined): Bytes | null {
  return typeof name === "string" ? (bundle.files.get(name) ?? null) : null;
}

function wholeNumber(value: Json | undefined, low: number, high: number): number | null {
  return typeof value === "bigint" && value >= low && value <= high ? Number(value) : null;
}

/** Return `count` numbers from 0 to 1; null for anything else. */
function shares(values: Json | undefined, count: number): readonly number[] | null {
  const plain = Array.isArray(values) && values.length === count && values.every(isShare);
  return plain ? values.map(Number) : null;
}

function isShare(value: Json): boolean {
  return (typeof value === "number" || typeof value === "bigint") && value >= 0 && value <= 1;
}

/**
 * Return the difference of two predictions, 0 to 1: the largest difference of any one probability,
 * or the root mean square of the differences of pixels in 255ths.
 *
 * Throws EngineError for predictions of different kinds.
 */
export function difference(expected: ModelPrediction, found: ModelPrediction): number {
  if (expected.kind === "labels" && found.kind === "labels") {
    const differences = found.probabilities.map((one, at) =>
      Math.abs(one - expected.probabilities[at]!),
    );
    return differences.reduce((most, each) => Math.max(most, each), 0);
  }
  if (expected.kind === "image" && found.kind === "image") {
    return rootMeanSquare(expected.pixels.rgb, found.pixels.rgb) / 255;
  }
  throw new EngineError(`Expected a prediction of ${expected.kind}, got one of ${found.kind}.`);
}

function rootMeanSquare(reference: Uint8Array, levels: Uint8Array): number {
  // The sum of squares is exact, because it stays below 2^53.
  let squares = 0;
  for (let at = 0; at < reference.length; at++) {
    squares += (levels[at]! - reference[at]!) ** 2;
  }
  return Math.sqrt(squares / reference.length);
}
