/** Tests decode.ts in a real browser with the vectors that every port shares. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { crc32, deflateSync } from "node:zlib";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MISSING_BROWSER, REPOSITORY, serveSources, startBrowser } from "./browser.ts";

interface Vector {
  name: string;
  file: string;
  /** The allowed difference of decoders in levels. */
  levels: number;
  upright: string;
}

const VECTORS = join(REPOSITORY, "tests/golden/conformance");
const { pictures: images } = JSON.parse(readFileSync(join(VECTORS, "pictures.json"), "utf8")) as {
  pictures: Vector[];
};
/** A grey level that a gamma would change. */
const GREY = 100;
/** The images that no browser decodes. */
const REFUSED = images.filter(({ name }) => name.endsWith(".tiff"));

describe.skipIf(MISSING_BROWSER)(`decoding in a browser ${MISSING_BROWSER}`, () => {
  let server: Awaited<ReturnType<typeof serveSources>>;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    server = await serveSources();
    browser = await startBrowser();
    page = await browser.newPage();
    await page.goto(`${server.address}tests/browser/decode.html`);
    await page.waitForFunction("window.ready");
  });

  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  test.each(images.filter((vector) => !REFUSED.includes(vector)))(
    "$name has the pixels of the vectors",
    async ({ file, levels, upright }) => {
      const found = await page.evaluate(([one, other]) => distance(one, other), [
        at(file),
        at(upright),
      ] as const);
      expect(found).toBeLessThanOrEqual(levels);
    },
  );

  test("without WebGL flattened transparent images differ by at most one level", async () => {
    const plain = await browser.newPage();
    await plain.addInitScript(() => {
      const { getContext } = OffscreenCanvas.prototype;
      OffscreenCanvas.prototype.getContext = function (this: OffscreenCanvas, kind: string) {
        return kind === "2d" ? getContext.call(this, kind) : null;
      } as typeof getContext;
    });
    await plain.goto(`${server.address}tests/browser/decode.html`);
    await plain.waitForFunction("window.ready");
    for (const { file, levels, upright } of images.filter(({ name }) => /alpha|key/.test(name))) {
      const found = await plain.evaluate(([one, other]) => flatDistance(one, other), [
        at(file),
        at(upright),
      ] as const);
      expect(found, file).toBeLessThanOrEqual(levels + 1);
    }
    await plain.close();
  });

  test("a gamma in the file is not applied, because the contract has none", async () => {
    const linear = chunk("gAMA", Buffer.from([0, 1, 0x86, 0xa0]));
    expect(await page.evaluate((bytes) => firstRed(bytes), greyPng(1))).toBe(GREY);
    expect(await page.evaluate((bytes) => firstRed(bytes), greyPng(1, linear))).toBe(GREY);
  });

  test("a header with too many pixels is refused before they are decoded", async () => {
    expect(await page.evaluate((bytes) => firstRed(bytes), greyPng(89_478_486))).toBe(
      "Expected at most 89478485 pixels, got 89478486 x 1.",
    );
  });

  test("more transparent images than WebGL contexts are decoded", async () => {
    const [image, expected] = [at("pictures/alpha.png"), at("pictures/alpha.png.upright.npy")];
    for (let turn = 0; turn < 40; turn++) {
      const found = await page.evaluate(([one, other]) => distance(one, other), [
        image,
        expected,
      ] as const);
      expect(found).toBe(0);
    }
  });

  test.each(REFUSED)("$name is refused in one line", async ({ file }) => {
    const line = await page.evaluate((address) => refusal(address), at(file));
    expect(line).toBe(
      "InputError: Expected BMP, GIF, JPEG, PNG or WebP, got TIFF, which browsers do not decode.",
    );
  });
});

/** Return a PNG file of one grey pixel, with further chunks before its pixels. */
function greyPng(width: number, ...chunks: Buffer[]): number[] {
  const header = Buffer.from([0, 0, 0, 0, 0, 0, 0, 1, 8, 0, 0, 0, 0]);
  header.writeUInt32BE(width);
  const pixels = chunk("IDAT", deflateSync(Buffer.from([0, GREY])));
  const parts = [chunk("IHDR", header), ...chunks, pixels, chunk("IEND", Buffer.alloc(0))];
  return [...Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), ...parts])];
}

function chunk(name: string, data: Buffer): Buffer {
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(data.length);
  const named = Buffer.concat([Buffer.from(name, "latin1"), data]);
  ends.writeUInt32BE(crc32(named), 4);
  return Buffer.concat([ends.subarray(0, 4), named, ends.subarray(4)]);
}

function at(file: string): string {
  return `/@fs${join(VECTORS, file)}`;
}

declare function distance(image: string, expected: string): Promise<number | string>;
declare function flatDistance(image: string, expected: string): Promise<number>;
declare function firstRed(bytes: number[]): Promise<number | string>;
declare function refusal(image: string): Promise<string>;
