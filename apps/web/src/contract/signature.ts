/**
 * Checks the signature of a card. It covers the whole bundle, because the card holds every file's
 * hash.
 *
 * It is an SSH signature in exactly one canonical encoding, so that a forger can choose no
 * algorithm. docs/bundle.md, section 2.
 */

import { type Bytes, concatenated, SIGNATURE_NAME, sameBytes } from "./archive.ts";
import { BundleError } from "./errors.ts";
import { webCrypto } from "./hashing.ts";
import {
  fingerprint,
  fromBase64,
  isUsableKey,
  KEY_BYTES,
  littleEndian,
  sshEncoding,
  sshString,
  toBase64,
} from "./public_key.ts";

/** The key that signed a card. */
export interface Signer {
  /** The public key, 32 bytes. */
  readonly point: Bytes;
  /** The fingerprint: `SHA256:` and 43 characters. */
  readonly fingerprint: string;
  /** Whether the signature was checked. It is false only if this platform has no Ed25519. */
  readonly checked: boolean;
}

const MAGIC = new TextEncoder().encode("SSHSIG");
const VERSION = Uint8Array.of(0, 0, 0, 1);
const NAMESPACE = "satchel";
const BEGIN = "-----BEGIN SSH SIGNATURE-----";
const END = "-----END SSH SIGNATURE-----";
const FILE_BYTES = 298;
const LINE_CHARACTERS = 70;
const KEY_AT = 33;
const VALUE_BYTES = 64;
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

/**
 * Return the signer of `card`, given the content of the signature file.
 *
 * Throws BundleError for another algorithm, hash, namespace or encoding, and for a signature that
 * does not fit the card.
 */
export async function checkSignature(content: Bytes, card: Bytes): Promise<Signer> {
  const { point, value } = parseSignature(content);
  const name = await fingerprint(point);
  const valid = isUsableKey(point) && hasSmallNumber(value) && (await verify(point, value, card));
  if (valid === false) {
    throw new BundleError(
      `Expected a signature over this card by ${name}, got one that does not fit:` +
        " one of the two was changed.",
    );
  }
  return { point, fingerprint: name, checked: valid !== "unknown" };
}

/** Return the bytes that Ed25519 signs for this card. */
export async function messageToSign(card: Bytes): Promise<Bytes> {
  const hash = new Uint8Array(await webCrypto().digest("SHA-512", card));
  const parts = [NAMESPACE, "", "sha512", hash].map(sshString);
  return concatenated([MAGIC, ...parts]);
}

function parseSignature(content: Bytes): { point: Bytes; value: Bytes } {
  const lines = content.length === FILE_BYTES ? String.fromCharCode(...content).split("\n") : [];
  const blob = fromBase64(lines.slice(1, -2).join("")) ?? new Uint8Array();
  const point = blob.slice(KEY_AT, KEY_AT + KEY_BYTES);
  const value = blob.slice(-VALUE_BYTES);
  // Only these two values vary. Encoded again, they must give the same bytes as the file.
  if (!sameBytes(formatSignature(point, value), content)) {
    throw new BundleError(
      `Expected "${SIGNATURE_NAME}" to be an SSH signature by an ssh-ed25519 key with sha512` +
        " in the namespace 'satchel', got something else: sign the bundle anew.",
    );
  }
  return { point, value };
}

function formatSignature(point: Uint8Array, value: Uint8Array): Bytes {
  const signature = concatenated([sshString("ssh-ed25519"), sshString(value)]);
  const parts = [sshEncoding(point), NAMESPACE, "", "sha512", signature].map(sshString);
  const encoded = toBase64(concatenated([MAGIC, VERSION, ...parts]));
  const lines = encoded.match(new RegExp(`.{1,${LINE_CHARACTERS}}`, "g")) ?? [];
  return new TextEncoder().encode([BEGIN, ...lines, END, ""].join("\n"));
}

function hasSmallNumber(value: Uint8Array): boolean {
  return littleEndian(value.subarray(KEY_BYTES)) < ORDER;
}

async function verify(point: Bytes, value: Bytes, card: Bytes): Promise<boolean | "unknown"> {
  const key = await importKey(point);
  if (key === null) {
    return "unknown";
  }
  return webCrypto().verify("Ed25519", key, value, await messageToSign(card));
}

/** Return the key; null if the platform has no Ed25519. */
async function importKey(point: Bytes): Promise<CryptoKey | null> {
  try {
    return await webCrypto().importKey("raw", point, "Ed25519", false, ["verify"]);
  } catch (error) {
    if (error instanceof DOMException && error.name === "NotSupportedError") {
      return null;
    }
    throw error;
  }
}
