/** Copies numbers into the memory of LiteRT.js and out of it, each once. */

import type { Tensor as LiteRtTensor, TypedArray } from "@litertjs/core";

/** LiteRT.js accepts no memory that threads share. There is no such memory here. */
export type Numbers = Float32Array<ArrayBuffer> | Uint8Array<ArrayBuffer> | Int32Array<ArrayBuffer>;

type Buffer = Pick<
  LiteRtTensor["liteRtTensorBuffer"],
  "lock" | "unlock" | "size" | "packedSize" | "offset"
>;

/** The part of the library's module that holds the numbers. */
export interface Memory {
  /** All bytes. The library replaces this array when its memory grows, so it is never kept. */
  readonly HEAPU8: Uint8Array;
  readonly LiteRtTensorBufferLockMode: {
    readonly READ: Parameters<Buffer["lock"]>[0];
    readonly WRITE: Parameters<Buffer["lock"]>[0];
  };
}

const CONSTRUCTORS = { float32: Float32Array, uint8: Uint8Array, int32: Int32Array };

/** Write numbers into a tensor; throws RangeError unless they have as many bytes as it has. */
export function write(buffer: Buffer, numbers: Numbers, memory: Memory): void {
  const size = buffer.packedSize();
  if (numbers.byteLength !== size) {
    throw new RangeError(`Expected an input of ${size} bytes, got ${numbers.byteLength}.`);
  }
  const at = buffer.lock(memory.LiteRtTensorBufferLockMode.WRITE);
  try {
    memory.HEAPU8.set(new Uint8Array(numbers.buffer, numbers.byteOffset, size), at);
  } finally {
    buffer.unlock();
  }
}

/** Return a copy of a tensor's numbers; throws RangeError if they do not stand side by side. */
export function read(buffer: Buffer, dtype: keyof typeof CONSTRUCTORS, memory: Memory): TypedArray {
  const size = buffer.packedSize();
  if (buffer.size() !== size || buffer.offset() !== 0) {
    throw new RangeError(`Expected an output of ${size} bytes without gaps, got ${buffer.size()}.`);
  }
  const at = buffer.lock(memory.LiteRtTensorBufferLockMode.READ);
  try {
    return new CONSTRUCTORS[dtype](memory.HEAPU8.slice(at, at + size).buffer);
  } finally {
    buffer.unlock();
  }
}
