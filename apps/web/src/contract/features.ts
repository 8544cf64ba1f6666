/** The features of a card that came after the first bundles. docs/bundle.md, section 3. */

import type { Card, Feature, Input, Output, TensorSpec } from "./card_types.ts";
import { CardError, shown } from "./errors.ts";
import { hasOneNumber } from "./outputs.ts";

export const FEATURES: readonly Feature[] = [
  "channel-order",
  "grey",
  "letterbox",
  "multi-label",
  "repeated-labels",
  "single-logit",
  "tensor-shape",
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
    letterbox: input.kind === "image" && input.fit === "letterbox",
    "multi-label": output.kind === "labels" && output.multiLabel,
    "repeated-labels":
      output.kind === "labels" && new Set(output.labels).size < output.labels.length,
    "single-logit": output.kind === "labels" && output.activation === "logit",
    "tensor-shape": models.some((model) => hasShape(model.input) || hasShape(model.output)),
  };
  return FEATURES.filter((feature) => used[feature]);
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

function count(shape: readonly number[]): number {
  return shape.reduce((product, side) => product * side, 1);
}
