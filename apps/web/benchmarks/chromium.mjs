/** Starts the browser of the benchmarks. */

import { chromium } from "playwright-core";

/** Return a new Chromium: that of CHROMIUM, or the one of the system. */
export function startChromium() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
  });
}

/** Write the rows of a table in Markdown; the first one holds the titles. */
export function printTable([titles, ...rows]) {
  const rule = titles.map((_, column) => (column === 0 ? "---" : "--:"));
  for (const cells of [titles, rule, ...rows]) {
    process.stdout.write(`| ${cells.join(" | ")} |\n`);
  }
}
