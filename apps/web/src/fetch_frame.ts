/** The frame that fetches bundles from elsewhere: an address in, a file out (see remote.ts). */

import { fetchFile } from "./fetched.ts";

addEventListener("message", async ({ data, origin, ports: [port] }: MessageEvent<string>) => {
  if (origin === location.origin && port !== undefined) {
    const fetched = await fetchFile(data);
    port.postMessage(fetched, "content" in fetched ? [fetched.content] : []);
  }
});
