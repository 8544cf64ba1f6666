/** Fetches a file from an address. */

export type Fetched = { readonly content: ArrayBuffer } | { readonly error: string };

/** Return the file at an address, or one line that says why there is none. */
export async function fetchFile(address: string): Promise<Fetched> {
  try {
    const response = await fetch(address, { credentials: "omit", referrerPolicy: "no-referrer" });
    return response.ok
      ? { content: await response.arrayBuffer() }
      : { error: `Expected a bundle at ${address}, got status ${response.status}.` };
  } catch {
    // The browser hides the reason, so that pages cannot probe a network.
    return {
      error: `Expected a bundle at ${address}, got no response: no network, or that server lets no other page read it (CORS).`,
    };
  }
}
