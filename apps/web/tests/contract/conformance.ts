/** The conformance vectors, as docs/conformance.md describes them. */

import { readFileSync } from "node:fs";
import { type Bytes, unpack } from "../../src/contract/archive.ts";
import type {
  Activation,
  ChannelOrder,
  Color,
  Dtype,
  Fit,
  ImageInput,
  ImageOutput,
  LabelOutput,
  ModelEntry,
  Output,
  TensorSpec,
  TextInput,
} from "../../src/contract/card.ts";
import { Fields } from "../../src/contract/fields.ts";
import type { DecodedImage, Pixels } from "../../src/contract/images.ts";
import { parseTextInput } from "../../src/contract/inputs.ts";
import { loadJson } from "../../src/contract/plain_json.ts";
import type { Prediction } from "../../src/contract/prediction.ts";
import type { Tensor } from "../../src/contract/tensor.ts";
import { readNpy } from "./npy.ts";

const GOLDEN = new URL("../../../../tests/golden/", import.meta.url);
const FOLDER = new URL("conformance/", GOLDEN);

export interface TensorFields {
  readonly dtype: Dtype;
  readonly scale: number;
  readonly zero_point: number;
  readonly shape: number[];
  readonly rows: number[];
}

/** The labels of an output, or the image; both as a card spells them. */
export type OutputFields =
  | {
      readonly kind: "labels";
      readonly labels: string[];
      readonly activation: Activation;
      readonly multi_label: boolean;
      readonly thresholds: number[];
      readonly ids: string[];
    }
  | ImageOutput;

export interface ImageInputFields {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly fit: Fit;
  readonly background: number[];
  readonly scale: number[];
  readonly offset: number[];
  readonly channel_order: ChannelOrder;
  readonly padding: number[];
}

export interface ImageVectors {
  readonly pictures: { name: string; file: string; levels: number; upright: string }[];
  readonly resized: {
    name: string;
    picture: string;
    input: ImageInputFields;
    flattened?: string;
    pixels: string;
  }[];
  readonly blended: {
    name: string;
    picture: string;
    other: string;
    share: number;
    input: ImageInputFields;
    pixels: string;
  }[];
  readonly budgets: { name: string; pieces: [string, number][]; error: string | null }[];
  readonly tensors: {
    name: string;
    pixels: string;
    input: ImageInputFields;
    tensor: TensorFields;
    values: string;
  }[];
}

export interface TextVectors {
  readonly vocabulary: string;
  readonly texts: string[];
  readonly length: number;
  readonly delimiters: { delimiter: string; ids: number[][] }[];
  readonly longer: {
    delimiter: string;
    text: string;
    times: number;
    length: number;
    ids: number[];
  }[];
  readonly refused: { delimiter: string; error: string }[];
}

export interface TokenizerVectors {
  /** The place of each vocabulary, by the name that a card gives it. */
  readonly files: Record<string, string>;
  readonly texts: string[];
  /** The rows of each text; null for a text that is refused. */
  readonly inputs: { name: string; input: unknown; rows: (number[][] | null)[] }[];
  readonly longer: { name: string; text: string; times: number; rows: number[][] }[];
  readonly fed: {
    name: string;
    text: string;
    tensor: TensorFields;
    fed: { dtype: Dtype; shape: number[]; values: number[] }[];
  }[];
  readonly refused: { what: string; input: unknown; content: string; error: string | null }[];
}

export interface LatentVectors {
  readonly cases: { seed: number; z: string[]; bits: string[]; latent: number[] }[];
  readonly longer: { seed: number; length: number; latent: string }[];
  readonly tensors: { seed: number; length: number; tensor: TensorFields; values: number[] }[];
  readonly refused: { seed: unknown; error: string }[];
}

export interface PredictionVectors {
  readonly labels: {
    name: string;
    output: OutputFields;
    tensor: TensorFields;
    values: number[];
    probabilities: number[];
    tolerance: number;
  }[];
  readonly pictures: {
    name: string;
    output: ImageOutput;
    tensor: TensorFields;
    values: number[];
    pixels: number[];
  }[];
  readonly refused: {
    name: string;
    output: OutputFields;
    tensor: TensorFields;
    dtype: Dtype;
    shape: number[];
    values: number[];
    error: string;
  }[];
  readonly top: { scores: number[]; labels: string[]; k: number | null; top: [string, number][] }[];
  readonly best: {
    output: OutputFields & { kind: "labels" };
    scores: number[];
    k: number | null;
    best: Prediction[];
  }[];
  readonly differences: {
    kind: "labels" | "image";
    expected: number[];
    found: number[];
    difference: number;
  }[];
}

type Edit = [at: number, drop: number, insert: string];

export interface EditedCase {
  readonly what: string;
  readonly base: string;
  readonly edits: Edit[];
  readonly error: string | null;
}

export interface RefusalVectors {
  readonly bases: {
    name: string;
    file: string;
    card: Record<string, unknown>;
    digest: string;
    signer: string | null;
  }[];
  readonly bundles: EditedCase[];
  readonly cards: EditedCase[];
  readonly golden: { base: string; content: string; error: string | null }[];
  readonly vocabularies: { what: string; content: string; error: string | null }[];
  readonly keys: string[];
  readonly signatures: (EditedCase & { trusted: string[]; equation: boolean })[];
}

export interface FieldCase {
  readonly base: string;
  /** The place of the field, as a JSON pointer. */
  readonly at: string;
  /** The new value of the field; missing if the field is to be removed. */
  readonly value?: unknown;
  readonly error: string | null;
}

export interface CardRefusalVectors {
  readonly bases: { name: string; card: Record<string, unknown> }[];
  readonly cases: FieldCase[];
}

/** Return the vectors in `name.json`. */
export function load(name: "pictures"): ImageVectors;
export function load(name: "texts"): TextVectors;
export function load(name: "tokenizers"): TokenizerVectors;
export function load(name: "latents"): LatentVectors;
export function load(name: "answers"): PredictionVectors;
export function load(name: "refusals"): RefusalVectors;
export function load(name: "card_refusals"): CardRefusalVectors;
export function load(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`${name}.json`, FOLDER), "utf8"));
}

/** Return the content of a file of the vectors. */
export function bytes(path: string): Bytes {
  return new Uint8Array(readFileSync(new URL(path, FOLDER)));
}

/** Return the content of a trained and converted bundle of tests/golden. */
export function goldenBundle(name: string): Bytes {
  return new Uint8Array(readFileSync(new URL(name, GOLDEN)));
}

export function array(path: string): ReturnType<typeof readNpy> {
  return readNpy(new URL(path, FOLDER));
}

export function image(path: string): DecodedImage {
  const { shape, data } = array(path);
  return { height: shape[0]!, width: shape[1]!, rgba: new Uint8ClampedArray(data) };
}

export function pixels(path: string): Pixels {
  const { shape, data } = array(path);
  return { height: shape[0]!, width: shape[1]!, rgb: new Uint8Array(data) };
}

export function imageInput(fields: ImageInputFields): ImageInput {
  const { height, width, channels, fit, scale, offset, channel_order: channelOrder } = fields;
  const background = fields.background as unknown as Color;
  const padding = fields.padding as unknown as Color;
  const kind = "image";
  return { kind, height, width, channels, fit, background, scale, offset, channelOrder, padding };
}

export function tensorSpec({ zero_point: zeroPoint, ...fields }: TensorFields): TensorSpec {
  return { ...fields, zeroPoint };
}

/** Return the text input that the object of a card describes. */
export function textInput(fields: unknown): TextInput {
  const content = new TextEncoder().encode(JSON.stringify(fields));
  return parseTextInput(new Fields(loadJson(content, 2 ** 20), "card.input"));
}

export function labelOutput(fields: OutputFields & { kind: "labels" }): LabelOutput {
  const { kind, labels, activation, multi_label: multiLabel, thresholds, ids } = fields;
  return { kind, labels, activation, multiLabel, thresholds, ids };
}

export function outputOf(fields: OutputFields): Output {
  return fields.kind === "labels" ? labelOutput(fields) : fields;
}

export function tensorOf(dtype: Dtype, shape: readonly number[], values: number[]): Tensor {
  switch (dtype) {
    case "float32":
      return { dtype, shape, data: Float32Array.from(values) };
    case "uint8":
      return { dtype, shape, data: Uint8Array.from(values) };
    case "int8":
      return { dtype, shape, data: Int8Array.from(values) };
    case "int32":
      return { dtype, shape, data: Int32Array.from(values) };
    case "int64":
      return { dtype, shape, data: BigInt64Array.from(values, BigInt) };
  }
}

/** Return the numbers of a tensor. */
export function numbersOf({ data }: Tensor): number[] {
  return data instanceof BigInt64Array ? Array.from(data, Number) : Array.from(data);
}

/** Return a model with this output tensor. */
export function modelOf(output: TensorFields): ModelEntry {
  return {
    file: "float32.tflite",
    format: "tflite",
    scheme: "float32",
    sizeBytes: 1,
    input: { dtype: "float32", scale: 1, zeroPoint: 0, shape: [], rows: [] },
    output: tensorSpec(output),
    needs: new Map(),
    goldenTolerance: 0.01,
    goldenToleranceWhy: "a hundredth",
    verified: null,
  };
}

/** Return a valid file after the edits. */
export function edited(base: Uint8Array, edits: readonly Edit[]): Bytes {
  let content = Buffer.from(base);
  for (const [at, drop, insert] of edits.toReversed()) {
    const pieces = [
      content.subarray(0, at),
      Buffer.from(insert, "base64"),
      content.subarray(at + drop),
    ];
    content = Buffer.concat(pieces);
  }
  return new Uint8Array(content);
}

/** Return the card with one field set, or without it if the case has no value. */
export function withField(card: Record<string, unknown>, vector: FieldCase): unknown {
  const changed = structuredClone(card);
  const way = vector.at.slice(1).split("/");
  const last = way.pop()!;
  const place = way.reduce((inner, name) => inner[name] as typeof changed, changed);
  if ("value" in vector) {
    place[last] = vector.value;
  } else {
    delete place[last];
  }
  return changed;
}

/** Return the content of each valid bundle, by its name. */
export function bases(vectors: RefusalVectors): Map<string, Bytes> {
  return new Map(vectors.bases.map(({ name, file }) => [name, bytes(file)]));
}

/** Return the card.json of each valid bundle, by its name. */
export function baseCards(vectors: RefusalVectors): Map<string, Bytes> {
  const contents = bases(vectors);
  return new Map(
    Array.from(contents, ([name, content]) => [name, unpack(content).get("card.json")!]),
  );
}

/** Return the name of the error that `act` throws; null if it throws none. */
export async function errorOf(act: () => unknown): Promise<string | null> {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof Error)) {
      throw error;
    }
    if (/[\n\r\u2028]/.test(error.message) || !error.message.startsWith("Expected ")) {
      throw new Error(`Expected one line that says what was expected, got: ${error.message}`);
    }
    return error.name;
  }
  return null;
}
