/** The features of a card that came after the first bundles. docs/bundle.md, section 3. */

import type {
  Card,
  Feature,
  Input,
  ModelEntry,
  Output,
  TensorSpec,
  TokenizerSpec,
} from "./card_types.ts";
import { CardError, shown } from "./errors.ts";
import { hasOneNumber } from "./outputs.ts";

export const FEATURES: readonly Feature[] = [
  "channel-order",
  "grey",
  "int64",
  "letterbox",
  "multi-label",
  "repeated-labels",
  "several-inputs",
  "single-logit",
  "tensor-shape",
  "tokenizer-keras",
  "tokenizer-sentencepiece",
  "tokenizer-vectorization",
  "tokenizer-wordpiece",
];

/** Throw CardError for a feature that the card uses and does not require, or a wrong shape. */
export function checkFeatures(card: Card, required: readonly string[]): void {
  const missing = featuresOf(card).find((feature) => !required.includes(feature));
  if (missing !== undefined) {
    throw new CardError(
      `Expected the feature ${shown(missing)} that the card uses in card.requires, it is missing.`,
    );
  }
  for (const model of card.models) {
    checkShape(model.input, inputShape(card.input), model.file);
    checkShape(model.output, outputShape(card.output), model.file);
    checkRows(model, card.input);
  }
}

/** Return the shape of the input tensor, with the batch of 1. */
export function inputShape(input: Input): readonly number[] {
  return input.kind === "image"
    ? [1, input.height, input.width, input.channels]
    : [1, input.length];
}

/** Return the shape of the output tensor, with the batch of 1. */
export function outputShape(output: Output): readonly number[] {
  if (output.kind === "image") {
    return [1, output.height, output.width, output.channels];
  }
  return [1, hasOneNumber(output) ? 1 : output.labels.length];
}

function featuresOf({ input, output, models }: Card): Feature[] {
  const used: Readonly<Record<Feature, boolean>> = {
    "channel-order": input.kind === "image" && input.channelOrder !== "rgb",
    grey: input.kind === "image" && input.channels === 1,
    int64: models.some((each) => [each.input.dtype, each.output.dtype].includes("int64")),
    letterbox: input.kind === "image" && input.fit === "letterbox",
    "multi-label": output.kind === "labels" && output.multiLabel,
    "repeated-labels":
      output.kind === "labels" && new Set(output.labels).size < output.labels.length,
    "several-inputs": severalTensors(input) > 0,
    "single-logit": output.kind === "labels" && output.activation === "logit",
    "tensor-shape": models.some((model) => hasShape(model.input) || hasShape(model.output)),
    "tokenizer-keras": hasTokenizer(input, "keras_tokenizer"),
    "tokenizer-sentencepiece": hasTokenizer(input, "sentencepiece"),
    "tokenizer-vectorization": hasTokenizer(input, "vectorization"),
    "tokenizer-wordpiece": hasTokenizer(input, "wordpiece"),
  };
  return FEATURES.filter((feature) => used[feature]);
}

function hasTokenizer(input: Input, kind: TokenizerSpec["kind"]): boolean {
  return input.kind === "text" && input.tokenizer.kind === kind;
}

/** Return the number of tensors of a text that has several; 0 for every other input. */
function severalTensors(input: Input): number {
  return input.kind === "text" && input.tensors.length > 1 ? input.tensors.length : 0;
}

function hasShape({ shape }: TensorSpec): boolean {
  return shape.length > 0;
}

function checkShape(tensor: TensorSpec, expected: readonly number[], file: string): void {
  if (hasShape(tensor) && count(tensor.shape) !== count(expected)) {
    throw new CardError(
      `Expected a shape of ${count(expected)} numbers in ${shown(file, 110)},` +
        ` got ${shown(tensor.shape.join(", "))}.`,
    );
  }
}

/** Throw CardError unless each row of a text of several tensors belongs to one input. */
function checkRows({ input, output, file }: ModelEntry, card: Input): void {
  const several = severalTensors(card);
  const all = Array.from({ length: several }, (_, row) => row);
  if ([...input.rows].sort().join() !== all.join() || output.rows.length > 0) {
    throw new CardError(
      `Expected each of ${several} rows once for the inputs of ${shown(file, 110)},` +
        ` got ${shown(input.rows.join(", "))}.`,
    );
  }
  if (several > 0 && hasShape(input)) {
    throw new CardError(`Expected no shape for the ${several} inputs of ${shown(file, 110)}.`);
  }
}

function count(shape: readonly number[]): number {
  return shape.reduce((product, side) => product * side, 1);
}
