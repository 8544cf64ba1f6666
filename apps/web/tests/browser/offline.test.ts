/** Tests what the app keeps for offline use, and which servers it cannot reach. */

import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { MISSING, REPOSITORY, serveApp, startBrowser } from "./browser.ts";

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

  test("after one visit both engines and every bundle work without a network", async () => {
    await page.goto(app.address);
    await page.getByText("Kept for offline use").waitFor();
    await app.stop();
    await context.setOffline(true);

    await page.reload();
    await page.locator("tbody tr").first().waitFor();
    await expect.poll(() => page.getByText("waiting", { exact: true }).count()).toBe(0);
    expect(await page.locator("tbody .passed").count()).toBe(2);
    for (const model of ["full_int8.tflite", "full_int8.onnx"]) {
      await page.getByRole("radio", { name: model }).check();
      await page.getByLabel("Choose an image").setInputFiles(join(REPOSITORY, "zoo/seven.png"));
      await page.locator(".result").getByText(`${model}: `).waitFor();
      expect(await page.locator(".bars .label").first().textContent()).toBe("7");
    }
    await page.getByRole("button", { name: /imdb lasso/ }).click();
    await page.getByRole("heading", { name: "Models in imdb_lasso" }).waitFor();
    await page.getByRole("textbox", { name: "Text" }).fill("A wonderful film.");
    await expect.poll(() => page.locator(".bars .label").first().textContent()).toBe("positive");
  });

  test("neither the page nor its worker connects to another server", async () => {
    const other = await listening(createServer((_request, response) => response.end("secret")));
    const requests: string[] = [];
    other.on("request", ({ url }) => requests.push(url!));
    await page.goto(app.address);
    await page.locator("tbody tr").first().waitFor();
    const send = (address: string) => fetch(address, { mode: "no-cors" }).then(String, String);
    const [worker] = page.workers();
    const refused = "TypeError: Failed to fetch";
    expect(await page.evaluate(send, `${addressOf(other)}/page`)).toBe(refused);
    expect(await worker!.evaluate(send, `${addressOf(other)}/worker`)).toBe(refused);
    expect(requests).toEqual([]);
    other.close();
  });

  test("a bundle comes from another server that allows it, through the frame", async () => {
    const bundle = readFileSync(join(REPOSITORY, "tests/golden/reviews.satchel"));
    const other = await listening(
      createServer((_request, response) => {
        response.setHeader("Access-Control-Allow-Origin", "*");
        response.end(bundle);
      }),
    );
    await page.goto(`${app.address}?bundle=${addressOf(other)}/reviews.satchel`);
    await page.getByRole("heading", { name: "Models in reviews_mlp" }).waitFor();
    other.close();
  });

  test("a server that allows no other page is named in one line", async () => {
    const other = await listening(createServer((_request, response) => response.end("secret")));
    const address = `${addressOf(other)}/reviews.satchel`;
    await page.goto(`${app.address}?bundle=${address}`);
    await expect
      .poll(() => page.getByRole("alert").textContent())
      .toBe(
        `${address}: Expected a bundle at ${address}, got no response: no network, or that server lets no other page read it (CORS).`,
      );
    other.close();
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
});

async function listening(server: Server): Promise<Server> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

function addressOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
