/** Tests the package for npm as its users get it: packed, and installed in an empty folder. */

import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const APP = resolve(import.meta.dirname, "../..");
const MODULES = join(APP, "node_modules");
const README = readFileSync(join(APP, "src/contract/README.md"), "utf8");
const BUNDLE = resolve(APP, "../../zoo/imdb_lasso.satchel");
const PLATFORMS = [
  ["Node", { lib: ["ES2022"], types: ["node"], module: "NodeNext", moduleResolution: "NodeNext" }],
  [
    "browsers",
    { lib: ["ES2022", "DOM"], types: [], module: "ESNext", moduleResolution: "bundler" },
  ],
] as const;

const run = promisify(execFile);
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "satchel-"));
  const { stdout } = await run("npm", ["run", "--silent", "pack:contract"], { cwd: APP });
  const packed = join(APP, "build", stdout.trim());
  await run("npm", ["install", "--offline", "--silent", packed], { cwd: folder });
  // They come from the packages that are installed already, so that the test needs no network.
  for (const name of ["onnxruntime-node", "@types", "undici-types"]) {
    symlinkSync(join(MODULES, name), join(folder, "node_modules", name));
  }
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true }));

describe("the package", () => {
  test.each([
    ["A wonderful, moving film.", "positive"],
    ["A dull film, an awful waste of time.", "negative"],
  ])("classifies %j in Node by the program of its README", async (text, label) => {
    const [program] = README.match(/(?<=```js\n)[^`]*/)!;
    writeFileSync(join(folder, "classify.mjs"), program!);
    cpSync(BUNDLE, join(folder, "imdb_lasso.satchel"));
    const args = ["classify.mjs", "imdb_lasso.satchel", text];
    const { stdout } = await run("node", args, { cwd: folder });
    expect(stdout).toContain(`label: '${label}'`);
  });

  test("throws its own errors", async () => {
    const program = `
      import { BundleError, openBundle } from "satchel-contract";
      const error = await openBundle(new Uint8Array(30)).catch((reason) => reason);
      console.log(error instanceof BundleError, error.message);`;
    const { stdout } = await run("node", ["--input-type=module", "-e", program], { cwd: folder });
    expect(stdout).toMatch(/^true Expected /);
  });

  test.each(PLATFORMS)("has types for %s", async (name, options) => {
    writeFileSync(join(folder, "user.mts"), USER);
    const config = { ...options, target: "ES2022", strict: true, noEmit: true };
    const file = `tsconfig.${name}.json`;
    writeFileSync(
      join(folder, file),
      JSON.stringify({ compilerOptions: config, files: ["user.mts"] }),
    );
    const compiler = join(MODULES, ".bin/tsc");
    const compiled = run(compiler, ["-p", file], { cwd: folder }).catch((error) => error);
    expect((await compiled).stdout).toBe("");
    writeFileSync(join(folder, "user.mts"), USER.replace("score.toFixed", "score.trim"));
    expect(
      (await run(compiler, ["-p", file], { cwd: folder }).catch((error) => error)).stdout,
    ).toMatch(/Property 'trim' does not exist on type 'number'/);
  });
});

/** A program in TypeScript that uses the package as its README says. */
const USER = `
import { bestLabels, type Bundle, modelTensors, openReader, postprocess, type Tensor } from "satchel-contract";

export async function label(bundle: Bundle, text: string, run: (inputs: Tensor[]) => Promise<Tensor>) {
  const { card } = bundle;
  const model = card.models[0]!;
  const read = await openReader(bundle);
  const inputs = modelTensors(read({ kind: "text", text }), card, model);
  const prediction = postprocess(await run(inputs), model, card.output);
  if (prediction.kind !== "labels" || card.output.kind !== "labels") {
    throw new Error("Expected a classifier.");
  }
  return bestLabels(prediction.probabilities, card.output, 1)[0]?.score.toFixed(2);
}
`;
