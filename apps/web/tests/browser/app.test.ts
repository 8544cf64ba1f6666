/** Tests the built app in a real browser, as a user operates it. */

import { createHash } from "node:crypto";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, parse } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { unpack } from "../../src/contract/archive.ts";
import { pack } from "../contract/pack.ts";
import { APP, MISSING, REPOSITORY, serveApp, startBrowser } from "./browser.ts";

interface Case {
  bundle: string;
  /** The hash of the bundle for which the case was written. */
  sha256: string;
  model: string;
  input: string | number;
  dtype: string;
  scores?: Record<string, number>;
  rgb?: string;
}

const DIGITS = "tests/golden/digits.satchel";
const SEVEN = "tests/golden/seven.png";
const TRY_OTHERS = /^Try the \.\w+ models too$/;
const CASES = JSON.parse(
  readFileSync(join(import.meta.dirname, "expected.json"), "utf8"),
) as Case[];
const BUNDLES = [...new Set(CASES.map(({ bundle }) => bundle))];

describe.skipIf(MISSING)(`the app ${MISSING}`, () => {
  let server: Awaited<ReturnType<typeof serveApp>>;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;

  beforeAll(async () => {
    server = await serveApp();
    browser = await startBrowser();
  });

  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  beforeEach(async () => {
    // A service worker would fetch the whole app for every test. offline.test.ts tests it.
    context = await browser.newContext({ serviceWorkers: "block" });
    page = await context.newPage();
  });

  afterEach(async () => {
    await context.close();
  });

  describe("returns the predictions of the Python runtime", () => {
    test.each(BUNDLES)("for every model in %s", async (bundle) => {
      expect(digest(bundle), "the bundle changed: make web-expected").toBe(
        CASES.find((known) => known.bundle === bundle)!.sha256,
      );
      await open(page, bundle);
      await models(page);
      for (const expected of CASES.filter((known) => known.bundle === bundle)) {
        await page.getByRole("radio", { name: expected.model }).check();
        await enter(page, expected.input);
        await predictedBy(page, expected.model);
        expect(await distance(page, expected), expected.model).toBeLessThanOrEqual(
          allowed(expected),
        );
      }
    });
  });

  test("a model that keeps a state starts each input with none", async () => {
    await open(page, "apps/web/tests/browser/counting.satchel");
    const found: [string, number][][] = [];
    for (const text of ["a great film", "the bad plot", "a great film"]) {
      const before = JSON.stringify(found.at(-1) ?? []);
      await enter(page, text);
      await expect.poll(async () => JSON.stringify(await scores(page))).not.toBe(before);
      found.push(await scores(page));
    }
    expect(found[2]).toEqual(found[0]);
    expect(found[1]).not.toEqual(found[0]);
  });

  test("a model whose state LiteRT.js cannot hold is refused in a line", async () => {
    const place = "bundles/recurrent.satchel";
    const path = join(REPOSITORY, "apps/web/tests/browser/recurrent.satchel");
    await page.route(`**/${place}`, (route) => route.fulfill({ path }));
    await page.goto(`${server.address}?bundle=${place}`);
    await page.getByText("keeps a state in variable tensors, which LiteRT.js does not").waitFor();
  });

  test("the build for browsers without relaxed SIMD returns the same predictions", async () => {
    const assets = readdirSync(join(APP, "dist/assets"));
    let replaced = 0;
    await page.route(/litert_wasm_internal-/, async (route) => {
      const { ext } = parse(new URL(route.request().url()).pathname);
      const compat = new RegExp(`^litert_wasm_compat_internal-.*\\${ext}$`);
      replaced++;
      await route.fulfill({
        path: join(APP, "dist/assets", assets.find((name) => compat.test(name))!),
      });
    });
    await open(page, DIGITS);
    expect(replaced).toBe(2);
    await models(page);
    for (const expected of CASES.filter(({ bundle }) => bundle === DIGITS)) {
      await page.getByRole("radio", { name: expected.model }).check();
      await enter(page, expected.input);
      await predictedBy(page, expected.model);
      expect(await distance(page, expected), expected.model).toBeLessThanOrEqual(allowed(expected));
    }
  });

  test("a seven that is drawn is a 7", async () => {
    await page.goto(server.address);
    await firstModel(page);
    await drawSeven(page);
    await expect.poll(() => top(page)).toBe("7");
    expect(await page.getByText(/full_int8\.(tflite|onnx): [\d.]+ ms/).count()).toBe(1);
  });

  test("an image that is dropped on the page is classified", async () => {
    await open(page, DIGITS);
    const data = await handedOver(page, "tests/golden/seven.png");
    await page.dispatchEvent("body", "drop", { dataTransfer: data });
    await expect.poll(() => top(page)).toBe("7");
  });

  test("an image that is pasted is classified", async () => {
    await open(page, DIGITS);
    const data = await handedOver(page, "tests/golden/seven.png");
    await page.evaluate((clipboardData) => {
      document.dispatchEvent(new ClipboardEvent("paste", { clipboardData, cancelable: true }));
    }, data);
    await expect.poll(() => top(page)).toBe("7");
  });

  test("camera images are classified until the camera is stopped", async () => {
    const filming = await startBrowser([
      "--use-fake-device-for-media-stream",
      "--use-fake-ui-for-media-stream",
    ]);
    try {
      page = await filming.newPage();
      await open(page, "zoo/cifar100.satchel");
      await page.getByRole("button", { name: "Camera" }).click();
      await expect.poll(() => scores(page)).toHaveLength(5);
      await page.getByRole("button", { name: "Stop the camera" }).click();
      expect(await page.locator("video").count()).toBe(0);
    } finally {
      await filming.close();
    }
  });

  test("every model shows its self-test and its latency", async () => {
    await open(page, DIGITS);
    await models(page);
    const rows = page.locator("tbody tr");
    expect(await rows.getByText("passed").count()).toBe(8);
    for (const row of await rows.all()) {
      expect(await row.textContent()).toMatch(/[\d.]+ ms\s*passed [\d.e-]+ off, [\d.]+ allowed/);
    }
  });

  test("a label is shown while the models are still being measured", async () => {
    await open(page, DIGITS);
    await enter(page, "tests/golden/seven.png");
    await expect.poll(() => top(page)).toBe("7");
    expect(await page.locator(".waiting").count()).toBeGreaterThan(0);
    await models(page);
    expect(await top(page)).toBe("7");
  });

  test("the library for .onnx is fetched once, when its models are asked for", async () => {
    const fetched: string[] = [];
    page.on("request", (request) => fetched.push(basename(new URL(request.url()).pathname)));
    const ofOnnx = () =>
      fetched.map((name) => name.split("-")[0]).filter((name) => name === "onnx" || name === "ort");
    await open(page, DIGITS);
    await expect.poll(() => page.locator(".waiting").count()).toBe(0);
    expect(ofOnnx()).toEqual([]);
    expect(await page.getByText("not tried", { exact: true }).count()).toBe(4);
    await models(page);
    expect(ofOnnx()).toEqual(["onnx", "ort"]);
    expect(await page.getByRole("button", { name: TRY_OTHERS }).count()).toBe(0);
  });

  test("the slider goes from one seed's image to the other's", async () => {
    await open(page, "zoo/faces.satchel");
    await models(page);
    await page.getByRole("radio", { name: "float32.tflite" }).check();
    await page.getByLabel("First seed").fill("21");
    await page.getByLabel("Second seed").fill("7");
    const slider = page.getByRole("slider");
    const made = () => pixels(page, "What the model made");
    const expected = CASES.find(
      ({ bundle, model }) => bundle === "zoo/faces.satchel" && model === "float32.tflite",
    )!;
    await slider.fill("50");
    const between = await made();
    await slider.fill("100");
    await expect
      .poll(async () => differences(await made(), Buffer.from(expected.rgb!, "base64")))
      .toBeLessThanOrEqual(1);
    expect(differences(await made(), between)).toBeGreaterThan(10);
  });

  test("a text is classified while it is typed", async () => {
    await open(page, "zoo/imdb_lasso.satchel");
    await page.getByRole("textbox", { name: "Text" }).pressSequentially("A wonderful, moving film");
    await expect.poll(() => top(page)).toBe("positive");
    await page.getByRole("textbox", { name: "Text" }).fill("A dull film, an awful waste of time.");
    await expect.poll(() => top(page)).toBe("negative");
  });

  test("a folder of samples becomes the answers that satchel compare takes", async () => {
    const folder = mkdtempSync(join(tmpdir(), "satchel-"));
    try {
      mkdirSync(join(folder, "7"));
      cpSync(join(REPOSITORY, "tests/golden/seven.png"), join(folder, "7/one.png"));
      cpSync(join(REPOSITORY, "tests/golden/seven.png"), join(folder, "7/two.png"));
      writeFileSync(join(folder, "7/broken.png"), "hello");
      writeFileSync(join(folder, "notes.txt"), "hello");
      await open(page, DIGITS);
      await page.getByLabel("Choose a folder").setInputFiles(folder);
      await page.getByText("2 of 2 right, 100.0 %.").waitFor();
      await page
        .getByText(/^1 of 3 samples could not be read, such as .*\/7\/broken\.png: /)
        .waitFor();
      const download = page.waitForEvent("download");
      await page.getByRole("link", { name: "Save the answers" }).click();
      const saved = readFileSync(await (await download).path(), "utf8");
      const answers = saved
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line));
      expect(answers.map(({ input }) => input)).toEqual(
        ["one", "two"].map((name) => `${basename(folder)}/7/${name}.png`),
      );
      const known = CASES.find(({ bundle, input }) => bundle === DIGITS && input === SEVEN)!;
      for (const { model, engine, predictions } of answers) {
        expect([model, engine]).toEqual([known.model, "LiteRT.js"]);
        for (const { label, score } of predictions) {
          expect(Math.abs(score - known.scores![label]!)).toBeLessThanOrEqual(allowed(known));
        }
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("a bundle without golden vectors opens, and the page says that it has none", async () => {
    const files = unpack(new Uint8Array(readFileSync(join(REPOSITORY, DIGITS))));
    const card = JSON.parse(new TextDecoder().decode(files.get("card.json")));
    delete card.golden;
    files.set("card.json", new TextEncoder().encode(JSON.stringify(card)));
    await page.goto(server.address);
    await firstModel(page);
    await choosePicker(page, "Choose a .satchel file", "bare.satchel", Buffer.from(pack(files)));
    await page.getByRole("heading", { name: "Models in digits_mlp" }).waitFor();
    await models(page);
    expect(await page.getByText("runs; the bundle has no golden vectors").count()).toBe(8);
    await enter(page, "tests/golden/seven.png");
    await expect.poll(() => top(page)).toBe("7");
  });

  describe("shows one line for what is wrong, and the previous bundle still works:", () => {
    const digits = readFileSync(join(REPOSITORY, DIGITS));

    test.each([
      ["no bundle", Buffer.from("hello"), /^broken\.satchel: Expected .*/],
      ["a bit that was flipped", flipped(digits, 100_000), /^broken\.satchel: Expected .*/],
      ["a bundle that was cut off", digits.subarray(0, -1), /^broken\.satchel: Expected .*/],
      [
        "a bundle for another engine",
        readFileSync(join(REPOSITORY, "tests/golden/conformance/bundles/picture.satchel")),
        /^broken\.satchel: Expected a model that runs in a browser, got none: .* is made for web, /,
      ],
    ])("%s", async (_name, content, line) => {
      await open(page, DIGITS);
      await choosePicker(page, "Choose a .satchel file", "broken.satchel", content);
      await expect.poll(() => alert(page)).toMatch(line);
      await stillPredicts(page);
    });

    test("no image", async () => {
      await open(page, DIGITS);
      await choosePicker(page, "Choose an image", "notes.txt", Buffer.from("hello"));
      await expect
        .poll(() => alert(page))
        .toBe("Expected an image (BMP, GIF, JPEG, PNG, WebP), got something else.");
      await stillPredicts(page);
    });

    test("a damaged image", async () => {
      const png = readFileSync(join(REPOSITORY, "tests/golden/seven.png"));
      await open(page, DIGITS);
      await choosePicker(page, "Choose an image", "cut.png", png.subarray(0, 50));
      await expect.poll(() => alert(page)).toMatch(/^Expected a readable image, got a damaged one/);
      await stillPredicts(page);
    });

    test("an image for a model of texts", async () => {
      await open(page, "zoo/imdb_lasso.satchel");
      const data = await handedOver(page, "tests/golden/seven.png");
      await page.dispatchEvent("body", "drop", { dataTransfer: data });
      await expect
        .poll(() => alert(page))
        .toBe("Expected a .satchel file, got seven.png: imdb_lasso takes no images.");
    });

    test("a camera that is not allowed", async () => {
      await open(page, DIGITS);
      await page.getByRole("button", { name: "Camera" }).click();
      await expect.poll(() => alert(page)).toMatch(/^Expected a camera, got none: .*\.$/);
      await stillPredicts(page);
    });

    test("an address where nothing is", async () => {
      await open(page, DIGITS);
      await page.getByText("Open another bundle").click();
      await page.getByLabel("or from an address").fill(`${server.address}nothing.satchel`);
      await page.getByRole("button", { name: "Open", exact: true }).click();
      await expect
        .poll(() => alert(page))
        .toMatch(/got (status 404|something else|no response|.*)\.$/);
      await stillPredicts(page);
    });
  });

  test("an image is decoded by the contract, not by the browser", async () => {
    // The file is stored lying. The model sees it upright, in a square.
    await open(page, DIGITS);
    await choosePicker(
      page,
      "Choose an image",
      "lying.jpg",
      readFileSync(join(REPOSITORY, "tests/golden/conformance/pictures/orientation_6.jpg")),
    );
    expect(await pixels(page, "What the model saw")).toHaveLength(8 * 8 * 3);
  });

  /** Open a bundle of the repository, which the test serves beside the app. */
  async function open(on: Page, bundle: string): Promise<void> {
    const address = `bundles/${basename(bundle)}`;
    await on.route(`**/${address}`, (route) => route.fulfill({ path: join(REPOSITORY, bundle) }));
    await on.goto(`${server.address}?bundle=${address}`);
    await firstModel(on);
  }
});

/** Wait until one model of the open bundle can be used. */
async function firstModel(page: Page): Promise<void> {
  await page.locator("tbody tr").first().waitFor();
}

/** Have all models of the open bundle tried, and wait until this is done. */
async function models(page: Page): Promise<void> {
  await firstModel(page);
  const others = page.getByRole("button", { name: TRY_OTHERS });
  if ((await others.count()) > 0) {
    await others.click();
  }
  await expect.poll(() => page.locator(".waiting").count()).toBe(0);
}

async function enter(page: Page, input: string | number): Promise<void> {
  if (typeof input === "number") {
    await page.getByLabel("First seed").fill(String(input));
  } else if (input.endsWith(".png")) {
    await choosePicker(page, "Choose an image", input, readFileSync(join(REPOSITORY, input)));
  } else {
    await page.getByRole("textbox", { name: "Text" }).fill(input);
  }
}

async function choosePicker(page: Page, label: string, name: string, buffer: Buffer) {
  await page.getByLabel(label).setInputFiles({ name, mimeType: "", buffer });
}

async function predictedBy(page: Page, model: string): Promise<void> {
  await page.locator(".result").getByText(`${model}: `).waitFor();
}

async function scores(page: Page): Promise<[string, number][]> {
  return page
    .locator(".bars li")
    .evaluateAll((items) =>
      items.map((item) => [
        item.querySelector(".label")!.textContent!,
        Number(item.querySelector("data")!.value),
      ]),
    );
}

async function top(page: Page): Promise<string | undefined> {
  return (await scores(page))[0]?.[0];
}

/** Return the largest difference between the page and the case, as a probability or in levels. */
async function distance(page: Page, { scores: probabilities, rgb }: Case): Promise<number> {
  if (probabilities === undefined) {
    return differences(await pixels(page, "What the model made"), Buffer.from(rgb!, "base64"));
  }
  const shown = await scores(page);
  expect(shown.length).toBeGreaterThanOrEqual(2);
  return Math.max(...shown.map(([label, score]) => Math.abs(score - probabilities[label]!)));
}

/** Return the RGB levels of a canvas on the page. */
async function pixels(page: Page, title: string): Promise<number[]> {
  const canvas = page.getByRole("img", { name: title });
  return canvas.evaluate((element: HTMLCanvasElement) => {
    const context = element.getContext("2d")!;
    const { data } = context.getImageData(0, 0, element.width, element.height);
    return [...data].filter((_, at) => at % 4 < 3);
  });
}

function differences(one: ArrayLike<number>, other: ArrayLike<number>): number {
  expect(one.length).toBe(other.length);
  return Array.from(one).reduce(
    (most, value, at) => Math.max(most, Math.abs(value - other[at]!)),
    0,
  );
}

/**
 * Return the allowed difference, as a probability or in levels.
 *
 * TFLite models with only integers are exact. Float results depend on the order of additions: 1e-6 of
 * a probability, or one level if this changes the rounding of a pixel. ONNX's int8 models compute in
 * float and round in between, so one value may be rounded to the next step.
 */
function allowed({ model, dtype, rgb }: Case): number {
  if (dtype === "uint8") {
    return 0;
  }
  const step = model.endsWith("int8.onnx") ? 1 / 128 : 1e-6;
  return rgb === undefined ? step : Math.max(1, 255 * step);
}

async function drawSeven(page: Page): Promise<void> {
  const box = (await page.getByRole("img", { name: "Draw a digit" }).boundingBox())!;
  const to = (x: number, y: number) =>
    page.mouse.move(box.x + x * box.width, box.y + y * box.height, { steps: 5 });
  await to(0.25, 0.2);
  await page.mouse.down();
  await to(0.75, 0.2);
  await to(0.45, 0.85);
  await page.mouse.up();
}

/** Return a file as the data of a drop or of the clipboard. */
async function handedOver(page: Page, file: string) {
  const content = [...readFileSync(join(REPOSITORY, file))];
  return page.evaluateHandle(
    ([name, bytes]) => {
      const data = new DataTransfer();
      data.items.add(new File([Uint8Array.from(bytes)], name));
      return data;
    },
    [basename(file), content] as const,
  );
}

async function alert(page: Page): Promise<string | null> {
  return page.getByRole("alert").textContent();
}

async function stillPredicts(page: Page): Promise<void> {
  await enter(page, "tests/golden/seven.png");
  await expect.poll(() => top(page)).toBe("7");
  await expect.poll(() => alert(page)).toBe("");
}

function digest(file: string): string {
  return createHash("sha256")
    .update(readFileSync(join(REPOSITORY, file)))
    .digest("hex");
}

function flipped(content: Buffer, at: number): Buffer {
  const changed = Buffer.from(content);
  changed[at]! ^= 1;
  return changed;
}
