/**
 * Reads the entries of a bundle's archive.
 *
 * The archive is a ZIP file in exactly one canonical encoding. The reader builds each header again
 * and compares it with the bytes in the file, so that any byte that differs is an error.
 * docs/bundle.md, section 1.
 */

import { BundleError, shown } from "./errors.ts";
import { MAX_ARCHIVE_BYTES, MAX_ENTRIES, MAX_NAME_LENGTH } from "./limits.ts";

/** Bytes that no other thread changes. Web Crypto requires them. */
export type Bytes = Uint8Array<ArrayBuffer>;

export const CARD_NAME = "card.json";
/** The only entry that no card lists, because it is computed from the card. */
export const SIGNATURE_NAME = "card.sig";

const NAME = /^[a-z0-9][a-z0-9._-]*(\/[a-z0-9][a-z0-9._-]*)*$/;
const ALIGNMENT = 64;
const LOCAL_BYTES = 30;
const CENTRAL_BYTES = 46;
const END_BYTES = 22;
const LOCAL_SIGNATURE = 0x04034b50;
const CENTRAL_SIGNATURE = 0x02014b50;
const END_SIGNATURE = 0x06054b50;
const VERSION_NEEDED = 10;
const DATE_1980_01_01 = 0x21;
const PADDING_FIELD = 0xd935;
/** The bytes of the field's identifier, its length and the alignment. */
const PADDING_HEADER_BYTES = 6;

interface Entry {
  readonly name: string;
  readonly data: Bytes;
  readonly central: Bytes;
  /** The offset at which the next header begins. */
  readonly end: number;
}

/**
 * Return the entries of an archive by name. They share its memory.
 *
 * Throws BundleError unless the archive is, byte for byte, the one that the packer writes.
 */
export function unpack(archive: Bytes): Map<string, Bytes> {
  if (archive.length > MAX_ARCHIVE_BYTES) {
    throw new BundleError(
      `Expected a bundle of at most ${MAX_ARCHIVE_BYTES} bytes, got ${archive.length}.`,
    );
  }
  if (!beginsLocal(archive, 0)) {
    const begin = shown(String.fromCharCode(...archive.subarray(0, 8)));
    throw new BundleError(`Expected a .satchel bundle, got a file that begins with ${begin}.`);
  }
  const entries = new Map<string, Bytes>();
  const directory: Bytes[] = [];
  let offset = 0;
  let last: string | null = null;
  while (beginsLocal(archive, offset)) {
    const entry = readEntry(archive, offset);
    if (entries.size === MAX_ENTRIES) {
      throw new BundleError(`Expected at most ${MAX_ENTRIES} entries in a bundle, got more.`);
    }
    if (last !== null && !follows(entry.name, last)) {
      throw new BundleError(
        `Expected each name once and in order, got ${shown(entry.name)} out of place.`,
      );
    }
    entries.set(entry.name, entry.data);
    directory.push(entry.central);
    offset = entry.end;
    last = entry.name;
  }
  if (!sameBytes(archive.subarray(offset), concatenated([...directory, end(directory, offset)]))) {
    throw changed(offset);
  }
  return entries;
}

/** Return whether two byte strings are equal. */
export function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}

/** Return the byte strings joined in their order. */
export function concatenated(parts: readonly Uint8Array[]): Bytes {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function readEntry(archive: Bytes, offset: number): Entry {
  if (offset + LOCAL_BYTES > archive.length) {
    throw changed(offset);
  }
  const fixed = view(archive.subarray(offset, offset + LOCAL_BYTES));
  const size = fixed.getUint32(22, true);
  const nameLength = fixed.getUint16(26, true);
  const padding = fixed.getUint16(28, true);
  const nameAt = offset + LOCAL_BYTES;
  const name = checkedName(archive.subarray(nameAt, nameAt + nameLength));
  const begin = nameAt + nameLength + padding;
  const data = archive.subarray(begin, begin + size);
  const { local, central } = headers(name, data, offset);
  if (!sameBytes(archive.subarray(offset, offset + local.length), local)) {
    throw changed(offset);
  }
  return { name, data, central, end: offset + local.length + data.length };
}

/** Return the local and the central header of an entry that begins at `offset`. */
function headers(name: string, data: Bytes, offset: number): { local: Bytes; central: Bytes } {
  const encoded = Uint8Array.from(name, (character) => character.charCodeAt(0));
  const unpadded = offset + LOCAL_BYTES + encoded.length + PADDING_HEADER_BYTES;
  const zeros = (ALIGNMENT - (unpadded % ALIGNMENT)) % ALIGNMENT;
  const padding = PADDING_HEADER_BYTES + zeros;
  const checksum = crc32(data);

  const local = new Uint8Array(LOCAL_BYTES + encoded.length + padding);
  const field = view(local);
  field.setUint32(0, LOCAL_SIGNATURE, true);
  writeCommon(field, 4, checksum, data.length, encoded.length);
  field.setUint16(28, padding, true);
  local.set(encoded, LOCAL_BYTES);
  field.setUint16(LOCAL_BYTES + encoded.length, PADDING_FIELD, true);
  field.setUint16(LOCAL_BYTES + encoded.length + 2, 2 + zeros, true);
  field.setUint16(LOCAL_BYTES + encoded.length + 4, ALIGNMENT, true);

  const central = new Uint8Array(CENTRAL_BYTES + encoded.length);
  const entry = view(central);
  entry.setUint32(0, CENTRAL_SIGNATURE, true);
  entry.setUint16(4, VERSION_NEEDED, true);
  writeCommon(entry, 6, checksum, data.length, encoded.length);
  entry.setUint32(42, offset, true);
  central.set(encoded, CENTRAL_BYTES);
  return { local, central };
}

/**
 * Write the fields that both headers have in the same order, from the version to the name's length.
 */
function writeCommon(
  field: DataView,
  at: number,
  checksum: number,
  size: number,
  nameLength: number,
): void {
  field.setUint16(at, VERSION_NEEDED, true);
  field.setUint16(at + 8, DATE_1980_01_01, true);
  field.setUint32(at + 10, checksum, true);
  field.setUint32(at + 14, size, true);
  field.setUint32(at + 18, size, true);
  field.setUint16(at + 22, nameLength, true);
}

function end(directory: readonly Bytes[], offset: number): Bytes {
  const record = new Uint8Array(END_BYTES);
  const field = view(record);
  field.setUint32(0, END_SIGNATURE, true);
  field.setUint16(8, directory.length, true);
  field.setUint16(10, directory.length, true);
  field.setUint32(
    12,
    directory.reduce((length, each) => length + each.length, 0),
    true,
  );
  field.setUint32(16, offset, true);
  return record;
}

function checkedName(encoded: Bytes): string {
  // Each byte becomes one character, so that a byte beyond ASCII does not match.
  const name = Array.from(encoded, (byte) => String.fromCharCode(byte)).join("");
  if (name.length > MAX_NAME_LENGTH || !NAME.test(name)) {
    throw new BundleError(
      `Expected a name of a-z 0-9 . _ - in folders by /, got ${shown(name, 100)}.`,
    );
  }
  return name;
}

function follows(name: string, last: string): boolean {
  return name !== CARD_NAME && (last === CARD_NAME || name > last);
}

function beginsLocal(archive: Bytes, offset: number): boolean {
  return (
    offset + 4 <= archive.length &&
    view(archive.subarray(offset, offset + 4)).getUint32(0, true) === LOCAL_SIGNATURE
  );
}

function view(bytes: Bytes): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function changed(offset: number): BundleError {
  return new BundleError(
    `Expected a bundle as it was packed, got other bytes behind byte ${offset}:` +
      " it was changed, cut short or zipped again; fetch or convert it anew.",
  );
}

/** The remainder of each byte, in four tables: with no, one, two and three zero bytes behind it. */
const CRC_TABLES = crcTables();

/**
 * Return the CRC-32 of `data` as ZIP defines it. Models are large, so it reads four bytes at a
 * time.
 */
export function crc32(data: Uint8Array): number {
  let remainder = -1;
  let at = 0;
  for (; at + 4 <= data.length; at += 4) {
    const word = data[at]! | (data[at + 1]! << 8) | (data[at + 2]! << 16) | (data[at + 3]! << 24);
    remainder ^= word;
    remainder =
      CRC_TABLES[0x300 | (remainder & 0xff)]! ^
      CRC_TABLES[0x200 | ((remainder >>> 8) & 0xff)]! ^
      CRC_TABLES[0x100 | ((remainder >>> 16) & 0xff)]! ^
      CRC_TABLES[remainder >>> 24]!;
  }
  for (; at < data.length; at++) {
    remainder = CRC_TABLES[(remainder ^ data[at]!) & 0xff]! ^ (remainder >>> 8);
  }
  return ~remainder >>> 0;
}

function crcTables(): Int32Array {
  const tables = new Int32Array(4 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let remainder = byte;
    for (let bit = 0; bit < 8; bit++) {
      remainder = (remainder >>> 1) ^ (remainder & 1 ? 0xedb88320 : 0);
    }
    tables[byte] = remainder;
  }
  for (let at = 256; at < tables.length; at++) {
    const before = tables[at - 256]!;
    tables[at] = tables[before & 0xff]! ^ (before >>> 8);
  }
  return tables;
}
