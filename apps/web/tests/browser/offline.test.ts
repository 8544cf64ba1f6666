/** Tests what the app keeps for offline use, and which servers it cannot reach. */

import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { goldenBundle } from "../contract/conformance.ts";
import { newKey, renamed } from "../contract/sign.ts";
import { faults } from "./axe.ts";
import { APP, MISSING, REPOSITORY, serveApp, serveOther, startBrowser } from "./browser.ts";

describe.skipIf(MISSING)(`the app, offline and online ${MISSING}`, () => {
  let app: Awaited<ReturnType<typeof serveApp>>;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;

  beforeAll(async () => {
    browser = await startBrowser();
  });

  afterAll(async () => {
    await browser?.close();
  });

  beforeEach(async () => {
    app = await serveApp();
    context = await browser.newContext();
    page = await context.newPage();
  });

  afterEach(async () => {
    await context.close();
    await app.stop();
  });

  test("after one visit the bundle opened last works without a network", async () => {
    await page.goto(app.address);
    await page.getByText("Kept for offline use").waitFor();
    await page.getByRole("button", { name: /imdb lasso/ }).click();
    await page.getByRole("heading", { name: "Models in imdb_lasso" }).waitFor();
    await withoutNetwork();
    await page.getByRole("heading", { name: "Models in imdb_lasso" }).waitFor();
    await classifiesText();
    await page.getByRole("button", { name: /faces/ }).click();
    await expect.poll(() => page.getByRole("alert").textContent()).toMatch(/got no response/);
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await faults(page)).toEqual([]);
    }
    await classifiesText();
  });

  test("both engines and every bundle work without a network if the user asks for it", async () => {
    await page.goto(app.address);
    await page.getByRole("button", { name: "Keep all bundles for offline use" }).click();
    await page.getByText("All bundles are kept for offline use").waitFor();
    await withoutNetwork();
    await page.getByRole("button", { name: "Try the .onnx models too" }).click();
    await expect.poll(() => page.locator(".waiting").count()).toBe(0);
    expect(await page.locator("tbody .passed").count()).toBe(2);
    for (const model of ["full_int8.tflite", "full_int8.onnx"]) {
      await page.getByRole("radio", { name: model }).check();
      await page.getByLabel("Choose an image").setInputFiles(join(REPOSITORY, "zoo/seven.png"));
      await page.locator(".result").getByText(`${model}: `).waitFor();
      expect(await page.locator(".bars .label").first().textContent()).toBe("7");
    }
    await page.getByRole("button", { name: /imdb lasso/ }).click();
    await page.getByRole("heading", { name: "Models in imdb_lasso" }).waitFor();
    await classifiesText();
  });

  test("a bundle of the user's own is kept over a reload, also without a network", async () => {
    await page.goto(`${app.address}?bundle=zoo/mnist.satchel`);
    await page.getByText("Kept for offline use").waitFor();
    const mine = { name: "größer.satchel", mimeType: "", buffer: await ownBundle() };
    await page.getByLabel("Choose a .satchel file").setInputFiles(mine);
    await page.getByText("A file of yours: ").waitFor();
    for (const reload of [() => page.reload(), withoutNetwork]) {
      await reload();
      await page.getByText('A file of yours: "größer.satchel".').waitFor();
      await page.getByRole("heading", { name: "Models in mine" }).waitFor();
    }
    await page
      .getByLabel("Choose an image")
      .setInputFiles(join(REPOSITORY, "tests/golden/seven.png"));
    await expect.poll(() => page.locator(".bars .label").first().textContent()).toBe("7");
  });

  test("a key is trusted no longer than the server lists it, also by an app that is kept", async () => {
    const folder = mkdtempSync(join(tmpdir(), "satchel-"));
    cpSync(join(APP, "dist"), folder, { recursive: true });
    const key = newKey();
    const list = join(folder, "trusted_keys.txt");
    writeFileSync(list, `${key.line} release`);
    const own = await serveApp(folder);
    try {
      const bundle = await renamed(goldenBundle("digits.satchel"), "mine", key);
      writeFileSync(join(folder, "mine.satchel"), bundle);
      await page.goto(own.address);
      await page.getByText("Kept for offline use").waitFor();
      await page.goto(`${own.address}?bundle=mine.satchel`);
      await page.getByText("Signed by a key this page trusts: release").waitFor();
      writeFileSync(list, "");
      await page.reload();
      await page.getByText("Signed by an unknown key: ").waitFor();
    } finally {
      await own.stop();
      rmSync(folder, { recursive: true });
    }
  });

  test("neither the page nor its worker nor a frame connects to another server", async () => {
    const other = await serveOther((_request, response) => response.end("secret"));
    await page.goto(app.address);
    await page.locator("tbody tr").first().waitFor();
    const send = (address: string) => fetch(address, { mode: "no-cors" }).then(String, String);
    const [worker] = page.workers();
    const refused = "TypeError: Failed to fetch";
    expect(await page.evaluate(send, `${other.address}/page`)).toBe(refused);
    expect(await worker!.evaluate(send, `${other.address}/worker`)).toBe(refused);
    // These files of the server have another policy or none. A frame with one of them would be of
    // the same origin, so the page could reach into it.
    for (const file of ["fetch.html", "manifest.webmanifest", "zoo/index.json", "nothing"]) {
      await page.evaluate(sendFromFrame, [file, `${other.address}/frame`] as const);
    }
    expect(other.requests).toEqual([]);
    await other.stop();
  });

  test("the app can be installed, because all icons of its manifest exist", async () => {
    await page.goto(app.address);
    const icons = await page.evaluate(async () => {
      const link = document.querySelector<HTMLLinkElement>("link[rel=manifest]")!;
      const manifest = await (await fetch(link.href)).json();
      return Promise.all(
        manifest.icons.map(async ({ src, type }: { src: string; type: string }) => {
          const response = await fetch(new URL(src, link.href));
          return [type, response.ok && response.headers.get("content-type")];
        }),
      );
    });
    expect(icons).toHaveLength(4);
    for (const [type, served] of icons) {
      expect(served).toBe(type);
    }
  });

  async function withoutNetwork(): Promise<void> {
    await app.stop();
    await context.setOffline(true);
    await page.reload();
    await page.locator("tbody tr").first().waitFor();
  }

  async function classifiesText(): Promise<void> {
    await page.getByRole("textbox", { name: "Text" }).fill("A wonderful film.");
    await expect.poll(() => page.locator(".bars .label").first().textContent()).toBe("positive");
  }
});

async function ownBundle(): Promise<Buffer> {
  return Buffer.from(await renamed(goldenBundle("digits.satchel"), "mine", newKey()));
}

/** Do what a hostile script of the page would do; runs in the page. */
async function sendFromFrame([file, address]: readonly [string, string]): Promise<string> {
  const frame = document.createElement("iframe");
  const loaded = new Promise((resolve) => {
    frame.onload = resolve;
  });
  frame.src = file;
  document.body.append(frame);
  await loaded;
  try {
    const inner = frame.contentWindow as unknown as typeof globalThis;
    return await inner.fetch(address, { mode: "no-cors" }).then(String, String);
  } catch (error) {
    return String(error);
  }
}
