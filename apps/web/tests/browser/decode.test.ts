/** decode.ts in a real browser, on the vectors that every port shares. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MISSING_BROWSER, REPOSITORY, serveSources, startBrowser } from "./browser.ts";

interface Vector {
  name: string;
  file: string;
  /** How far decoders may be apart, in levels */
  levels: number;
  upright: string;
}

const VECTORS = join(REPOSITORY, "tests/golden/conformance");
const { pictures } = JSON.parse(readFileSync(join(VECTORS, "pictures.json"), "utf8")) as {
  pictures: Vector[];
};
/** That no browser decodes */
const REFUSED = pictures.filter(({ name }) => name.endsWith(".tiff"));

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

  test.each(pictures.filter((vector) => !REFUSED.includes(vector)))(
    "$name has the pixels of the vectors",
    async ({ file, levels, upright }) => {
      const found = await page.evaluate(([one, other]) => distance(one, other), [
        at(file),
        at(upright),
      ] as const);
      expect(found).toBeLessThanOrEqual(levels);
    },
  );

  test.each(REFUSED)("$name is refused in one line", async ({ file }) => {
    const line = await page.evaluate((address) => refusal(address), at(file));
    expect(line).toBe(
      "InputError: Expected BMP, GIF, JPEG, PNG or WebP, got TIFF, which browsers do not decode.",
    );
  });
});

function at(file: string): string {
  return `/@fs${join(VECTORS, file)}`;
}

declare function distance(picture: string, expected: string): Promise<number | string>;
declare function refusal(picture: string): Promise<string>;
