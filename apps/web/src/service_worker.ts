/**
 * Keeps every file of the app, so that it runs without a network from the second visit on.
 *
 * A file is kept under its address and hash: an update fetches what changed, and what it no longer
 * lists is deleted once no page uses the old one.
 */

export type {};

declare const self: ServiceWorkerGlobalScope;

/** Address to hash of every file, which the build writes here. */
declare const FILES: Readonly<Record<string, string>>;

const CACHE = "satchel";

/** LiteRT.js comes in two builds, each of 9 MB, of which a browser takes one. */
const UNUSED_BUILD = hasRelaxedSimd() ? /litert_wasm_compat/ : /litert_wasm_internal/;

self.addEventListener("install", (event) => event.waitUntil(keepAll()));
self.addEventListener("activate", (event) => event.waitUntil(dropOld()));
self.addEventListener("fetch", (event) => {
  const { pathname, origin } = new URL(event.request.url);
  const scope = new URL(self.registration.scope);
  const name = pathname.slice(scope.pathname.length) || "index.html";
  if (event.request.method === "GET" && origin === scope.origin && Object.hasOwn(FILES, name)) {
    event.respondWith(fromCache(name));
  }
});

async function keepAll(): Promise<void> {
  for (const name of Object.keys(FILES)) {
    if (!UNUSED_BUILD.test(name)) {
      await fromCache(name);
    }
  }
}

async function fromCache(name: string): Promise<Response> {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(key(name));
  if (kept !== undefined) {
    return kept;
  }
  // Asked for anew: what a browser kept of an older version would be kept as this one.
  const fetched = await fetch(name, { cache: "no-cache" });
  if (!fetched.ok) {
    throw new Error(`Expected ${name} from the server, got status ${fetched.status}.`);
  }
  await cache.put(key(name), fetched.clone());
  return fetched;
}

async function dropOld(): Promise<void> {
  const cache = await caches.open(CACHE);
  const current = new Set(
    Object.keys(FILES).map((name) => new URL(key(name), self.location.href).href),
  );
  for (const { url } of await cache.keys()) {
    if (!current.has(url)) {
      await cache.delete(url);
    }
  }
  // The page that is open may use the cache at once, or its first visit would leave no trace.
  await self.clients.claim();
}

function key(name: string): string {
  return `${name}?${FILES[name]}`;
}

/** Return what LiteRT.js asks too: whether a module of one `i8x16.relaxed_swizzle` is valid. */
function hasRelaxedSimd(): boolean {
  const module = "0061736d010000000105016000017b030201000a0f010d004101fd0f4102fd0ffd80020b";
  return WebAssembly.validate(
    Uint8Array.from(module.match(/../g)!, (byte) => Number.parseInt(byte, 16)),
  );
}
