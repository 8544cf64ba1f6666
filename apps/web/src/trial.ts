/** Tests one model: runs it on the golden vectors and measures its latency. */

import { type Bundle, bundleFile } from "./contract/bundle.ts";
import type { Card, Input, ModelEntry } from "./contract/card.ts";
import { postprocess } from "./contract/postprocess.ts";
import { modelTensors, type Prepared } from "./contract/reader.ts";
import { selftest } from "./contract/selftest.ts";
import type { Tensor } from "./contract/tensor.ts";
import { decode } from "./decode.ts";
import { type Engine, openEngine } from "./engines/engine.ts";
import type { Trial } from "./protocol.ts";

/**
 * The shortest batch in milliseconds. The clock of a page that is not isolated has steps of 0.1 ms.
 */
const BATCH_MS = 10;
const BATCHES = 5;

/** Return the self-test's result and the latency of a model. Never throws. */
export async function tryModel(bundle: Bundle, entry: ModelEntry): Promise<Trial> {
  const about = { file: entry.file, tolerance: entry.goldenTolerance };
  let engine: Engine | null = null;
  try {
    engine = await openEngine(entry, bundleFile(bundle, entry.file));
    const tested = await (bundle.card.golden === null ? runsAtAll : passes)(bundle, entry, engine);
    const latencyMs = await medianMs(engine, blankTensors(bundle.card, entry));
    return { ...about, ...tested, latencyMs, failed: null };
  } catch (error) {
    const failed = (error as Error).message;
    return { ...about, passed: false, difference: null, vectors: 0, latencyMs: 0, failed };
  } finally {
    await engine?.close();
  }
}

async function passes(bundle: Bundle, entry: ModelEntry, { run }: Engine) {
  const results = await selftest(bundle, entry, { run, decode });
  return {
    passed: results.every((result) => result.passed),
    difference: Math.max(...results.map((result) => result.difference)),
    vectors: results.length,
  };
}

/** Check that the output is as the card says, for a bundle without golden vectors. */
async function runsAtAll({ card }: Bundle, entry: ModelEntry, engine: Engine) {
  postprocess(await engine.run(blankTensors(card, entry)), entry, card.output);
  return { passed: true, difference: null, vectors: 0 };
}

/** Return input tensors for a measurement: a black image, or ids or a latent of zeros. */
function blankTensors(card: Card, entry: ModelEntry): Tensor[] {
  return modelTensors(blank(card.input), card, entry);
}

function blank(input: Input): Prepared {
  switch (input.kind) {
    case "image": {
      const { width, height } = input;
      return { kind: "image", pixels: { width, height, rgb: new Uint8Array(3 * width * height) } };
    }
    case "text":
      return { kind: "text", rows: input.tensors.map(() => new Int32Array(input.length)) };
    case "latent":
      return { kind: "latent", latent: new Float32Array(input.length) };
  }
}

/** Return the median of a few batches, each long enough for the clock, after runs to warm up. */
async function medianMs(engine: Engine, inputs: readonly Tensor[]): Promise<number> {
  let runs = 1;
  while ((await batchMs(engine, inputs, runs)) < BATCH_MS) {
    runs *= 2;
  }
  const times: number[] = [];
  for (let batch = 0; batch < BATCHES; batch++) {
    times.push((await batchMs(engine, inputs, runs)) / runs);
  }
  return times.sort((one, other) => one - other)[BATCHES >> 1]!;
}

async function batchMs(engine: Engine, inputs: readonly Tensor[], runs: number): Promise<number> {
  const began = performance.now();
  for (let run = 0; run < runs; run++) {
    await engine.run(inputs);
  }
  return performance.now() - began;
}
