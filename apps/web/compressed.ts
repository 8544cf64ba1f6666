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
import { brotliCompress, constants } from "node:zlib";
import type { Plugin } from "vite";

/** What was compressed before, by the hash of its content: the engines take a minute and more. */
const KEPT = resolve(import.meta.dirname, "build/compressed");

/** The passes of zopfli. Five of them take half as long again, and gain 0.2 % of an engine. */
const ZOPFLI_PASSES = 1;

interface Format {
  /** The suffix by which a server knows the format. */
  readonly suffix: string;
  /** The name of the compressor. A file of another compressor is not taken for one of this one. */
  readonly compressor: string;
  readonly compress: (content: Uint8Array) => Promise<Uint8Array>;
}

const FORMATS: readonly Format[] = [
  {
    suffix: ".br",
    compressor: "brotli",
    compress: (content) =>
      promisify(brotliCompress)(content, {
        params: {
          [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
          [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
          [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
        },
      }),
  },
  {
    // The engines become 4 % smaller than with zlib.
    suffix: ".gz",
    compressor: "zopfli",
    compress: async (content) => {
      // It takes over the process's uncaught errors, so that only a build which needs it loads it.
      const { gzipAsync } = await import("@gfx/zopfli");
      return gzipAsync(content, { numiterations: ZOPFLI_PASSES });
    },
  },
];

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
  return FORMATS.some(({ suffix }) => name.endsWith(suffix));
}

async function compressFile(path: string, kept: string): Promise<void> {
  const content = readFileSync(path);
  const digest = createHash("sha256").update(content).digest("hex");
  for (const { suffix, compressor, compress } of FORMATS) {
    const known = join(kept, `${digest}.${compressor}`);
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
