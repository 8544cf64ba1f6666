/**
 * Runs in the frame that fetches bundles from other servers (see remote.ts). It gets an address and
 * returns a file.
 */

import { fetchFile } from "./fetched.ts";

addEventListener("message", async ({ data, origin, ports: [port] }: MessageEvent<string>) => {
  if (origin === location.origin && port !== undefined) {
    const fetched = await fetchFile(data);
    port.postMessage(fetched, "content" in fetched ? [fetched.content] : []);
  }
});
