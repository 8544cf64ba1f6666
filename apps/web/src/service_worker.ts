/**
 * Keeps every file of the app, so that it runs without a network from the second visit on.
 *
 * Each file is kept under its address and hash. An update fetches the files that changed. It
 * deletes files that are no longer listed once no page uses the old version.
 */

export type {};

declare const self: ServiceWorkerGlobalScope;

/** The hash of every file by its address. The build writes it. */
declare const FILES: Readonly<Record<string, string>>;

const CACHE = "satchel";

/**
 * The list of trusted keys. It comes from the server whenever there is one, because a key must not
 * be trusted for longer than its line stands there.
 */
const TRUSTED_KEYS = "trusted_keys.txt";

/** The build of LiteRT.js that this browser does not use. There are two builds of 9 MB each. */
const UNUSED_BUILD = hasRelaxedSimd() ? /litert_wasm_compat/ : /litert_wasm_internal/;

self.addEventListener("install", (event) => event.waitUntil(keepAll()));
self.addEventListener("activate", (event) => event.waitUntil(dropOld()));
self.addEventListener("fetch", (event) => {
  const { pathname, origin } = new URL(event.request.url);
  const scope = new URL(self.registration.scope);
  const name = pathname.slice(scope.pathname.length) || "index.html";
  if (event.request.method === "GET" && origin === scope.origin && Object.hasOwn(FILES, name)) {
    event.respondWith(name === TRUSTED_KEYS ? newest(name) : fromCache(name));
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
  // Without no-cache, the browser might return its copy of an older version.
  const fetched = await fetch(name, { cache: "no-cache" });
  if (!fetched.ok) {
    throw new Error(`Expected ${name} from the server, got status ${fetched.status}.`);
  }
  await cache.put(key(name), fetched.clone());
  return fetched;
}

/** Return a file as the server has it now, also an error; without a network, the last of these. */
async function newest(name: string): Promise<Response> {
  const fetched = await fetch(name, { cache: "no-cache" }).catch(() => null);
  if (fetched === null) {
    return fromCache(name);
  }
  const cache = await caches.open(CACHE);
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
  // The open page may use the cache at once. Otherwise the first visit would not fill it.
  await self.clients.claim();
}

function key(name: string): string {
  return `${name}?${FILES[name]}`;
}

/** Return whether a module with one `i8x16.relaxed_swizzle` is valid. LiteRT.js tests the same. */
function hasRelaxedSimd(): boolean {
  const module = "0061736d010000000105016000017b030201000a0f010d004101fd0f4102fd0ffd80020b";
  return WebAssembly.validate(
    Uint8Array.from(module.match(/../g)!, (byte) => Number.parseInt(byte, 16)),
  );
}
