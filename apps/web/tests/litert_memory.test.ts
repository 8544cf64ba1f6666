import { describe, expect, test } from "vitest";
import { type Memory, read, write } from "../src/engines/litert_memory.ts";

const [READ, WRITE] = [{ value: 0 }, { value: 1 }] as const;

/** Return a library's memory with a tensor of some bytes, which stands at an offset. */
function library(sizeBytes: number, at = 16) {
  const memory = {
    HEAPU8: new Uint8Array(64),
    LiteRtTensorBufferLockMode: { READ, WRITE },
  };
  const locks: string[] = [];
  const buffer = {
    lock: (mode: { value: number }) => {
      locks.push(mode === READ ? "read" : "write");
      return at;
    },
    unlock: () => {
      locks.push("unlock");
    },
    packedSize: () => sizeBytes,
    size: () => sizeBytes,
    offset: () => 0,
  };
  return { memory: memory as typeof memory & Memory, buffer, locks };
}

describe("the memory of LiteRT.js", () => {
  test("takes the numbers of an input, also of a part of an array", () => {
    const { memory, buffer, locks } = library(8);
    write(buffer, new Float32Array([9, 1.5, -2]).subarray(1), memory);
    expect(new Float32Array(memory.HEAPU8.buffer, 16, 2)).toEqual(new Float32Array([1.5, -2]));
    expect(memory.HEAPU8.subarray(24)).toEqual(new Uint8Array(40));
    expect(locks).toEqual(["write", "unlock"]);
  });

  test("gives a copy, which the next run does not change", () => {
    const { memory, buffer, locks } = library(3, 1);
    memory.HEAPU8.set([7, 8, 9], 1);
    const found = read(buffer, "uint8", memory);
    memory.HEAPU8.fill(0);
    expect(found).toEqual(new Uint8Array([7, 8, 9]));
    expect(locks).toEqual(["read", "unlock"]);
  });

  test("is found again after it has grown", () => {
    const { memory, buffer } = library(4, 0);
    memory.HEAPU8 = new Uint8Array(128);
    write(buffer, new Int32Array([-5]), memory);
    expect(read(buffer, "int32", memory)).toEqual(new Int32Array([-5]));
  });

  test("gives no output with gaps", () => {
    const { memory, buffer, locks } = library(3);
    expect(() => read({ ...buffer, size: () => 4 }, "uint8", memory)).toThrow(
      "Expected an output of 3 bytes without gaps, got 4.",
    );
    expect(locks).toEqual([]);
  });

  test("takes no input of another size, and is unlocked after each error", () => {
    const { memory, buffer, locks } = library(8);
    expect(() => write(buffer, new Float32Array(3), memory)).toThrow(
      "Expected an input of 8 bytes, got 12.",
    );
    expect(locks).toEqual([]);
    memory.HEAPU8 = new Uint8Array(0);
    expect(() => write(buffer, new Float32Array(2), memory)).toThrow(RangeError);
    expect(locks).toEqual(["write", "unlock"]);
  });
});
