import { resolve } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";

const SCOPE = "https://example.com/app/";
const WORKER = resolve(import.meta.dirname, "../src/service_worker.ts");
const FILES = {
  "index.html": "1",
  "icon-512.png": "1",
  "trusted_keys.txt": "1",
  "assets/index-AAAAAAAA.js": "1",
  "assets/onnx-AAAAAAAA.js": "1",
  "assets/ort-wasm-AAAAAAAA.wasm": "1",
  "zoo/mnist.satchel": "1",
  "zoo/two-word-fashions.satchel": "1",
};

type Listener = (event: object) => void;

/** Return a browser with a service worker of the files, whose cache holds what `kept` holds. */
async function installed(files: Record<string, string>, kept = new Map<string, Response>()) {
  const listeners = new Map<string, Listener>();
  const fetched: string[] = [];
  const absolute = (name: string | Request) => new URL(String(name), SCOPE).href;
  const cache = {
    match: async (name: string) => kept.get(absolute(name))?.clone(),
    put: async (name: string, response: Response) => void kept.set(absolute(name), response),
    delete: async (name: string) => kept.delete(absolute(name)),
    keys: async () => [...kept.keys()].map((url) => ({ url })),
  };
  vi.stubGlobal("caches", { open: async () => cache });
  vi.stubGlobal("FILES", files);
  vi.stubGlobal("fetch", async (name: string, options: { cache: string }) => {
    fetched.push(`${name} ${options.cache}`);
    return new Response(name);
  });
  vi.stubGlobal("self", {
    addEventListener: (name: string, listener: Listener) => listeners.set(name, listener),
    registration: { scope: SCOPE },
    location: { href: `${SCOPE}service_worker.js` },
    clients: { claim: async () => undefined },
  });
  vi.resetModules();
  await import(/* @vite-ignore */ WORKER);
  const send = async (name: string, event: object = {}) => {
    let done: Promise<unknown> | undefined;
    const wait = (work: Promise<unknown>) => {
      done = work;
    };
    listeners.get(name)!({ ...event, waitUntil: wait, respondWith: wait });
    return done;
  };
  const get = (name: string) =>
    send("fetch", { request: { url: SCOPE + name, method: "GET" } }) as Promise<
      Response | undefined
    >;
  const names = () => [...kept.keys()].map((url) => url.slice(SCOPE.length)).sort();
  await send("install");
  await send("activate");
  return { kept, fetched, names, send, get };
}

afterEach(() => {
  vi.unstubAllGlobals();
});

describe("the service worker", () => {
  test("keeps at once what each visit needs, and takes hashed files from the cache", async () => {
    const worker = await installed(FILES);
    expect(worker.fetched).toEqual([
      "index.html no-cache",
      "trusted_keys.txt no-cache",
      "assets/index-AAAAAAAA.js force-cache",
    ]);
  });

  test("keeps a bundle and the library for .onnx when they are first used", async () => {
    const worker = await installed(FILES);
    worker.fetched.length = 0;
    for (const name of ["zoo/two-word-fashions.satchel", "assets/ort-wasm-AAAAAAAA.wasm"]) {
      expect(await (await worker.get(name))!.text()).toBe(name);
      expect(await (await worker.get(name))!.text()).toBe(name);
    }
    expect(worker.fetched).toEqual([
      "zoo/two-word-fashions.satchel no-cache",
      "assets/ort-wasm-AAAAAAAA.wasm force-cache",
    ]);
  });

  test("answers for no file that the build does not list", async () => {
    const worker = await installed(FILES);
    expect(await worker.get("../other/index.html")).toBeUndefined();
    expect(await worker.get("zoo/mine.satchel")).toBeUndefined();
  });

  test("keeps all files when the page asks for it, and says what is missing", async () => {
    const worker = await installed(FILES);
    const postMessage = vi.fn();
    await worker.send("message", { ports: [{ postMessage }] });
    expect(postMessage).toHaveBeenLastCalledWith("");
    expect(worker.names()).toHaveLength(Object.keys(FILES).length);
    worker.kept.delete(`${SCOPE}zoo/mnist.satchel?1`);
    vi.stubGlobal("fetch", async () => new Response(null, { status: 404 }));
    await worker.send("message", { ports: [{ postMessage }] });
    expect(postMessage).toHaveBeenLastCalledWith(
      "Expected zoo/mnist.satchel from the server, got status 404.",
    );
  });

  test("fetches the new version of what was kept, and drops the old one", async () => {
    const before = await installed(FILES);
    await before.get("zoo/mnist.satchel");
    await before.get("assets/onnx-AAAAAAAA.js");
    const after = await installed(
      {
        "index.html": "1",
        "assets/onnx-BBBBBBBB.js": "2",
        "assets/ort-wasm-BBBBBBBB.wasm": "2",
        "zoo/mnist.satchel": "2",
      },
      before.kept,
    );
    expect(after.fetched).toEqual([
      "assets/onnx-BBBBBBBB.js force-cache",
      "zoo/mnist.satchel no-cache",
    ]);
    expect(after.names()).toEqual([
      "assets/onnx-BBBBBBBB.js?2",
      "index.html?1",
      "zoo/mnist.satchel?2",
    ]);
  });
});
