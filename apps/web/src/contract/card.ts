/** Reads card.json and checks it. docs/bundle.md, section 3. */

import type {
  Card,
  Dtype,
  Input,
  ModelEntry,
  Output,
  Task,
  TensorSpec,
  Verified,
} from "./card_types.ts";
import { CardError, shown } from "./errors.ts";
import { checkFeatures, FEATURES } from "./features.ts";
import { Fields } from "./fields.ts";
import { parseImageInput, parseLatentInput, parseTextInput } from "./inputs.ts";
import { MAX_CARD_BYTES, MAX_MODELS } from "./limits.ts";
import { parseImageOutput, parseLabelOutput } from "./outputs.ts";
import { type Json, loadJson } from "./plain_json.ts";
import { tokenizerFile } from "./tokenizers/specs.ts";
import { parseVerifiedImages, parseVerifiedLabels } from "./verified.ts";

export type * from "./card_types.ts";

export const FORMAT_VERSION = 1;

interface Parsers {
  readonly input: (fields: Fields) => Input;
  readonly output: (fields: Fields) => Output;
  readonly verified: (fields: Fields) => Verified;
}

const TASKS: Readonly<Record<Task, Parsers>> = {
  "image-classification": {
    input: parseImageInput,
    output: parseLabelOutput,
    verified: parseVerifiedLabels,
  },
  "text-classification": {
    input: parseTextInput,
    output: parseLabelOutput,
    verified: parseVerifiedLabels,
  },
  "image-generation": {
    input: parseLatentInput,
    output: parseImageOutput,
    verified: parseVerifiedImages,
  },
  "style-transfer": {
    input: parseImageInput,
    output: parseImageOutput,
    verified: parseVerifiedImages,
  },
};

/** The lowest and the highest level of an 8-bit dtype. */
export type LevelRange = readonly [low: number, high: number];

export const UINT8: LevelRange = [0, 255];
export const INT8: LevelRange = [-128, 127];
/** The lowest and the highest zero point of each dtype. It is 0 for a dtype without levels. */
const LEVELS: Readonly<Record<Dtype, LevelRange>> = {
  uint8: UINT8,
  int8: INT8,
  float32: [0, 0],
  int32: [0, 0],
  int64: [0, 0],
};

const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;
const VERSION = /^[0-9]{1,9}\.[0-9]{1,9}\.[0-9]{1,9}$/;
const SCHEME = /^[a-z0-9_]{1,40}$/;
const ENGINE = /^[a-z0-9_]{1,40}$/;
const ENGINE_VERSION = /^[0-9]{1,9}(\.[0-9]{1,9}){0,3}$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;
/** The smallest normal number of float32. A division by a smaller one overflows. */
const LEAST_SCALE = 1.2e-38;
/** The largest number of sides of a tensor. */
const MAX_RANK = 8;
const MOST_BYTES = 2 ** 40;
/** The largest number of inputs of a model: the ids, the mask and the segments of a text. */
const MAX_INPUTS = 3;

/**
 * Return the card of a bundle, read from JSON in UTF-8.
 *
 * Throws CardError for a field that is missing, of another type or out of range, for an unknown
 * format version or required feature, for a card without models, and for JSON that is not plain.
 */
export function parseCard(content: Uint8Array): Card {
  const fields = new Fields(loadJson(content, MAX_CARD_BYTES), "card");
  const required = checkVersion(fields);
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
  checkFeatures(card, required);
  for (const name of neededFiles(card)) {
    if (!card.files.has(name)) {
      throw new CardError(`Expected ${shown(name, 110)} among the card's files, it is not listed.`);
    }
  }
  return card;
}

/** Return the required features; throws CardError for another version or an unknown feature. */
function checkVersion(fields: Fields): readonly string[] {
  const version = fields.integer("satchel", Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  if (version !== FORMAT_VERSION) {
    throw new CardError(
      `Expected bundle format ${FORMAT_VERSION}, got ${version}: update this application.`,
    );
  }
  const required = fields.texts("requires", []);
  const unknown = required.find((feature) => !FEATURES.some((known) => known === feature));
  if (unknown !== undefined) {
    throw new CardError(
      `Expected a bundle without the feature ${shown(unknown)}: update this application.`,
    );
  }
  return required;
}

function neededFiles(card: Card): string[] {
  return [
    ...card.models.map((model) => model.file),
    ...(card.input.kind === "text" ? [tokenizerFile(card.input.tokenizer)] : []),
    ...(card.golden === null ? [] : [card.golden]),
  ];
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
  const dtype = fields.choice("dtype", ["float32", "uint8", "int8", "int32", "int64"]);
  const [low, high] = LEVELS[dtype];
  return {
    dtype,
    scale: fields.number("scale", LEAST_SCALE, 3e38, 1),
    zeroPoint: fields.integer("zero_point", low, high, 0),
    shape: tensorShape(fields),
    rows: fields.wholeNumbers("rows", [0, MAX_INPUTS - 1], []),
  };
}

function tensorShape(fields: Fields): readonly number[] {
  const shape = fields.wholeNumbers("shape", [1, 2 ** 31 - 1], []);
  if (shape.length > MAX_RANK || (shape.length > 0 && shape[0] !== 1)) {
    throw fields.wrong("shape", `at most ${MAX_RANK} sides, a batch of 1 in front`, shape);
  }
  return shape;
}

function checkedDigest([name, value]: [string, Json]): [string, string] {
  if (typeof value !== "string" || !DIGEST.test(value)) {
    throw new CardError(
      `Expected sha256: and 64 hexadecimal digits for ${shown(name, 110)}, got ${shown(value, 90)}.`,
    );
  }
  return [name, value];
}
