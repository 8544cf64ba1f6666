/**
 * Measures what a first visit fetches until the page shows its first label, and in all.
 *
 *     make web && node apps/web/benchmarks/first_load.mjs [--dist DIR]
 *
 * A server sends a built app as it is, in gzip and in brotli, and counts the bytes of all bodies. The
 * first label is that of zoo/seven.png. The visit ends when the service worker has kept its files.
 * --dist measures another build, also one without compressed files: they are made here.
 */

import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { printTable, startChromium } from "./chromium.mjs";

const APP = resolve(import.meta.dirname, "..");
const SEVEN = resolve(APP, "../../zoo/seven.png");
const TYPES = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".wasm": "application/wasm",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".webmanifest": "application/manifest+json",
};
/** The longest wait: brotli takes a minute for the files of a build without compressed ones. */
const VISIT_MS = 180_000;
/** How a server may send a file, and the most MB until the first label. */
const ENCODINGS = [
  { name: "as it is", suffix: "", compress: (content) => content, mostMb: null },
  {
    name: "gzip",
    suffix: ".gz",
    compress: (content) => gzipSync(content, { level: 9 }),
    mostMb: 4.2,
  },
  { name: "br", suffix: ".br", compress: brotliCompressSync, mostMb: 3.7 },
];

const { values } = parseArgs({ options: { dist: { type: "string" } } });
const dist = resolve(values.dist ?? join(APP, "dist"));

/** Return the body of a file and its header, compressed if that makes it smaller. */
function bodyOf(file, { name, suffix, compress }) {
  const plain = readFileSync(file);
  const beside = file + suffix;
  const smaller = suffix !== "" && existsSync(beside) ? readFileSync(beside) : compress(plain);
  return smaller.length < plain.length
    ? { body: smaller, headers: { "Content-Encoding": name } }
    : { body: plain, headers: {} };
}

/** Return a server of the app that counts what it sends. */
async function serve(encoding) {
  const sent = { bytes: 0, files: 0 };
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, "http://app");
    const file = join(dist, pathname.replace(/\/$/, "/index.html"));
    if (!file.startsWith(dist) || !existsSync(file)) {
      response.writeHead(404).end();
      return;
    }
    const { body, headers } = bodyOf(file, encoding);
    sent.bytes += body.length;
    sent.files += 1;
    const type = TYPES[extname(file)] ?? "application/octet-stream";
    response.writeHead(200, { "Content-Type": type, ...headers }).end(body);
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  return { sent, server, address: `http://127.0.0.1:${server.address().port}/` };
}

/** Return what a first visit has fetched at its first label and at its end. */
async function visit(browser, encoding) {
  const { sent, server, address } = await serve(encoding);
  const context = await browser.newContext();
  const page = await context.newPage();
  page.setDefaultTimeout(VISIT_MS);
  await page.goto(address);
  await page.locator("tbody tr").first().waitFor();
  await page.getByLabel("Choose an image").setInputFiles(SEVEN);
  await page.locator(".bars .label").first().waitFor();
  const label = { ...sent };
  await page.getByText("Kept for offline use").waitFor();
  await page.waitForFunction(() => !document.querySelector("tbody .waiting"));
  const end = { ...sent };
  await context.close();
  await new Promise((closed) => server.close(closed).closeAllConnections());
  return { label, end };
}

const browser = await startChromium();
process.stdout.write(`Chromium ${browser.version()}\n\n`);
const rows = [["files sent", "first label, MB", "at most, MB", "in all, MB", "files in all"]];
for (const encoding of ENCODINGS) {
  const { label, end } = await visit(browser, encoding);
  const megabytes = ({ bytes }) => (bytes / 1e6).toFixed(3);
  rows.push([encoding.name, megabytes(label), encoding.mostMb ?? "", megabytes(end), end.files]);
}
await browser.close();
printTable(rows);
