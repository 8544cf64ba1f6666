/**
 * Fetches a bundle from any server, while the page itself can connect only to its own.
 *
 * The page's policy is `connect-src 'self'`. The frame `fetch.html` has its own policy, which lets
 * it connect. It gets an address, never an image, and returns a file.
 */

import { type Fetched, fetchFile } from "./fetched.ts";
import { Refusal } from "./refusal.ts";

/**
 * Return the file at an address, absolute or relative to the page; throws Refusal if there is none.
 */
export async function fetchBundle(address: string): Promise<Uint8Array<ArrayBuffer>> {
  const url = URL.canParse(address, location.href) ? new URL(address, location.href) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new Refusal(
      `Expected an address that begins with https://, got "${address.slice(0, 60)}".`,
    );
  }
  const fetched = await (url.origin === location.origin ? fetchFile : askFrame)(url.href);
  if ("error" in fetched) {
    throw new Refusal(fetched.error);
  }
  return new Uint8Array(fetched.content);
}

async function askFrame(address: string): Promise<Fetched> {
  const frame = document.createElement("iframe");
  frame.hidden = true;
  frame.src = "fetch.html";
  document.body.append(frame);
  try {
    await new Promise((resolve) => frame.addEventListener("load", resolve, { once: true }));
    const { port1, port2 } = new MessageChannel();
    frame.contentWindow!.postMessage(address, location.origin, [port2]);
    return await new Promise<Fetched>((resolve) => {
      port1.onmessage = ({ data }: MessageEvent<Fetched>) => resolve(data);
    });
  } finally {
    frame.remove();
  }
}
