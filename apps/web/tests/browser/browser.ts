/** Starts a real browser and serves the app to it. */

import { existsSync } from "node:fs";
import { createServer as createHttpServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { join, resolve } from "node:path";
import { type Browser, chromium } from "playwright-core";
import { createServer, type PreviewServer, preview, type ViteDevServer } from "vite";

export const APP = resolve(import.meta.dirname, "../..");
export const REPOSITORY = resolve(APP, "../..");

const CHROMIUM = process.env["CHROMIUM"] ?? "/usr/bin/chromium";

/** The reason why no browser can be started; empty if one can. */
export const MISSING_BROWSER = existsSync(CHROMIUM)
  ? ""
  : `(skipped: expected Chromium at ${CHROMIUM}, found none; set CHROMIUM to where it is)`;

/** The reason why the built app cannot be tested; empty if it can. */
export const MISSING =
  MISSING_BROWSER ||
  (existsSync(join(APP, "dist/index.html"))
    ? ""
    : "(skipped: expected the built app in dist: npm run build)");

/** Flags for a test machine, and against the requests that a browser makes at its start. */
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export function startBrowser(flags: readonly string[] = []): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, args: [...FLAGS, ...flags] });
}

/** Serve the built app in a folder as any file server would. */
export async function serveApp(
  outDir = "dist",
): Promise<{ address: string; stop: () => Promise<void> }> {
  return served(
    await preview({
      root: APP,
      build: { outDir },
      preview: { host: "127.0.0.1", port: 0 },
      logLevel: "error",
    }),
  );
}

/** Serve another site. `requests` grows by the address of each request that reaches it. */
export async function serveOther(listener: RequestListener) {
  const requests: string[] = [];
  const server = createHttpServer((request, response) => {
    requests.push(request.url!);
    listener(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const stop = () => new Promise((resolve) => server.close(resolve).closeAllConnections());
  return { host, address: `http://${host}`, requests, stop };
}

/** Serve a bundle as a site does that lets every page read it. */
export function readable(content: Uint8Array): RequestListener {
  return (_request, response) => {
    response.setHeader("Access-Control-Allow-Origin", "*");
    response.end(content);
  };
}

/** Serve the sources for pages that import single modules. */
export async function serveSources(): Promise<{ address: string; stop: () => Promise<void> }> {
  const server = await createServer({
    configFile: false,
    root: APP,
    server: { host: "127.0.0.1", port: 0, fs: { allow: [REPOSITORY] } },
    logLevel: "error",
  });
  return served(await server.listen());
}

function served(server: PreviewServer | ViteDevServer) {
  const address = server.resolvedUrls!.local[0]!;
  return { address, stop: () => server.close() };
}
