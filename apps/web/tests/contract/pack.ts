/** Writes bundles for tests, field by field as in the table of docs/bundle.md, section 1. */

import { crc32 } from "node:zlib";
import type { Bytes } from "../../src/contract/archive.ts";

/** Return the archive of `entries`, with any names in any order. */
export function pack(entries: Iterable<readonly [string, Uint8Array]>): Bytes {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, data] of entries) {
    const common = [
      ...[u16(10), u16(0), u16(0), u16(0), u16(0x21)],
      ...[u32(crc32(data)), u32(data.length), u32(data.length), u16(name.length)],
    ];
    const zeros = -(offset + 30 + name.length + 6) & 63;
    const padding = Buffer.concat([u16(0xd935), u16(2 + zeros), u16(64), Buffer.alloc(zeros)]);
    const encoded = Buffer.from(name, "latin1");
    const local = [Buffer.from("PK\x03\x04"), ...common, u16(padding.length), encoded, padding];
    parts.push(...local, Buffer.from(data));
    const rest = [u16(0), u16(0), u16(0), u16(0), u32(0), u32(offset)];
    directory.push(Buffer.from("PK\x01\x02"), u16(10), ...common, ...rest, encoded);
    offset = Buffer.concat(parts).length;
  }
  const central = Buffer.concat(directory);
  const count = u16(central.length === 0 ? 0 : Array.from(entries).length);
  const end = [u16(0), u16(0), count, count, u32(central.length), u32(offset), u16(0)];
  return new Uint8Array(Buffer.concat([...parts, central, Buffer.from("PK\x05\x06"), ...end]));
}

function u16(value: number): Buffer {
  const field = Buffer.alloc(2);
  field.writeUInt16LE(value);
  return field;
}

function u32(value: number): Buffer {
  const field = Buffer.alloc(4);
  field.writeUInt32LE(value);
  return field;
}
