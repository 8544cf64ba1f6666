/** Builds the app, puts the zoo beside it, and makes a service worker that lists all files. */

import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { defineConfig, type Plugin } from "vite";
import { compressed } from "./compressed.ts";
import { openBundle } from "./src/contract/bundle.ts";
import type { ZooEntry } from "./src/site.ts";
import { parseTrustedKeys, TRUSTED_KEYS_FILE } from "./src/trusted_keys.ts";

const HERE = import.meta.dirname;
const ZOO = resolve(HERE, "../../zoo");

export default defineConfig({
  root: HERE,
  // Relative addresses, so that the app works in any folder of any server.
  base: "./",
  plugins: [litertAsModule(), zoo(), trustedKeys(), listForServiceWorker(), compressed()],
  resolve: {
    alias: { "@litertjs/wasm-utils": resolve(HERE, "src/engines/litert_loader.ts") },
  },
  worker: { format: "es", plugins: () => [litertAsModule()] },
  build: {
    target: "es2022",
    // Small files stay files, because the page's policy allows no data addresses.
    assetsInlineLimit: 0,
    rolldownOptions: {
      input: {
        index: resolve(HERE, "index.html"),
        fetch: resolve(HERE, "fetch.html"),
        service_worker: resolve(HERE, "src/service_worker.ts"),
      },
      output: {
        entryFileNames: ({ name }) =>
          name === "service_worker" ? "service_worker.js" : "assets/[name]-[hash].js",
      },
    },
  },
});

/** Give the two start scripts of LiteRT.js a default export instead of their UMD export. */
function litertAsModule(): Plugin {
  return {
    name: "litert-as-module",
    transform(code, id) {
      if (!/litert_wasm_\w*internal\.js$/.test(id)) {
        return null;
      }
      const [script, ...others] = code.split("// Export using a UMD style export");
      if (others.length !== 1) {
        throw new Error(`Expected a script that ends in a UMD export, got another: ${id}.`);
      }
      return { code: `${script}\nexport default ModuleFactory;`, map: null };
    },
  };
}

/** Put the zoo's bundles and an index of them beside the app. */
function zoo(): Plugin {
  return {
    name: "zoo",
    async generateBundle() {
      const entries = [];
      for (const file of zooFiles()) {
        const source = readFileSync(resolve(ZOO, file));
        const { card, cardDigest } = await openBundle(new Uint8Array(source));
        const { name, task } = card;
        const entry: ZooEntry = { file, name, task, sizeBytes: source.length, cardDigest };
        entries.push(entry);
        this.emitFile({ type: "asset", fileName: `zoo/${file}`, source });
      }
      this.emitFile({ type: "asset", fileName: "zoo/index.json", source: JSON.stringify(entries) });
    },
  };
}

/** Return the bundles of the zoo. The digits come first, because everyone can draw one. */
function zooFiles(): string[] {
  const files = readdirSync(ZOO).filter((name) => name.endsWith(".satchel"));
  return files.sort(
    (one, other) => Number(other === "mnist.satchel") - Number(one === "mnist.satchel"),
  );
}

/** Refuse to build with a list of trusted keys that the page would refuse. */
function trustedKeys(): Plugin {
  return {
    name: "trusted-keys",
    async buildStart() {
      await parseTrustedKeys(readFileSync(resolve(HERE, "public", TRUSTED_KEYS_FILE), "utf8"));
    },
  };
}

/** Write the address and the hash of every file into the service worker. */
function listForServiceWorker(): Plugin {
  return {
    name: "list-for-service-worker",
    enforce: "post",
    generateBundle: {
      order: "post",
      handler(_options, bundle) {
        const files: Record<string, string> = {};
        const publicFiles = readdirSync(resolve(HERE, "public"));
        for (const name of publicFiles) {
          files[name] = digest(readFileSync(resolve(HERE, "public", name)));
        }
        for (const [name, output] of Object.entries(bundle)) {
          files[name] = digest(output.type === "chunk" ? output.code : output.source);
        }
        delete files["service_worker.js"];
        const worker = bundle["service_worker.js"];
        if (worker?.type !== "chunk" || !worker.code.includes("FILES")) {
          throw new Error("Expected a service worker that names FILES.");
        }
        worker.code = `const FILES = ${JSON.stringify(files)};\n${worker.code}`;
      },
    },
  };
}

function digest(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex").slice(0, 16);
}
