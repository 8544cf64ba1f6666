/** Checks accessibility with axe, that nothing on the page moves, and the keyboard. */

import { join } from "node:path";
import type { Browser, Page, Route } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { goldenBundle } from "../contract/conformance.ts";
import { newKey, renamed } from "../contract/sign.ts";
import { faults } from "./axe.ts";
import { MISSING, REPOSITORY, readable, serveApp, serveOther, startBrowser } from "./browser.ts";

const DESKTOP = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };

describe.skipIf(MISSING)(`the page ${MISSING}`, () => {
  let server: Awaited<ReturnType<typeof serveApp>>;
  let browser: Browser;

  beforeAll(async () => {
    server = await serveApp();
    browser = await startBrowser();
  });

  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  test.each([
    ["mnist", "light", DESKTOP],
    ["mnist", "dark", PHONE],
    ["faces", "dark", DESKTOP],
    ["faces", "light", PHONE],
    ["imdb_lasso", "light", PHONE],
    ["imdb_lasso", "dark", DESKTOP],
  ] as const)("with %s, %s, has no fault that axe finds", async (bundle, colorScheme, viewport) => {
    const page = await opened(bundle, { colorScheme, viewport });
    await page.getByText("Open another bundle").click();
    expect(await faults(page)).toEqual([]);
    expect(await page.locator(".scroll").evaluate((box) => box.scrollWidth - box.clientWidth)).toBe(
      0,
    );
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(viewport.width);
    await page.close();
  });

  test.each([
    ["light", DESKTOP],
    ["dark", PHONE],
  ] as const)(
    "while a bundle is opened, with a result and with an error, %s, has no fault that axe finds",
    async (colorScheme, viewport) => {
      const page = await browser.newPage({ serviceWorkers: "block", colorScheme, viewport });
      const check = async () => {
        expect(await faults(page)).toEqual([]);
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(
          viewport.width,
        );
      };
      const asked = new Promise<Route>((resolve) =>
        page.route(({ pathname }) => pathname === "/zoo/mnist.satchel", resolve),
      );
      await page.goto(`${server.address}?bundle=zoo/mnist.satchel`);
      const request = await asked;
      await page.getByText(/^Opening .*mnist/).waitFor();
      await check();
      await request.continue();
      const picker = page.getByLabel("Choose an image");
      await picker.setInputFiles(join(REPOSITORY, "zoo/seven.png"));
      await page.locator(".bars .label").first().waitFor();
      await check();
      await picker.setInputFiles({ name: "no.png", mimeType: "", buffer: Buffer.from("no") });
      await expect.poll(() => page.getByRole("alert").textContent()).not.toBe("");
      // The prediction is still that of the image before.
      expect(await page.locator(".seen img").getAttribute("alt")).toBe("seven.png");
      await check();
      await page.goto(`${server.address}?bundle=zoo/none.satchel`);
      await expect.poll(() => page.getByRole("alert").textContent()).not.toBe("");
      await check();
      await page.close();
    },
  );

  test.each([
    ["light", PHONE],
    ["dark", DESKTOP],
  ] as const)(
    "while models are tried and after an evaluation, %s, has no fault that axe finds",
    async (colorScheme, viewport) => {
      const page = await opened("mnist", { colorScheme, viewport });
      await page.getByRole("button", { name: "Try the .onnx models too" }).click();
      expect(await faults(page)).toEqual([]);
      const picker = page.getByLabel("Choose a folder");
      await picker.setInputFiles(join(REPOSITORY, "tests/golden/conformance/pictures"));
      await page.getByText(/samples could not be read, such as /).waitFor();
      expect(await faults(page)).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(viewport.width);
      await page.close();
    },
  );

  test.each(["light", "dark"] as const)(
    "with an imitation of mnist, and asking for it, %s, has no fault that axe finds",
    async (colorScheme) => {
      const imitation = await renamed(goldenBundle("digits.satchel"), "mnist", newKey());
      const other = await serveOther(readable(imitation));
      const page = await browser.newPage({
        serviceWorkers: "block",
        colorScheme,
        viewport: PHONE,
      });
      await page.goto(`${server.address}?bundle=${other.address}/mnist.satchel`);
      const fetches = page.getByRole("button", { name: `Fetch it from ${other.host}` });
      await fetches.waitFor();
      expect(await faults(page)).toEqual([]);
      await fetches.click();
      await page.getByText("Warning: ").waitFor();
      expect(await faults(page)).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(PHONE.width);
      await page.close();
      await other.stop();
    },
  );

  test("nothing moves when a prediction or an error comes", async () => {
    const page = await opened("mnist", { viewport: DESKTOP });
    const below = page.getByRole("heading", { name: "Models in mnist_mlp" });
    const before = await below.boundingBox();
    const picker = page.getByLabel("Choose an image");
    await picker.setInputFiles({ name: "no.png", mimeType: "", buffer: Buffer.from("no") });
    await expect.poll(() => page.getByRole("alert").textContent()).not.toBe("");
    expect(await below.boundingBox()).toEqual(before);
    await picker.setInputFiles(join(REPOSITORY, "zoo/seven.png"));
    await page.locator(".bars .label").first().waitFor();
    expect(await below.boundingBox()).toEqual(before);
    await page.close();
  });

  test("the keyboard reaches and operates every control", async () => {
    const page = await opened("mnist", { viewport: DESKTOP });
    await page.getByRole("button", { name: /imdb lasso/ }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Models in imdb_lasso" }).waitFor();
    await expect.poll(() => page.locator(".waiting").count()).toBe(0);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe("SUMMARY");
    await page.keyboard.press("Tab");
    await page.keyboard.type("A wonderful film.");
    await page.locator(".bars .label").first().waitFor();
    await page.keyboard.press("Tab");
    await page.keyboard.press("ArrowDown");
    await page.locator(".result").getByText("float32.tflite: ").waitFor();
    await page.close();
  });

  async function opened(bundle: string, options: object): Promise<Page> {
    const page = await browser.newPage({ serviceWorkers: "block", ...options });
    await page.goto(`${server.address}?bundle=zoo/${bundle}.satchel`);
    await page.locator("tbody tr").first().waitFor();
    await expect.poll(() => page.locator(".waiting").count()).toBe(0);
    return page;
  }
});
