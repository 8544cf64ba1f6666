/**
 * Measures every model of the zoo in Chromium and in the Python runtime of this machine in turns.
 *
 *     make web && node apps/web/benchmarks/latency.mjs [ROUNDS] [BUNDLE...]
 *
 * The browser's figures are those that the page shows. Python's figures are the medians of `satchel
 * bench`. Both measure the model alone on one thread. Each ratio compares figures of the same
 * round.
 */

import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { resolve } from "node:path";
import { chromium } from "playwright-core";
import { preview } from "vite";

const APP = resolve(import.meta.dirname, "..");
const REPOSITORY = resolve(APP, "../..");
const ZOO = resolve(REPOSITORY, "zoo");
const PYTHON_SECONDS = "0.3";

const [rounds = "5", ...named] = process.argv.slice(2);
const bundles =
  named.length > 0 ? named : readdirSync(ZOO).filter((name) => /\.satchel$/.test(name));

/** Return the latency in milliseconds of each model file, as the page shows it after all trials. */
async function inBrowser(browser, address, bundle) {
  const context = await browser.newContext({ serviceWorkers: "block" });
  const page = await context.newPage();
  await page.goto(`${address}?bundle=zoo/${bundle}`);
  await page.locator("tbody tr").first().waitFor();
  const others = page.getByRole("button", { name: /^Try the \.\w+ models too$/ });
  if ((await others.count()) > 0) {
    await others.click();
  }
  await page.waitForFunction(() => !document.querySelector("tbody .waiting"));
  const rows = await page
    .locator("tbody tr")
    .evaluateAll((found) =>
      found.map((row) => [
        row.querySelector("th").textContent.trim(),
        Number(row.querySelector(".number data")?.value),
      ]),
    );
  await context.close();
  return new Map(rows);
}

/** Return the latency in milliseconds of each model file in the Python runtime. */
function inPython(bundle) {
  const lines = execFileSync(
    resolve(REPOSITORY, ".venv-device/bin/satchel"),
    ["bench", resolve(ZOO, bundle), "--json", "--seconds", PYTHON_SECONDS],
    { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] },
  );
  const found = lines
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  return new Map(found.map(({ file, profile }) => [file, profile.latency.p50_ms]));
}

function medianAndRange(values, digits) {
  const sorted = values.toSorted((one, other) => one - other);
  const shown = (value) => Number(value.toPrecision(digits));
  const middle = sorted[sorted.length >> 1];
  return `${shown(middle)} (${shown(sorted[0])} to ${shown(sorted.at(-1))})`;
}

const server = await preview({
  root: APP,
  preview: { host: "127.0.0.1", port: 0 },
  logLevel: "error",
});
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
});
process.stdout.write(`Chromium ${browser.version()}, ${rounds} rounds, median (least to most)\n\n`);
process.stdout.write(
  "| model | browser, ms | Python, ms | browser to Python |\n|---|--:|--:|--:|\n",
);
for (const bundle of bundles) {
  const measured = [];
  for (let round = 0; round < Number(rounds); round++) {
    const web = await inBrowser(browser, server.resolvedUrls.local[0], bundle);
    measured.push({ web, python: inPython(bundle) });
  }
  for (const file of measured[0].web.keys()) {
    const web = measured.map((round) => round.web.get(file));
    const python = measured.map((round) => round.python.get(file));
    const ratios = web.map((value, round) => value / python[round]);
    const cells = [
      `${bundle} ${file}`,
      medianAndRange(web, 2),
      medianAndRange(python, 2),
      medianAndRange(ratios, 2),
    ];
    process.stdout.write(`| ${cells.join(" | ")} |\n`);
  }
}
await browser.close();
await server.close();
