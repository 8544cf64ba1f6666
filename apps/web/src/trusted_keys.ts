/** Reads the list of the keys that the page trusts. It is a file beside the page. */

import { InputError, shown } from "./contract/errors.ts";
import { fingerprint, parsePublicKey } from "./contract/public_key.ts";

export const TRUSTED_KEYS_FILE = "trusted_keys.txt";

/** The comment of each trusted key by the fingerprint of the key. */
export type TrustedKeys = ReadonlyMap<string, string>;

/** The limits of the runtime's `--trust` files. */
const MAX_KEYS = 100;
const MAX_CHARACTERS = 64 << 10;

/** Control characters, changes of direction, and what stands for bytes that are no UTF-8. */
const UNFIT_FOR_A_LIST = /[^\P{C}\t\r\n]|[\u2028\u2029\ufffd]/u;

/**
 * Return the keys in a list of `ssh-ed25519` lines, blank lines and # comments. There may be none.
 *
 * Throws InputError for anything else, so that a list counts as a whole or not at all.
 */
export async function parseTrustedKeys(text: string): Promise<TrustedKeys> {
  if (text.includes("PRIVATE KEY-----")) {
    throw new InputError("Expected public keys, got a private one: keep it off the server.");
  }
  if (text.length > MAX_CHARACTERS || UNFIT_FOR_A_LIST.test(text)) {
    throw new InputError(
      `Expected at most ${MAX_CHARACTERS} characters of plain text, got others.`,
    );
  }
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const keys = lines.filter((line) => line !== "" && !line.startsWith("#")).map(parseLine);
  if (keys.length > MAX_KEYS) {
    throw new InputError(`Expected at most ${MAX_KEYS} keys, got ${keys.length}.`);
  }
  return new Map(
    await Promise.all(
      keys.map(async ({ point, comment }) => [await fingerprint(point), comment] as const),
    ),
  );
}

function parseLine(line: string) {
  const [, key, comment = ""] = /^(ssh-ed25519 \S+)(?:\s+(.*))?$/.exec(line) ?? [];
  if (key === undefined) {
    throw new InputError(`Expected a line ssh-ed25519 and a key, got ${shown(line)}.`);
  }
  return { point: parsePublicKey(key), comment };
}
