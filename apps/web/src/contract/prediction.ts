/** Turns scores into labels. */

/** One label and its probability. */
export interface Prediction {
  readonly label: string;
  /** The probability, 0 to 1. */
  readonly score: number;
}

/** Return the probabilities of `logits`, float32 of the same length. */
export function softmax(logits: Float32Array): Float32Array {
  // The largest power is exp(0), so that nothing overflows.
  const largest = logits.reduce((most, logit) => Math.max(most, logit), -Infinity);
  const powers = logits.map((logit) => Math.exp(Math.fround(logit - largest)));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

/**
 * Return the `k` best labels, best first; all labels by default. Equal scores keep the labels'
 * order.
 */
export function topK(
  scores: Float32Array,
  labels: readonly string[],
  k: number = labels.length,
): Prediction[] {
  const order = Array.from(scores.keys()).sort((one, other) => scores[other]! - scores[one]!);
  return order.slice(0, k).map((at) => ({ label: labels[at]!, score: scores[at]! }));
}
