/** Turns scores into labels. */

import type { LabelOutput } from "./card_types.ts";

/** One label and its probability. */
export interface Prediction {
  readonly label: string;
  /** The probability, 0 to 1. */
  readonly score: number;
  /** A name that only this label has; null if the labels of the model are different. */
  readonly id: string | null;
  /** Whether the score reaches the label's threshold; null if only one label can be right. */
  readonly chosen: boolean | null;
}

/** The threshold of a label, unless its card states another one. */
const THRESHOLD = 0.5;

/** Return the probability of one logit by itself. */
export function sigmoid(logit: number): number {
  // Only a power below 1 is computed, so that nothing overflows.
  const power = Math.exp(-Math.abs(logit));
  return (logit >= 0 ? 1 : power) / (1 + power);
}

/** Return the probabilities of `logits`, float32 of the same length. */
export function softmax(logits: Float32Array): Float32Array {
  // The largest power is exp(0), so that nothing overflows.
  const largest = logits.reduce((most, logit) => Math.max(most, logit), -Infinity);
  const powers = logits.map((logit) => Math.exp(Math.fround(logit - largest)));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

/** Return the `k` best labels of a model as `topK`, with their ids and whether they are chosen. */
export function bestLabels(scores: Float32Array, output: LabelOutput, k?: number): Prediction[] {
  const positions = Array.from(output.labels.keys());
  return topK(scores, positions, k).map(({ label: at, score }) => ({
    label: output.labels[at]!,
    score,
    id: output.ids[at] ?? null,
    chosen: output.multiLabel ? score >= (output.thresholds[at] ?? THRESHOLD) : null,
  }));
}

/**
 * Return the `k` best labels, best first; all labels by default. Equal scores keep the labels'
 * order.
 */
export function topK<Label>(
  scores: Float32Array,
  labels: readonly Label[],
  k: number = labels.length,
): { readonly label: Label; readonly score: number }[] {
  const order = Array.from(scores.keys()).sort((one, other) => scores[other]! - scores[one]!);
  return order.slice(0, k).map((at) => ({ label: labels[at]!, score: scores[at]! }));
}
