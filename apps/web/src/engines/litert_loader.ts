/**
 * Stands in for `@litertjs/wasm-utils`, which starts LiteRT.js by `importScripts`: module workers
 * have none. The vite config puts it in that package's place, and a default export on the two files.
 */

import compatWasm from "@litertjs/core/wasm/litert_wasm_compat_internal.wasm?url";
import wasm from "@litertjs/core/wasm/litert_wasm_internal.wasm?url";

type Factory<Module> = (options: {
  locateFile: () => string;
  printErr: () => void;
}) => Promise<Module>;

/** By the name that LiteRT.js asks for: with relaxed SIMD, and without. */
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

/** Return the library over the build whose script is named, as `@litertjs/wasm-utils` does. */
export async function createWasmLib<Module, Library>(
  Wrapper: new (module: Module) => Library,
  script: string,
): Promise<Library> {
  const build = BUILDS[script.replace(/^\//, "") as keyof typeof BUILDS];
  const { default: factory } = (await build.load()) as { default: Factory<Module> };
  return new Wrapper(await factory({ locateFile: () => build.url, printErr: silent }));
}

/** LiteRT writes its progress as errors to the console; what fails is thrown besides. */
function silent(): void {}
