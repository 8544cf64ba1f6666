/** What a model expects and returns, read from card.json and checked. docs/bundle.md, section 3. */

import { CardError, shown } from "./errors.ts";
import {
  MAX_CARD_BYTES,
  MAX_LABELS,
  MAX_LENGTH,
  MAX_MODELS,
  MAX_OUTPUT_PIXELS,
  MAX_SIDE,
} from "./limits.ts";
import { Fields, type Json, type JsonObject, loadJson } from "./plain_json.ts";

export const FORMAT_VERSION = 1;

export type Task =
  | "image-classification"
  | "text-classification"
  | "image-generation"
  | "style-transfer";
export type Format = "tflite" | "onnx";
export type Dtype = "float32" | "uint8" | "int8" | "int32";
export type Fit = "stretch" | "crop";
export type Activation = "softmax" | "sigmoid" | "none";
export type Color = readonly [red: number, green: number, blue: number];

/** The one input or output of a model file. */
export interface TensorSpec {
  readonly dtype: Dtype;
  /** Real units a level, for uint8 and int8. */
  readonly scale: number;
  /** The level of real 0, for uint8 and int8. */
  readonly zeroPoint: number;
}

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

/** Scores, one a label. */
export interface LabelOutput {
  readonly kind: "labels";
  readonly labels: readonly string[];
  /** What the model ends in; the reader adds what is missing to a probability for each label. */
  readonly activation: Activation;
}

/** A picture, whose pixels are `value * scale + offset`, (1, height, width, 3). */
export interface ImageOutput {
  readonly kind: "image";
  readonly height: number;
  readonly width: number;
  readonly scale: readonly number[];
  readonly offset: readonly number[];
}

export type Output = LabelOutput | ImageOutput;

/** What verification found of a model that says labels, where the bundle was packed. */
export interface VerifiedLabels {
  readonly kind: "labels";
  readonly samples: number;
  /** 0 to 1. */
  readonly accuracy: number;
  /** Percentage points of accuracy lost against the float model; negative where it gained. */
  readonly dropPoints: number;
  /** Share of samples with the same top label, 0 to 1. */
  readonly agreement: number;
  /** Of any one probability, 0 to 1. */
  readonly largestDifference: number;
  /** Decibel; null where nothing differs. */
  readonly sqnrDb: number | null;
  /** Where the drop lies with 95 % confidence, two percentage points; none where nobody knows. */
  readonly dropCi95: readonly number[];
}

/** What verification found of a model that makes pictures. */
export interface VerifiedPictures {
  readonly kind: "image";
  readonly samples: number;
  /** Peak signal-to-noise ratio of all pixels together; null where nothing differs. */
  readonly psnrDb: number | null;
  readonly worstPsnrDb: number | null;
  /** Of any one pixel's channel, in 255ths, 0 to 1. */
  readonly largestDifference: number;
}

export type Verified = VerifiedLabels | VerifiedPictures;

/** One model file of a bundle. */
export interface ModelEntry {
  readonly file: string;
  readonly format: Format;
  readonly scheme: string;
  readonly sizeBytes: number;
  readonly input: TensorSpec;
  readonly output: TensorSpec;
  /** Engine to its lowest version. */
  readonly needs: ReadonlyMap<string, string>;
  /** Largest difference from any of the golden vectors, 0 to 1. */
  readonly goldenTolerance: number;
  readonly goldenToleranceWhy: string;
  readonly verified: Verified | null;
}

/** All that is to be known for feeding a bundle's models and reading their answers. */
export interface Card {
  readonly name: string;
  readonly version: string;
  readonly task: Task;
  readonly input: Input;
  readonly output: Output;
  /** In order of preference, at least one. */
  readonly models: readonly ModelEntry[];
  /** The file of golden vectors. */
  readonly golden: string | null;
  /** Every other file of the bundle, to `sha256:` and 64 hexadecimal digits. */
  readonly files: ReadonlyMap<string, string>;
  readonly provenance: JsonObject;
}

interface Parsers {
  readonly input: (fields: Fields) => Input;
  readonly output: (fields: Fields) => Output;
  readonly verified: (fields: Fields) => Verified;
}

const TASKS: Readonly<Record<Task, Parsers>> = {
  "image-classification": { input: imageInput, output: labelOutput, verified: verifiedLabels },
  "text-classification": { input: textInput, output: labelOutput, verified: verifiedLabels },
  "image-generation": { input: latentInput, output: imageOutput, verified: verifiedPictures },
  "style-transfer": { input: imageInput, output: imageOutput, verified: verifiedPictures },
};

const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;
const VERSION = /^[0-9]{1,9}\.[0-9]{1,9}\.[0-9]{1,9}$/;
const SCHEME = /^[a-z0-9_]{1,40}$/;
const ENGINE = /^[a-z0-9_]{1,40}$/;
const ENGINE_VERSION = /^[0-9]{1,9}(\.[0-9]{1,9}){0,3}$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;
const VOCABULARY = /^(?!labels\.txt)[a-z0-9][a-z0-9._-]{0,90}\.txt$/;
/** Below float32's smallest normal number a division by it overflows. */
const LEAST_SCALE = 1.2e-38;
const MOST_BYTES = 2 ** 40;

// Controls, line separators, changes of direction and lone surrogates.
const UNFIT_FOR_A_LINE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /[\u0000-\u001f\u007f-\u009f\u2028-\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]/u;
// Python's white space without what is unfit anyway; String.trim takes U+FEFF for white space too.
const BLANK = /^[ \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]*$/;

/**
 * Return the card of a bundle that is written in `content`, JSON in UTF-8.
 *
 * Throws CardError for a field that is missing, of another type or out of range, for an unknown
 * format version or required feature, for a card without models, and for JSON that is not plain.
 */
export function parseCard(content: Uint8Array): Card {
  const fields = new Fields(loadJson(content, MAX_CARD_BYTES), "card");
  checkVersion(fields);
  const task = fields.choice("task", Object.keys(TASKS) as Task[]);
  const parsers = TASKS[task];
  const card: Card = {
    name: fields.pattern("name", NAME),
    version: fields.pattern("version", VERSION),
    task,
    input: parsers.input(fields.inner("input")),
    output: parsers.output(fields.inner("output")),
    models: fields.objects("models", MAX_MODELS).map((model) => modelEntry(model, parsers)),
    golden: fields.values.has("golden") ? fields.text("golden") : null,
    files: new Map(Array.from(fields.mapping("files"), checkedDigest)),
    provenance: fields.mapping("provenance"),
  };
  if (card.models.length === 0) {
    throw new CardError("Expected a bundle with models, got a card of none: is it a model folder?");
  }
  for (const name of neededFiles(card)) {
    if (!card.files.has(name)) {
      throw new CardError(`Expected ${shown(name, 110)} among the card's files, it is not listed.`);
    }
  }
  return card;
}

function checkVersion(fields: Fields): void {
  const version = fields.integer("satchel", Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  if (version !== FORMAT_VERSION) {
    throw new CardError(
      `Expected bundle format ${FORMAT_VERSION}, got ${version}: update this application.`,
    );
  }
  for (const feature of fields.texts("requires", [])) {
    throw new CardError(
      `Expected a bundle without the feature ${shown(feature)}: update this application.`,
    );
  }
}

function neededFiles(card: Card): string[] {
  return [
    ...card.models.map((model) => model.file),
    ...(card.input.kind === "text" ? [card.input.vocabulary] : []),
    ...(card.golden === null ? [] : [card.golden]),
  ];
}

function imageInput(fields: Fields): ImageInput {
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

function textInput(fields: Fields): TextInput {
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

function latentInput(fields: Fields): LatentInput {
  fields.constant("kind", "latent");
  return { kind: "latent", length: fields.integer("length", 1, MAX_LENGTH) };
}

function labelOutput(fields: Fields): LabelOutput {
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

function imageOutput(fields: Fields): ImageOutput {
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

function checkChannels(fields: Fields): void {
  // One channel occurs in a model folder alone.
  fields.integer("channels", 3, 3, 3);
}

function modelEntry(fields: Fields, parsers: Parsers): ModelEntry {
  return {
    needs: needs(fields),
    file: fields.text("file"),
    format: fields.choice("format", ["tflite", "onnx"]),
    scheme: fields.pattern("scheme", SCHEME),
    sizeBytes: fields.integer("size_bytes", 1, MOST_BYTES),
    input: tensorSpec(fields.inner("input")),
    output: tensorSpec(fields.inner("output")),
    goldenTolerance: fields.number("golden_tolerance", 0, 1),
    goldenToleranceWhy: fields.text("golden_tolerance_why"),
    verified: fields.holds("verified") ? parsers.verified(fields.inner("verified")) : null,
  };
}

function needs(fields: Fields): Map<string, string> {
  const found = new Map<string, string>();
  for (const [engine, version] of fields.mapping("needs")) {
    if (!ENGINE.test(engine)) {
      throw fields.wrong("needs", "an engine's name", engine);
    }
    if (typeof version !== "string" || !ENGINE_VERSION.test(version)) {
      throw fields.wrong("needs", `a version for ${shown(engine)}`, version);
    }
    found.set(engine, version);
  }
  return found;
}

function tensorSpec(fields: Fields): TensorSpec {
  const dtype = fields.choice("dtype", ["float32", "uint8", "int8", "int32"]);
  const [low, high] = levels(dtype) ?? [0, 0];
  return {
    dtype,
    scale: fields.number("scale", LEAST_SCALE, 3e38, 1),
    zeroPoint: fields.integer("zero_point", low, high, 0),
  };
}

/** Return the lowest and highest level of an 8-bit dtype, null for another. */
export function levels(dtype: Dtype): readonly [number, number] | null {
  if (dtype === "uint8") {
    return [0, 255];
  }
  return dtype === "int8" ? [-128, 127] : null;
}

function verifiedLabels(fields: Fields): VerifiedLabels {
  return {
    kind: "labels",
    samples: fields.integer("samples", 1, MOST_BYTES),
    accuracy: fields.number("accuracy", 0, 1),
    dropPoints: fields.number("drop_points", -100, 100),
    agreement: fields.number("agreement", 0, 1),
    largestDifference: fields.number("largest_difference", 0, 1),
    sqnrDb: fields.decibel("sqnr_db"),
    dropCi95: fields.numbers("drop_ci95", [0, 2], []),
  };
}

function verifiedPictures(fields: Fields): VerifiedPictures {
  return {
    kind: "image",
    samples: fields.integer("samples", 1, MOST_BYTES),
    psnrDb: fields.decibel("psnr_db"),
    worstPsnrDb: fields.decibel("worst_psnr_db"),
    largestDifference: fields.number("largest_difference", 0, 1),
  };
}

function checkedDigest([name, value]: [string, Json]): [string, string] {
  if (typeof value !== "string" || !DIGEST.test(value)) {
    throw new CardError(
      `Expected sha256: and 64 hexadecimal digits for ${shown(name, 110)}, got ${shown(value, 90)}.`,
    );
  }
  return [name, value];
}
