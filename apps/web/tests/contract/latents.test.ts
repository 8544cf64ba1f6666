import { describe, expect, test } from "vitest";
import { EngineError, InputError } from "../../src/contract/errors.ts";
import { drawLatent, latentTensor, splitmix64 } from "../../src/contract/latent.ts";
import { array, load, numbersOf, tensorSpec } from "./conformance.ts";

const VECTORS = load("latents");

describe("the conformance vectors of latents", () => {
  test.each(VECTORS.cases)("seed $seed: the same bits", ({ seed, z, bits, latent }) => {
    const found = drawLatent(seed, z.length);
    const words = Array.from(new Uint32Array(found.buffer));
    expect(splitmix64(seed, z.length).map(String)).toEqual(z);
    expect(words.map((word) => word.toString(16).padStart(8, "0"))).toEqual(bits);
    expect(Array.from(found)).toEqual(latent);
  });

  test.each(VECTORS.longer)("seed $seed, length $length: the same bits", (vector) => {
    expect(drawLatent(vector.seed, vector.length)).toEqual(array(vector.latent).data);
  });

  test.each(VECTORS.tensors)("seed $seed at scale $tensor.scale: the same levels", (vector) => {
    const latent = drawLatent(vector.seed, vector.length);
    const found = latentTensor(latent, tensorSpec(vector.tensor));
    expect([found.dtype, found.shape]).toEqual(["uint8", [1, vector.length]]);
    expect(numbersOf(found)).toEqual(vector.values);
  });

  test.each(VECTORS.refused)("$seed is no seed", ({ seed, error }) => {
    expect(error).toBe("InputError");
    // A caller in plain JavaScript has no types.
    expect(() => drawLatent(seed as number, 1)).toThrow(InputError);
  });
});

test("a latent for int8 or int32 is refused", () => {
  for (const dtype of ["int8", "int32"] as const) {
    const spec = { dtype, scale: 1, zeroPoint: 0, shape: [], rows: [] };
    expect(() => latentTensor(drawLatent(7, 2), spec)).toThrow(EngineError);
  }
});
