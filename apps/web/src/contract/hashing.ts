/** Computes hashes with the platform's Web Crypto. */

import type { Bytes } from "./archive.ts";
import { EngineError } from "./errors.ts";

/** Return the hash as a card writes it: `sha256:` and 64 hexadecimal digits. */
export async function digest(content: Bytes): Promise<string> {
  const hash = new Uint8Array(await webCrypto().digest("SHA-256", content));
  return `sha256:${toHex(hash)}`;
}

/** Return two hexadecimal digits for each byte. */
export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Return the platform's cryptography; throws EngineError if the page has none. */
export function webCrypto(): typeof globalThis.crypto.subtle {
  // A page that came over plain HTTP has none, although the types say otherwise.
  const subtle: typeof globalThis.crypto.subtle | undefined = globalThis.crypto?.subtle;
  if (subtle === undefined) {
    throw new EngineError(
      "Expected Web Crypto, which pages have that are opened by https or from localhost, got none.",
    );
  }
  return subtle;
}
