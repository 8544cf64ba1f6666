/** Reads what the page knows of its own site: the site's models, and the keys that it trusts. */

import type { Task } from "./contract/card.ts";
import { parseTrustedKeys, TRUSTED_KEYS_FILE, type TrustedKeys } from "./trusted_keys.ts";

/** A bundle of the zoo. The build writes the list of them from the bundles themselves. */
export interface ZooEntry {
  readonly file: string;
  readonly name: string;
  readonly task: Task;
  readonly sizeBytes: number;
  /** The hash of the bundle's card, which stands for the whole bundle but its signature. */
  readonly cardDigest: string;
}

export interface Site {
  readonly zoo: readonly ZooEntry[];
  readonly trustedKeys: TrustedKeys;
  /** One line that says why no key is trusted; null if the list was read. */
  readonly refused: string | null;
}

/** The site until its lists are there: it has no model and trusts nobody. */
export const UNREAD_SITE: Site = {
  zoo: [],
  trustedKeys: new Map(),
  refused: "Expected the lists of this site's models and keys, they are not there.",
};

/** Return the lists of the site; throws an error if the list of its models cannot be read. */
export async function readSite(): Promise<Site> {
  const [zoo, keys] = await Promise.all([readZoo(), readTrustedKeys()]);
  return { zoo, ...keys };
}

/** Return the name under which the page shows a bundle of the zoo. */
export function title({ file }: ZooEntry): string {
  return file.replace(/\.satchel$/, "").replaceAll("_", " ");
}

async function readZoo(): Promise<ZooEntry[]> {
  return (await fetch("zoo/index.json")).json();
}

async function readTrustedKeys(): Promise<Omit<Site, "zoo">> {
  try {
    // Without no-cache, a key could be trusted after its line was removed.
    const response = await fetch(TRUSTED_KEYS_FILE, { cache: "no-cache" });
    if (!response.ok) {
      throw new Error(`Expected a list of keys, got status ${response.status}.`);
    }
    return { trustedKeys: await parseTrustedKeys(await response.text()), refused: null };
  } catch (error) {
    const refused = `No key is trusted. ${TRUSTED_KEYS_FILE}: ${(error as Error).message}`;
    return { trustedKeys: new Map(), refused };
  }
}
