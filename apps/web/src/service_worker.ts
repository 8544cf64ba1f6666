/**
 * Keeps the files of the app, so that it runs without a network from the second visit on.
 *
 * The page and the library for `.tflite` are kept at once. The library for `.onnx` and the bundles
 * are kept when they are first used, or all of them when the user asks for it.
 *
 * Each file is kept under its address and hash. An update fetches the kept files that changed. It
 * deletes files that are no longer listed once no page uses the old version.
 */

export type {};

declare const self: ServiceWorkerGlobalScope;

/** The hash of every file by its address. The build writes it. */
declare const FILES: Readonly<Record<string, string>>;

const CACHE = "satchel";

/**
 * What is kept when it is first used: the library for `.onnx` with its module, bundles, and the icons
 * that a browser asks for when it installs the app.
 */
const ON_DEMAND = /^assets\/(onnx|ort)-|^zoo\/.*\.satchel$|^icon-\d+\.png$/;

/** The hash that the build writes into the names of files which never change. */
const HASH_IN_NAME = /^(assets\/.*)-[\w-]{8}(\.\w+)$/;

/**
 * The list of trusted keys. It comes from the server whenever there is one, because a key must not
 * be trusted for longer than its line stands there.
 */
const TRUSTED_KEYS = "trusted_keys.txt";

/** The build of LiteRT.js that this browser does not use. There are two builds of 9 MB each. */
const UNUSED_BUILD = hasRelaxedSimd() ? /litert_wasm_compat/ : /litert_wasm_internal/;

self.addEventListener("install", (event) => event.waitUntil(keepNeeded()));
self.addEventListener("activate", (event) => event.waitUntil(dropOld()));
self.addEventListener("fetch", (event) => {
  const { pathname, origin } = new URL(event.request.url);
  const scope = new URL(self.registration.scope);
  const name = pathname.slice(scope.pathname.length) || "index.html";
  if (event.request.method === "GET" && origin === scope.origin && Object.hasOwn(FILES, name)) {
    event.respondWith(name === TRUSTED_KEYS ? newest(name) : fromCache(name));
  }
});

// The page asks for everything. The answer is empty, or one line that says what is missing.
self.addEventListener("message", (event) => {
  const [port] = event.ports;
  const answer = keep(() => true).then(
    () => "",
    (reason: Error) => reason.message,
  );
  event.waitUntil(answer.then((line) => port?.postMessage(line)));
});

/** Keep what every visit needs, and the new versions of what was kept before. */
async function keepNeeded(): Promise<void> {
  const cache = await caches.open(CACHE);
  const scope = new URL(self.registration.scope).pathname;
  const before = (await cache.keys()).map(({ url }) => new URL(url).pathname.slice(scope.length));
  const known = new Set(before.map(unhashed));
  await keep((name) => !ON_DEMAND.test(name) || known.has(unhashed(name)));
}

async function keep(isWanted: (name: string) => boolean): Promise<void> {
  for (const name of Object.keys(FILES)) {
    if (isWanted(name) && !UNUSED_BUILD.test(name)) {
      await fromCache(name);
    }
  }
}

function unhashed(name: string): string {
  return name.replace(HASH_IN_NAME, "$1$2");
}

async function fromCache(name: string): Promise<Response> {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(key(name));
  if (kept !== undefined) {
    return kept;
  }
  // A file with its hash in its name is the same in the browser's cache, where the page has left it.
  // For another one, the browser might return its copy of an older version.
  const fetched = await fetch(name, {
    cache: HASH_IN_NAME.test(name) ? "force-cache" : "no-cache",
  });
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
