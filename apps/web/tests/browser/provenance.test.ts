/** Tests what the page says of bundles that it did not come with, and how it gets them. */

import { readFileSync } from "node:fs";
import type { RequestListener } from "node:http";
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { fingerprint } from "../../src/contract/public_key.ts";
import { goldenBundle } from "../contract/conformance.ts";
import { newKey, renamed } from "../contract/sign.ts";
import { MISSING, REPOSITORY, readable, serveApp, serveOther, startBrowser } from "./browser.ts";

const DIGITS = goldenBundle("digits.satchel");
const TRUSTED = newKey();
const UNKNOWN = newKey();
/** The name in the card of the zoo's mnist. */
const MNIST = "mnist_mlp";
const IMITATION = "Warning: It has the name of this site's model mnist, but it is another bundle.";

describe.skipIf(MISSING)(`the app says where a bundle comes from ${MISSING}`, () => {
  let app: Awaited<ReturnType<typeof serveApp>>;
  let other: Awaited<ReturnType<typeof serveOther>>;
  let listener: RequestListener;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;

  beforeAll(async () => {
    app = await serveApp();
    other = await serveOther((request, response) => listener(request, response));
    browser = await startBrowser();
  });

  afterAll(async () => {
    await browser?.close();
    await other?.stop();
    await app?.stop();
  });

  beforeEach(async () => {
    other.requests.length = 0;
    context = await browser.newContext({ serviceWorkers: "block" });
    page = await context.newPage();
    await page.route("**/trusted_keys.txt", (route) =>
      route.fulfill({ body: `# ours\n${TRUSTED.line} release@example.com\n` }),
    );
  });

  afterEach(async () => {
    await context.close();
  });

  test.each([
    ["nobody", null, "unknown", "Unsigned: nobody says that it is theirs."],
    ["an unknown key", UNKNOWN, "unknown", "Signed by an unknown key: KEY."],
    [
      "a trusted key",
      TRUSTED,
      "known",
      "Signed by a key this page trusts: release@example.com KEY.",
    ],
  ] as const)(
    "another mnist, from another site and signed by %s",
    async (_who, key, tone, text) => {
      listener = readable(await renamed(DIGITS, MNIST, key));
      await page.goto(`${app.address}?bundle=${other.address}/mnist.satchel`);
      await page.getByRole("button", { name: `Fetch it from ${other.host}` }).click();
      const signer = key === null ? "" : await fingerprint(key.point);
      await expect
        .poll(() => statements(page))
        .toEqual([
          ["unknown", `Not from this site: ${other.host}.`],
          ["warning", IMITATION],
          [tone, text.replace("KEY", signer)],
        ]);
      expect(await chosen(page)).toEqual([]);
    },
  );

  test("another mnist on this site and another mnist in a file are not the zoo's", async () => {
    const imitation = Buffer.from(await renamed(DIGITS, MNIST, null));
    await page.route("**/swapped.satchel", (route) => route.fulfill({ body: imitation }));
    await page.goto(`${app.address}?bundle=swapped.satchel`);
    await expect.poll(() => statements(page)).toContainEqual(["known", "From this site."]);
    expect(await statements(page)).toContainEqual(["warning", IMITATION]);
    expect(await chosen(page)).toEqual([]);

    const file = { name: "m.satchel", mimeType: "", buffer: imitation };
    await page.getByLabel("Choose a .satchel file").setInputFiles(file);
    await expect
      .poll(() => statements(page))
      .toContainEqual(["unknown", 'A file of yours: "m.satchel".']);
    expect(await statements(page)).toContainEqual(["warning", IMITATION]);
    expect(await chosen(page)).toEqual([]);
  });

  test("a swapped file of the zoo is found when the user chooses it", async () => {
    const imitation = Buffer.from(await renamed(DIGITS, MNIST, TRUSTED));
    await page.route("**/zoo/mnist.satchel", (route) => route.fulfill({ body: imitation }));
    await page.goto(app.address);
    await expect.poll(() => statements(page)).toContainEqual(["warning", IMITATION]);
    expect(await chosen(page)).toEqual([]);
  });

  test("the zoo's own mnist is chosen, also if it comes from a file", async () => {
    await page.goto(app.address);
    const listed = ["known", "One of this site's models: mnist."];
    await expect.poll(() => statements(page)).toContainEqual(listed);
    expect(await chosen(page)).toEqual(["mnist"]);
    const buffer = readFileSync(join(REPOSITORY, "zoo/mnist.satchel"));
    const file = { name: "found.satchel", mimeType: "", buffer };
    await page.getByLabel("Choose a .satchel file").setInputFiles(file);
    await expect
      .poll(() => statements(page))
      .toContainEqual(["unknown", 'A file of yours: "found.satchel".']);
    expect(await statements(page)).toContainEqual(listed);
    expect(await chosen(page)).toEqual(["mnist"]);
  });

  test("each tone has a colour and a mark of its own", async () => {
    await page.route("**/swapped.satchel", async (route) =>
      route.fulfill({ body: Buffer.from(await renamed(DIGITS, MNIST, null)) }),
    );
    await page.goto(`${app.address}?bundle=swapped.satchel`);
    await page.getByText(IMITATION).waitFor();
    const styles = await page
      .locator(".provenance li")
      .evaluateAll((items) =>
        items.map((item) => [
          getComputedStyle(item).color,
          item.querySelector(".mark")!.textContent,
        ]),
      );
    expect(styles.map(([, mark]) => mark)).toEqual(["✓", "!", "?"]);
    expect(new Set(styles.map(([color]) => color)).size).toBe(3);
  });

  test("a list of keys that is no list trusts nobody, and the page says so", async () => {
    await page.route("**/trusted_keys.txt", (route) =>
      route.fulfill({ body: `${TRUSTED.line}\n<!doctype html>` }),
    );
    await page.route("**/mine.satchel", async (route) =>
      route.fulfill({ body: Buffer.from(await renamed(DIGITS, "mine", TRUSTED)) }),
    );
    await page.goto(`${app.address}?bundle=mine.satchel`);
    await expect
      .poll(async () => (await statements(page)).slice(2))
      .toEqual([
        ["unknown", `Signed by an unknown key: ${await fingerprint(TRUSTED.point)}.`],
        [
          "warning",
          'Warning: No key is trusted. trusted_keys.txt: Expected a line ssh-ed25519 and a key, got "<!doctype html>".',
        ],
      ]);
  });

  test("no other site is asked before the user agrees to it, and it is asked once", async () => {
    const headers: unknown[] = [];
    const allow = readable(DIGITS);
    listener = (request, response) => {
      headers.push([request.method, request.headers.cookie, request.headers.referer]);
      allow(request, response);
    };
    await page.goto(`${app.address}?bundle=${other.address}/digits.satchel`);
    const button = page.getByRole("button", { name: `Fetch it from ${other.host}` });
    await button.waitFor();
    expect(await page.getByText(`${other.address}/digits.satchel`).count()).toBe(1);
    expect(other.requests).toEqual([]);
    await button.click();
    await page.getByRole("heading", { name: "Models in digits_mlp" }).waitFor();
    expect(other.requests).toEqual(["/digits.satchel"]);
    expect(headers).toEqual([["GET", undefined, undefined]]);
    // The bundle opened last is kept.
    await page.reload();
    await page.getByText(`Not from this site: ${other.host}.`).waitFor();
    expect(other.requests).toEqual(["/digits.satchel"]);
    await page.goto(`${app.address}?bundle=${other.address}/another.satchel`);
    await button.waitFor();
    expect(other.requests).toEqual(["/digits.satchel"]);
  });

  test("an address in the form is asked about too, and the user can go back", async () => {
    await page.goto(app.address);
    await page.locator("tbody tr").first().waitFor();
    await page.getByText("Open another bundle").click();
    await page.getByLabel("or from an address").fill(`${other.address}/digits.satchel`);
    await page.getByRole("button", { name: "Open", exact: true }).click();
    await page.getByRole("button", { name: `Fetch it from ${other.host}` }).waitFor();
    await page.getByRole("link", { name: "Go back without it" }).click();
    await page.getByText("One of this site's models: mnist.").waitFor();
    expect(other.requests).toEqual([]);
  });

  test.each([
    [
      "lets no other page read it",
      ((_request, response) => response.end("secret")) as RequestListener,
    ],
    [
      "sends the page on to another address",
      ((_request, response) => {
        response.setHeader("Access-Control-Allow-Origin", "*");
        response.writeHead(302, { Location: "/elsewhere" }).end();
      }) as RequestListener,
    ],
  ])("a server that %s is named in one line", async (_what, answer) => {
    listener = answer;
    const address = `${other.address}/a.satchel`;
    await page.goto(`${app.address}?bundle=${address}`);
    await page.getByRole("button", { name: "Fetch it" }).click();
    await expect
      .poll(() => page.getByRole("alert").textContent())
      .toBe(
        `Expected a bundle at ${address}, got no response: no network, a redirect, or that server lets no other page read it (CORS).`,
      );
    expect(other.requests).toEqual(["/a.satchel"]);
  });

  test.each(["http://example.com/a.satchel", "https://user:word@example.com/a.satchel", "data:,a"])(
    "the address %s is refused by both pages",
    async (address) => {
      const line = `Expected an address that begins with https://, got "${address}".`;
      for (const file of ["", "fetch.html"]) {
        await page.goto(`${app.address}${file}?bundle=${encodeURIComponent(address)}`);
        await expect.poll(() => page.getByRole("alert").textContent()).toBe(line);
        expect(await page.getByRole("button", { name: "Fetch it" }).count()).toBe(0);
      }
    },
  );

  test("a page of another site that frames the question gets none", async () => {
    listener = (_request, response) => {
      response.setHeader("Content-Type", "text/html");
      response.end(`<iframe src="${app.address}fetch.html?bundle=https://example.com/a"></iframe>`);
    };
    await page.goto(other.address);
    const frame = page.frameLocator("iframe");
    await frame.getByText("Expected this page in its own window").waitFor();
    expect(await frame.getByRole("button", { name: "Fetch it" }).count()).toBe(0);
  });
});

/** Return the tone and the text of what the page says of the open bundle. */
async function statements(page: Page): Promise<[string, string][]> {
  return page
    .locator(".provenance li")
    .evaluateAll((items) =>
      items.map((item) => [item.className, item.lastElementChild!.textContent!]),
    );
}

/** Return the titles of the zoo's bundles that the page shows as chosen. */
async function chosen(page: Page): Promise<string[]> {
  return page.locator(".zoo [aria-pressed=true] strong").allTextContents();
}
