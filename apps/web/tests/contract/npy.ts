/** Reads NumPy's files: https://numpy.org/doc/stable/reference/generated/numpy.lib.format */

import { readFileSync } from "node:fs";

const TYPES = {
  "|u1": Uint8Array,
  "|i1": Int8Array,
  "<i4": Int32Array,
  "<f4": Float32Array,
} as const;

export interface NpyArray {
  readonly shape: readonly number[];
  readonly data: Uint8Array | Int8Array | Int32Array | Float32Array;
}

/** Return the array in a .npy file of version 1.0, C order and a dtype of the contract. */
export function readNpy(path: URL): NpyArray {
  const file = readFileSync(path);
  const headerBytes = file.readUInt16LE(8);
  const header = file.subarray(10, 10 + headerBytes).toString("latin1");
  const found =
    /^\{'descr': '(?<type>[^']+)', 'fortran_order': False, 'shape': \((?<shape>[^)]*)\)/.exec(
      header,
    )?.groups;
  const type = TYPES[found?.["type"] as keyof typeof TYPES];
  if (!found || !type || file.subarray(0, 8).toString("latin1") !== "\x93NUMPY\x01\x00") {
    throw new Error(`Expected a plain .npy file of version 1.0, got ${header}`);
  }
  const shape = found["shape"]!.split(",").filter((side) => side.trim() !== "");
  // Copied, so that the data begins at a multiple of the size of any item.
  const content = new Uint8Array(file.subarray(10 + headerBytes));
  return { shape: shape.map(Number), data: new type(content.buffer) };
}
