/** Fetches files, and hands one from the page that may fetch it (fetch.html) to the app. */

import { Refusal } from "./refusal.ts";

/** The browser's store that holds one file between the two pages. */
const HANDED_OVER = "satchel-handed-over";

/** Return the file at an address; throws Refusal if there is none. */
export async function fetchFile({ href }: URL): Promise<Uint8Array<ArrayBuffer>> {
  let response: Response;
  try {
    // A redirect would lead to a site that the user has not seen.
    response = await fetch(href, {
      credentials: "omit",
      referrerPolicy: "no-referrer",
      redirect: "error",
    });
  } catch {
    // The browser hides the reason, so that pages cannot probe a network.
    throw new Refusal(
      `Expected a bundle at ${href}, got no response: no network, a redirect, or that server lets no other page read it (CORS).`,
    );
  }
  if (!response.ok) {
    throw new Refusal(`Expected a bundle at ${href}, got status ${response.status}.`);
  }
  return new Uint8Array(await response.arrayBuffer());
}

/** Keep a file for the app. It replaces one that the app has not taken. */
export async function handOver(address: URL, content: Uint8Array<ArrayBuffer>): Promise<void> {
  await caches.delete(HANDED_OVER);
  const cache = await caches.open(HANDED_OVER);
  await cache.put(address.href, new Response(content));
}

/** Return the file that was kept for an address, and forget it; null if there is none. */
export async function takeOver({ href }: URL): Promise<Uint8Array<ArrayBuffer> | null> {
  const cache = await caches.open(HANDED_OVER);
  const kept = await cache.match(href);
  const content = kept === undefined ? null : new Uint8Array(await kept.arrayBuffer());
  await caches.delete(HANDED_OVER);
  return content;
}
