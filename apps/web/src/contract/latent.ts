/** Turns a seed into the numbers that a generator starts from. docs/bundle.md, section 6. */

import type { TensorSpec } from "./card.ts";
import { EngineError, InputError, shown } from "./errors.ts";
import { quantizeInto } from "./quantization.ts";
import type { Tensor } from "./tensor.ts";

/** The largest seed. JavaScript cannot tell larger whole numbers from their neighbours. */
export const MAX_SEED = Number.MAX_SAFE_INTEGER;

const GAMMA = 0x9e3779b97f4a7c15n;
const FIRST_MIX = 0xbf58476d1ce4e5b9n;
const SECOND_MIX = 0x94d049bb133111ebn;
/** The lower bits that are dropped. The upper 24 of 64 are as many as float32 holds exactly. */
const DROPPED_BITS = 40n;

/**
 * Return the latent of `seed`, float32 (length), uniform in [-1, 1).
 *
 * Throws InputError unless the seed is a whole number from 0 to MAX_SEED.
 */
export function drawLatent(seed: number, length: number): Float32Array {
  if (!isSeed(seed)) {
    throw new InputError(
      `Expected a seed, a whole number from 0 to ${MAX_SEED}, got ${shown(seed)}.`,
    );
  }
  // Both operations are exact, so every language gets the same numbers.
  return Float32Array.from(
    splitmix64(seed, length),
    (z) => Number(z >> DROPPED_BITS) / 2 ** 23 - 1,
  );
}

export function isSeed(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** Return the first `count` outputs of SplitMix64 from `seed`, whole numbers of 64 bits. */
export function splitmix64(seed: number, count: number): bigint[] {
  const numbers: bigint[] = [];
  let state = BigInt(seed);
  for (let at = 0; at < count; at++) {
    state = wrapped(state + GAMMA);
    const mixed = wrapped((state ^ (state >> 30n)) * FIRST_MIX);
    const again = wrapped((mixed ^ (mixed >> 27n)) * SECOND_MIX);
    numbers.push(again ^ (again >> 31n));
  }
  return numbers;
}

function wrapped(value: bigint): bigint {
  return BigInt.asUintN(64, value);
}

/**
 * Return the model's input tensor (1, length) for a latent.
 *
 * Throws EngineError for another dtype than float32 and uint8.
 */
export function latentTensor(latent: Float32Array, tensor: TensorSpec): Tensor {
  const shape = [1, latent.length];
  if (tensor.dtype === "float32") {
    return { dtype: "float32", shape, data: latent };
  }
  if (tensor.dtype === "uint8") {
    return {
      dtype: "uint8",
      shape,
      data: quantizeInto(new Uint8Array(latent.length), latent, tensor),
    };
  }
  throw new EngineError(`Expected a generator with float32 or uint8 input, got ${tensor.dtype}.`);
}
