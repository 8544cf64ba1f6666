import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliDecompressSync, gunzipSync, gzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import { compressFolder } from "../compressed.ts";

const TEXT = Buffer.from("A wonderful film. ".repeat(100));
let folder: string;
let kept: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "satchel-"));
  kept = join(folder, "kept");
  mkdirSync(join(folder, "app/inner"), { recursive: true });
});

afterEach(() => rmSync(folder, { recursive: true }));

test("each file stands beside itself in brotli and gzip, also those of inner folders", async () => {
  writeFileSync(join(folder, "app/inner/text.js"), TEXT);
  await compressFolder(join(folder, "app"), kept);
  const read = (suffix: string) => readFileSync(join(folder, `app/inner/text.js${suffix}`));
  expect(brotliDecompressSync(read(".br"))).toEqual(TEXT);
  expect(gunzipSync(read(".gz"))).toEqual(TEXT);
  expect(read("")).toEqual(TEXT);
});

test("gzip is smaller than what zlib makes of it at its best", async () => {
  const text = readFileSync(join(import.meta.dirname, "../src/contract/images.ts"));
  writeFileSync(join(folder, "app/text.js"), text);
  await compressFolder(join(folder, "app"), kept);
  const found = readFileSync(join(folder, "app/text.js.gz"));
  expect(gunzipSync(found)).toEqual(text);
  expect(found.length).toBeLessThan(0.99 * gzipSync(text, { level: 9 }).length);
});

test("a file that compression makes no smaller stands alone", async () => {
  writeFileSync(join(folder, "app/bytes"), Buffer.from([1, 2, 3]));
  await compressFolder(join(folder, "app"), kept);
  expect(readdirSync(join(folder, "app")).sort()).toEqual(["bytes", "inner"]);
});

test("a second time, changed files are compressed anew, and compressed ones are not", async () => {
  const path = join(folder, "app/text.js");
  writeFileSync(path, TEXT);
  await compressFolder(join(folder, "app"), kept);
  writeFileSync(path, TEXT.subarray(1));
  await compressFolder(join(folder, "app"), kept);
  expect(gunzipSync(readFileSync(`${path}.gz`))).toEqual(TEXT.subarray(1));
  expect(brotliDecompressSync(readFileSync(`${path}.br`))).toEqual(TEXT.subarray(1));
  expect(readdirSync(join(folder, "app")).sort()).toEqual([
    "inner",
    "text.js",
    "text.js.br",
    "text.js.gz",
  ]);
});

test("what is compressed before is taken from the files that are kept", async () => {
  writeFileSync(join(folder, "app/text.js"), TEXT);
  await compressFolder(join(folder, "app"), kept);
  const [known] = readdirSync(kept).filter((name) => name.endsWith(".zopfli"));
  writeFileSync(join(kept, known!), "short");
  await compressFolder(join(folder, "app"), kept);
  expect(readFileSync(join(folder, "app/text.js.gz"), "utf8")).toBe("short");
});
