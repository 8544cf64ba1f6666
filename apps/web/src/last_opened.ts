/**
 * Keeps the bundle that was opened last, so that a reload opens it again, also without a network.
 *
 * A file of the user has no address, so the service worker cannot fetch it again.
 */

import type { Source } from "./provenance.ts";

const CACHE = "satchel-last-opened";
const KEY = "last-opened";
const SOURCE = "x-satchel-source";

export interface LastOpened {
  readonly source: Source;
  readonly content: Uint8Array<ArrayBuffer>;
}

/** Keep a bundle instead of the one before; throws an error if there is no room for it. */
export async function keepOpened(source: Source, content: Blob): Promise<void> {
  if (!hasStore()) {
    return;
  }
  // Bundle and source stand in one entry, which the browser replaces as a whole. A header holds no
  // other letters than those of ASCII.
  const headers = { [SOURCE]: encodeURIComponent(JSON.stringify(source)) };
  await (await caches.open(CACHE)).put(KEY, new Response(content, { headers }));
}

/** Return the bundle that was opened last; null if none is kept. */
export async function lastOpened(): Promise<LastOpened | null> {
  const kept = hasStore() ? await (await caches.open(CACHE)).match(KEY) : undefined;
  const source = kept?.headers.get(SOURCE);
  return kept === undefined || typeof source !== "string"
    ? null
    : {
        source: JSON.parse(decodeURIComponent(source)) as Source,
        content: new Uint8Array(await kept.arrayBuffer()),
      };
}

/** Return whether the browser keeps anything for this page: not if it came by plain http. */
function hasStore(): boolean {
  return typeof caches !== "undefined";
}
