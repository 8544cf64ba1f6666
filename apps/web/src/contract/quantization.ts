/**
 * Real numbers to 8-bit integers and back: `real = (level - zeroPoint) * scale`.
 *
 * JavaScript computes in doubles. Each result is rounded to float32 once, and equals the result of
 * the float32 operation: a double holds the product of two float32 numbers exactly, and enough
 * digits of their sum and quotient that the second rounding changes nothing.
 */

import { INT8, type LevelRange, type TensorSpec, UINT8 } from "./card.ts";

const { fround } = Math;

/** Return `value / scale + zeroPoint` rounded and clipped. Ties are rounded away from zero. */
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

/** Fill `levels` with the levels of `reals` at the tensor's scale and zero point, and return it. */
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
