/** Writes each built file a second and a third time, compressed, for servers that can send it. */

import { createHash, randomUUID } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import type { Plugin } from "vite";

/** What was compressed before by the hash of its content: brotli takes a minute for the engines. */
const KEPT = resolve(import.meta.dirname, "build/compressed");

const FORMATS: Record<string, (content: Uint8Array) => Promise<Uint8Array>> = {
  ".br": (content) =>
    promisify(brotliCompress)(content, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
        [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
        [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
      },
    }),
  ".gz": (content) => promisify(gzip)(content, { level: constants.Z_BEST_COMPRESSION }),
};

/** Write `NAME.br` and `NAME.gz` beside each built file that they make smaller. */
export function compressed(): Plugin {
  let folder = "";
  return {
    name: "compressed",
    apply: "build",
    configResolved: (config) => {
      folder = resolve(config.root, config.build.outDir);
    },
    closeBundle: async () => compressFolder(folder),
  };
}

/** Do it for a folder and the folders in it; `kept` holds what was compressed before. */
export async function compressFolder(folder: string, kept = KEPT): Promise<void> {
  mkdirSync(kept, { recursive: true });
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && !isCompressed(entry.name));
  await Promise.all(
    files.map(({ parentPath, name }) => compressFile(join(parentPath, name), kept)),
  );
}

function isCompressed(name: string): boolean {
  return Object.keys(FORMATS).some((suffix) => name.endsWith(suffix));
}

async function compressFile(path: string, kept: string): Promise<void> {
  const content = readFileSync(path);
  const digest = createHash("sha256").update(content).digest("hex");
  for (const [suffix, compress] of Object.entries(FORMATS)) {
    const known = join(kept, digest + suffix);
    if (!existsSync(known)) {
      // Under its name there is only a whole file, also after a build that was stopped.
      const part = `${known}.${randomUUID()}`;
      writeFileSync(part, await compress(content));
      renameSync(part, known);
    }
    const smaller = readFileSync(known);
    if (smaller.length < content.length) {
      writeFileSync(path + suffix, smaller);
    }
  }
}
