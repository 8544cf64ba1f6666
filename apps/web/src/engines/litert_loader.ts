/**
 * Replaces `@litertjs/wasm-utils`, which starts LiteRT.js with `importScripts`. Module workers do
 * not have it. vite.config.ts makes the replacement, and gives the two start scripts a default
 * export.
 */

import compatWasm from "@litertjs/core/wasm/litert_wasm_compat_internal.wasm?url";
import wasm from "@litertjs/core/wasm/litert_wasm_internal.wasm?url";

type Factory<Module> = (options: {
  locateFile: () => string;
  printErr: () => void;
}) => Promise<Module>;

/** The two builds, with and without relaxed SIMD, by the script that LiteRT.js asks for. */
const BUILDS = {
  "litert_wasm_internal.js": {
    url: wasm,
    load: () => import("@litertjs/core/wasm/litert_wasm_internal.js"),
  },
  "litert_wasm_compat_internal.js": {
    url: compatWasm,
    load: () => import("@litertjs/core/wasm/litert_wasm_compat_internal.js"),
  },
};

/** Return the library on the build of the named script, as `@litertjs/wasm-utils` does. */
export async function createWasmLib<Module, Library>(
  Wrapper: new (module: Module) => Library,
  script: string,
): Promise<Library> {
  const build = BUILDS[script.replace(/^\//, "") as keyof typeof BUILDS];
  const { default: factory } = (await build.load()) as { default: Factory<Module> };
  return new Wrapper(await factory({ locateFile: () => build.url, printErr: silent }));
}

/**
 * Ignore a message. LiteRT writes its progress to the console as errors. It throws real errors too.
 */
function silent(): void {}
