/** Opens a bundle, and checks it before anything in it is used. docs/bundle.md, section 2. */

import { type Bytes, CARD_NAME, SIGNATURE_NAME, sameBytes, unpack } from "./archive.ts";
import { type Card, parseCard } from "./card.ts";
import { BundleError, shown, TrustError } from "./errors.ts";
import { digest } from "./hashing.ts";
import { checkSignature, type Signer } from "./signature.ts";

/** A card, and the bytes of every file that it lists. Their hashes have been checked. */
export interface Bundle {
  readonly card: Card;
  /** The content of each file by name, without the card and its signature. */
  readonly files: ReadonlyMap<string, Bytes>;
  /** The signer of the bundle. Anybody can sign: `trusted` says whose signature counts. */
  readonly signer: Signer | null;
  /** The hash of card.json as it was read. It stands for the whole bundle. */
  readonly cardDigest: string;
}

export interface OpenOptions {
  /** Public keys of 32 bytes. One of them must have signed the bundle. */
  readonly trusted?: readonly Uint8Array[];
}

/**
 * Return the bundle in `archive`. Its files share the archive's memory.
 *
 * Throws BundleError for a file that was changed or is no bundle, CardError for a wrong card, and
 * TrustError for a bundle that no trusted key signed.
 */
export async function openBundle(archive: Bytes, options: OpenOptions = {}): Promise<Bundle> {
  const files = unpack(archive);
  const content = take(files, CARD_NAME);
  if (content === undefined) {
    throw new BundleError(`Expected ${CARD_NAME} in the bundle, it is not there.`);
  }
  const signature = take(files, SIGNATURE_NAME);
  const signer = signature === undefined ? null : await checkSignature(signature, content);
  if (options.trusted !== undefined) {
    checkTrusted(signer, options.trusted);
  }
  const card = parseCard(content);
  await checkFiles(card, files);
  return { card, files, signer, cardDigest: await digest(content) };
}

/** Return a file of the bundle; throws BundleError if the bundle does not hold it. */
export function bundleFile(bundle: Bundle, name: string): Bytes {
  const content = bundle.files.get(name);
  if (content === undefined) {
    throw new BundleError(`Expected ${shown(name, 110)} in the bundle, it is not there.`);
  }
  return content;
}

function take(files: Map<string, Bytes>, name: string): Bytes | undefined {
  const content = files.get(name);
  files.delete(name);
  return content;
}

function checkTrusted(signer: Signer | null, trusted: readonly Uint8Array[]): void {
  if (signer === null || !trusted.some((point) => sameBytes(point, signer.point))) {
    const found = signer === null ? "one without a signature" : `one by ${signer.fingerprint}`;
    throw new TrustError(`Expected a bundle signed by a trusted key, got ${found}.`);
  }
  if (!signer.checked) {
    throw new TrustError(
      "Expected a platform with Ed25519 to check signatures, got one without: update the browser.",
    );
  }
}

async function checkFiles(card: Card, files: ReadonlyMap<string, Bytes>): Promise<void> {
  const unmatched = [...card.files.keys(), ...files.keys()].filter(
    (name) => !(card.files.has(name) && files.has(name)),
  );
  for (const name of unmatched.sort()) {
    const state = card.files.has(name) ? "is listed but not there" : "is there but not listed";
    throw new BundleError(`Expected the files that the card lists, ${shown(name, 110)} ${state}.`);
  }
  for (const [name, content] of files) {
    const found = await digest(content);
    if (found !== card.files.get(name)) {
      throw new BundleError(`Expected ${shown(name)} with ${card.files.get(name)}, got ${found}.`);
    }
  }
  for (const { file, sizeBytes } of card.models) {
    const found = files.get(file)?.length;
    if (found !== sizeBytes) {
      throw new BundleError(`Expected ${sizeBytes} bytes of ${shown(file)}, got ${found}.`);
    }
  }
}
