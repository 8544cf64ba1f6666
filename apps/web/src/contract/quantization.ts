/**
 * Real numbers to 8-bit integers and back: `real = (level - zeroPoint) * scale`.
 *
 * JavaScript counts in doubles. A float32 operation is the same one in doubles, rounded to float32
 * once: a double holds the product of two float32 numbers exactly, and enough of their sum and
 * quotient that the second rounding cannot tell.
 */

import { INT8, type LevelRange, type TensorSpec, UINT8 } from "./card.ts";

const { fround } = Math;

/** Return `value / scale + zeroPoint` rounded, ties away from zero, and clipped. */
export function quantize(
  value: number,
  scale: number,
  zeroPoint: number,
  [low, high]: LevelRange,
): number {
  const steps = fround(value / fround(scale));
  const rounded = Math.trunc(steps + (steps < 0 ? -0.5 : 0.5)) + zeroPoint;
  return Math.min(Math.max(rounded, low), high);
}

/** Return `levels`, filled with those of `reals` at the tensor's scale and zero point. */
export function quantizeInto<Levels extends Uint8Array | Int8Array>(
  levels: Levels,
  reals: Float32Array,
  { scale, zeroPoint }: TensorSpec,
): Levels {
  const range = levels instanceof Uint8Array ? UINT8 : INT8;
  for (let at = 0; at < reals.length; at++) {
    levels[at] = quantize(reals[at]!, scale, zeroPoint, range);
  }
  return levels;
}

/** Return the real numbers of 8-bit levels, float32. */
export function dequantized(
  data: Uint8Array | Int8Array,
  { scale, zeroPoint }: TensorSpec,
): Float32Array {
  const factor = fround(scale);
  return Float32Array.from(data, (level) => (level - zeroPoint) * factor);
}
