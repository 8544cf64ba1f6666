/**
 * Measures models of the zoo in Chromium and in the Python runtime of this machine in turns.
 *
 *     make web && node apps/web/benchmarks/latency.mjs [--rounds 15] [--dist DIR] [--limits] [BUNDLE...]
 *
 * The page and a Python process stay open, and measure a model in short rounds, each first in every
 * other round. So what else runs on the machine disturbs both alike. The browser's figures are
 * those that the page shows, measured in its worker. Python's figures are the medians of `satchel
 * bench`. Both measure the model alone on one thread. Each ratio compares figures of the same round,
 * and the interval holds their median with 95 % confidence, whatever their distribution.
 *
 * PYTHON names the Python with the runtime, otherwise that of .venv-device. --dist measures another
 * build. --limits measures only the models that have a limit, and ends with 1 unless the interval of
 * each is below it.
 */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { preview } from "vite";
import { printTable, startChromium } from "./chromium.mjs";
import { interval95, median, quartiles, verdict } from "./statistics.mjs";

const APP = resolve(import.meta.dirname, "..");
const REPOSITORY = resolve(APP, "../..");
const ZOO = resolve(REPOSITORY, "zoo");
/** Seconds of a round in Python: as long as the browser's, which warms a model for 400 ms. */
const PYTHON_SECONDS = 0.4;
/** The longest wait for the page, which is long where other programs run. */
const PAGE_MS = 180_000;
/** The engine of the Python runtime for each format of a model. */
const ENGINES = { tflite: "litert", onnx: "onnx" };
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
    rounds: { type: "string", default: "15" },
    dist: { type: "string", default: "dist" },
    limits: { type: "boolean", default: false },
  },
});
const rounds = Number(values.rounds);
const limited = Object.keys(LIMITS).map((name) => name.split(" ")[0]);
const bundles =
  positionals.length > 0
    ? positionals
    : readdirSync(ZOO).filter((name) =>
        values.limits ? limited.includes(name) : name.endsWith(".satchel"),
      );

/** Return the page on a bundle after all its trials, and the models that passed. */
async function openPage(browser, address, bundle) {
  const context = await browser.newContext({ serviceWorkers: "block" });
  await context.addInitScript(keepWorker);
  const page = await context.newPage();
  page.setDefaultTimeout(PAGE_MS);
  await page.goto(`${address}?bundle=zoo/${bundle}`);
  await page.locator("tbody tr").first().waitFor();
  const others = page.getByRole("button", { name: /^Try the \.\w+ models too$/ });
  if (!values.limits && (await others.count()) > 0) {
    await others.click();
  }
  await page.waitForFunction(() => !document.querySelector("tbody .waiting"));
  const files = await page
    .locator("tbody tr", { has: page.locator(".number data") })
    .locator("th label")
    .allTextContents();
  return { page, context, files: files.map((file) => file.trim()) };
}

/** Runs in the page: keep its worker, so that the benchmark can call it too. */
function keepWorker() {
  const Started = globalThis.Worker;
  globalThis.Worker = class extends Started {
    constructor(...args) {
      super(...args);
      globalThis.kept = this;
    }
  };
}

/** Return the latency in milliseconds of a model that passed, measured by the page's worker. */
async function inBrowser(page, file) {
  const { value, error } = await page.evaluate(
    (name) =>
      new Promise((settle) => {
        // The page counts its calls upwards from 1, and ignores replies to others.
        const id = -1;
        const listen = ({ data }) => {
          if (data.id === id) {
            globalThis.kept.removeEventListener("message", listen);
            settle(data);
          }
        };
        globalThis.kept.addEventListener("message", listen);
        globalThis.kept.postMessage({ id, name: "trial", args: [name] });
      }),
    file,
  );
  if (typeof value?.latencyMs !== "number") {
    throw new Error(`Expected a latency of ${file}, got ${value?.failed ?? error}.`);
  }
  return value.latencyMs;
}

/** Return a process of the Python runtime that measures models of a bundle. */
async function startPython(bundle, cardDigest) {
  const process_ = spawn(
    process.env.PYTHON ?? resolve(REPOSITORY, ".venv-device/bin/python"),
    ["-P", "-m", "satchel.tuning.worker_main", resolve(ZOO, bundle), cardDigest],
    { stdio: ["pipe", "pipe", "inherit"] },
  );
  const replies = createInterface({ input: process_.stdout })[Symbol.asyncIterator]();
  return {
    /** Return the median latency of a model in milliseconds. */
    measure: async (file) => {
      const job = { job: "time_block", file, engine: ENGINES[file.split(".").at(-1)] };
      process_.stdin.write(`${JSON.stringify({ ...job, threads: 1, seconds: PYTHON_SECONDS })}\n`);
      const { value } = await replies.next();
      const reply = JSON.parse(value ?? '{"error": "the process ended"}');
      if (typeof reply.p50_ms !== "number") {
        throw new Error(`Expected a latency of ${file} in Python, got ${reply.error}.`);
      }
      return reply.p50_ms;
    },
    stop: async () => {
      const ended = once(process_, "exit");
      process_.stdin.end();
      await ended;
    },
  };
}

/** Return the milliseconds in the browser and in Python of each round. */
async function measureInTurns(file, page, python) {
  const measured = [];
  for (let round = 0; round < rounds; round++) {
    const one = { web: () => inBrowser(page, file), python: () => python.measure(file) };
    const order = round % 2 === 0 ? ["web", "python"] : ["python", "web"];
    const found = {};
    for (const side of order) {
      found[side] = await one[side]();
    }
    measured.push(found);
  }
  return measured;
}

function withSpread(numbers, spread) {
  const shown = (number) => Number(number.toPrecision(2));
  const [low, high] = spread(numbers).map(shown);
  return `${shown(median(numbers))} (${low} to ${high})`;
}

const server = await preview({
  root: APP,
  build: { outDir: values.dist },
  preview: { host: "127.0.0.1", port: 0 },
  logLevel: "error",
});
const [address] = server.resolvedUrls.local;
const zoo = await (await fetch(`${address}zoo/index.json`)).json();
const browser = await startChromium();
const load = () => loadavg()[0].toFixed(1);
const loadBefore = load();
const rows = [["model", "browser, ms", "Python, ms", "browser to Python", "at most", "limit"]];
let allKept = true;
for (const bundle of bundles) {
  const { page, context, files } = await openPage(browser, address, bundle);
  const python = await startPython(bundle, zoo.find(({ file }) => file === bundle).cardDigest);
  for (const file of files) {
    const name = `${bundle} ${file}`;
    if (values.limits && !(name in LIMITS)) {
      continue;
    }
    const measured = await measureInTurns(file, page, python);
    const web = measured.map((round) => round.web);
    const inPython = measured.map((round) => round.python);
    const ratios = measured.map((round) => round.web / round.python);
    const limit = LIMITS[name];
    const found = limit === undefined ? "" : verdict(ratios, limit);
    rows.push([
      `\`${name.replace(".satchel", "")}\``,
      withSpread(web, quartiles),
      withSpread(inPython, quartiles),
      withSpread(ratios, interval95),
      limit ?? "",
      found,
    ]);
    allKept &&= found === "" || found === "kept";
  }
  await python.stop();
  await context.close();
}
const version = browser.version();
await browser.close();
await server.close();
process.stdout.write(
  `Chromium ${version}, ${rounds} rounds on ${cpus().length} cores (${cpus()[0].model}), load` +
    ` ${loadBefore} before and ${load()} after.\n` +
    "In brackets: the middle half of the times, the 95 % interval of the median ratio.\n\n",
);
printTable(rows);
process.exitCode = values.limits && !allKept ? 1 : 0;
