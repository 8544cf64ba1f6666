/** Reads uint8 arrays from NumPy's files. */

export function readNpy(content: Uint8Array): { shape: number[]; values: Uint8Array } {
  const length = new DataView(content.buffer, content.byteOffset).getUint16(8, true);
  const header = new TextDecoder().decode(content.subarray(10, 10 + length));
  const shape = /'shape': \(([^)]*)\)/
    .exec(header)![1]!
    .split(",")
    .filter((side) => side.trim());
  if (!header.includes("'|u1'")) {
    throw new Error(`Expected uint8, got ${header}`);
  }
  return { shape: shape.map(Number), values: content.subarray(10 + length) };
}
