/**
 * Measures models of the zoo in Chromium and in the Python runtime of this machine in turns.
 *
 *     make web && node apps/web/benchmarks/latency.mjs [--rounds 5] [--dist DIR] [--limits] [BUNDLE...]
 *
 * The browser's figures are those that the page shows. Python's figures are the medians of `satchel
 * bench`, of .venv-device or of SATCHEL. Both measure the model alone on one thread. Each ratio
 * compares figures of the same round. --dist measures another build. --limits measures only the
 * models that have a limit, and ends with 1 if the median of one is above it.
 */

import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { preview } from "vite";
import { printTable, startChromium } from "./chromium.mjs";

const APP = resolve(import.meta.dirname, "..");
const REPOSITORY = resolve(APP, "../..");
const ZOO = resolve(REPOSITORY, "zoo");
const PYTHON_SECONDS = "0.3";
/** The most that a model may take in the browser, in times of Python's time. */
const LIMITS = {
  "mnist.satchel full_int8.tflite": 3,
  "imdb_transformer.satchel dynamic_int8.tflite": 2.2,
  "imdb_lstm.satchel dynamic_int8.tflite": 1.7,
  "cifar100.satchel full_int8.tflite": 4.7,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: "string", default: "5" },
    dist: { type: "string", default: "dist" },
    limits: { type: "boolean", default: false },
  },
});
const limited = Object.keys(LIMITS).map((name) => name.split(" ")[0]);
const bundles =
  positionals.length > 0
    ? positionals
    : readdirSync(ZOO).filter((name) =>
        values.limits ? limited.includes(name) : name.endsWith(".satchel"),
      );

/** Return the latency in milliseconds of each model file, as the page shows it after all trials. */
async function inBrowser(browser, address, bundle) {
  const context = await browser.newContext({ serviceWorkers: "block" });
  const page = await context.newPage();
  await page.goto(`${address}?bundle=zoo/${bundle}`);
  await page.locator("tbody tr").first().waitFor();
  const others = page.getByRole("button", { name: /^Try the \.\w+ models too$/ });
  if (!values.limits && (await others.count()) > 0) {
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
    process.env.SATCHEL ?? resolve(REPOSITORY, ".venv-device/bin/satchel"),
    ["bench", resolve(ZOO, bundle), "--json", "--seconds", PYTHON_SECONDS],
    { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] },
  );
  const found = lines
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  return new Map(found.map(({ file, profile }) => [file, profile.latency.p50_ms]));
}

function sorted(numbers) {
  return numbers.toSorted((one, other) => one - other);
}

function median(numbers) {
  return sorted(numbers)[numbers.length >> 1];
}

function medianAndRange(numbers) {
  const shown = (number) => Number(number.toPrecision(2));
  const [least, most] = [sorted(numbers)[0], sorted(numbers).at(-1)];
  return `${shown(median(numbers))} (${shown(least)} to ${shown(most)})`;
}

const server = await preview({
  root: APP,
  build: { outDir: values.dist },
  preview: { host: "127.0.0.1", port: 0 },
  logLevel: "error",
});
const browser = await startChromium();
const version = browser.version();
process.stdout.write(`Chromium ${version}, ${values.rounds} rounds, median (least to most)\n\n`);
const rows = [["model", "browser, ms", "Python, ms", "browser to Python", "at most"]];
const above = [];
for (const bundle of bundles) {
  const measured = [];
  for (let round = 0; round < Number(values.rounds); round++) {
    const web = await inBrowser(browser, server.resolvedUrls.local[0], bundle);
    measured.push({ web, python: inPython(bundle) });
  }
  for (const file of measured[0].web.keys()) {
    const name = `${bundle} ${file}`;
    if (values.limits && !(name in LIMITS)) {
      continue;
    }
    const web = measured.map((round) => round.web.get(file));
    const python = measured.map((round) => round.python.get(file));
    const ratios = web.map((value, round) => value / python[round]);
    rows.push([name, ...[web, python, ratios].map(medianAndRange), LIMITS[name] ?? ""]);
    if (values.limits && !(median(ratios) <= LIMITS[name])) {
      above.push(name);
    }
  }
}
await browser.close();
await server.close();
printTable(rows);
process.exitCode = above.length > 0 ? 1 : 0;
