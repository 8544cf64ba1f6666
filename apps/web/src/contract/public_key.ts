/** Reads public Ed25519 keys in OpenSSH's format. */

import { type Bytes, concatenated, sameBytes } from "./archive.ts";
import { InputError, shown } from "./errors.ts";
import { toHex, webCrypto } from "./hashing.ts";

export const ALGORITHM = "ssh-ed25519";
export const KEY_BYTES = 32;

/** Return `content` with its length in front, as RFC 4251 defines it. */
export function sshString(content: Uint8Array | string): Bytes {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, bytes.length);
  return concatenated([length, bytes]);
}

/** Return a key of 32 bytes in OpenSSH's binary format, RFC 8709. */
export function sshEncoding(point: Uint8Array): Bytes {
  return concatenated([sshString(ALGORITHM), sshString(point)]);
}

/** Return the fingerprint that `ssh-keygen -l` prints: `SHA256:` and 43 characters. */
export async function fingerprint(point: Uint8Array): Promise<string> {
  const hash = await webCrypto().digest("SHA-256", sshEncoding(point));
  return `SHA256:${toBase64(new Uint8Array(hash)).replace(/=+$/, "")}`;
}

/**
 * Return the 32 bytes of the key in a line `ssh-ed25519 AAAA… comment`.
 *
 * Throws InputError for any other line, and for a key whose signatures cannot be trusted.
 */
export function parsePublicKey(line: string): Bytes {
  const [kind, encoded = ""] = line.trim().split(/\s+/);
  const decoded = kind === ALGORITHM ? fromBase64(encoded) : null;
  const point = decoded?.slice(-KEY_BYTES);
  if (!decoded || !point || !sameBytes(decoded, sshEncoding(point)) || !isUsableKey(point)) {
    throw new InputError(`Expected a line ssh-ed25519 and an Ed25519 key, got ${shown(line)}.`);
  }
  return point;
}

// The y coordinates of the eight points of small order, little-endian.
const SMALL_ORDER: readonly string[] = [
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000000",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
];
const PRIME = 2n ** 255n - 19n;

/**
 * Return whether a key of 32 bytes is in its canonical encoding and not of small order.
 *
 * A signature by a key of small order fits any message. Not every platform's Ed25519 checks this.
 */
export function isUsableKey(point: Uint8Array): boolean {
  if (point.length !== KEY_BYTES) {
    return false;
  }
  const y = point.slice();
  // The highest bit is the sign of x, and no part of y.
  y[KEY_BYTES - 1] = y[KEY_BYTES - 1]! & 0x7f;
  return littleEndian(y) < PRIME && !SMALL_ORDER.includes(toHex(y));
}

/** Return the whole number of bytes in little-endian order. */
export function littleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${toHex(bytes.toReversed())}`);
}

/** Return the base64 of `content` in one line. */
export function toBase64(content: Uint8Array): string {
  return btoa(Array.from(content, (byte) => String.fromCharCode(byte)).join(""));
}

/** Return the bytes of a text in canonical base64; null for any other text. */
export function fromBase64(text: string): Bytes | null {
  try {
    const content = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
    // atob skips white space and ignores stray bits.
    return toBase64(content) === text ? content : null;
  } catch (error) {
    if (error instanceof DOMException) {
      return null;
    }
    throw error;
  }
}
