/** Tests one model: runs it on the golden vectors, and measures its latency. */

import { type Bundle, bundleFile } from "./contract/bundle.ts";
import type { Card, Input, ModelEntry } from "./contract/card.ts";
import { postprocess } from "./contract/postprocess.ts";
import { modelTensors, type Prepared } from "./contract/reader.ts";
import { selftest } from "./contract/selftest.ts";
import type { Tensor } from "./contract/tensor.ts";
import { decode } from "./decode.ts";
import { type Engine, openEngine } from "./engines/engine.ts";
import type { Trial } from "./protocol.ts";
import { type Measured, settledMs } from "./settling.ts";

/** A self-test's result. The engine of a model that failed is closed, and null. */
export interface Tested {
  readonly trial: Trial;
  readonly engine: Engine | null;
}

/** Return the self-test's result of a model, without its latency. Never throws. */
export async function testModel(bundle: Bundle, entry: ModelEntry): Promise<Tested> {
  let engine: Engine | null = null;
  let trial: Trial;
  try {
    engine = await openEngine(entry, bundleFile(bundle, entry.file));
    const tested = await (bundle.card.golden === null ? runsAtAll : passes)(bundle, entry, engine);
    const { file, goldenTolerance: tolerance } = entry;
    trial = { file, tolerance, ...tested, latencyMs: null, failed: null };
  } catch (error) {
    trial = failure(entry, error);
  }
  if (!trial.passed) {
    await engine?.close();
    engine = null;
  }
  return { trial, engine };
}

/** Return the latency of an open model, in milliseconds. */
export function latencyMs(
  { card }: Bundle,
  entry: ModelEntry,
  engine: Engine,
  inTurn: Measured["inTurn"],
): Promise<number> {
  const inputs = blankTensors(card, entry);
  return settledMs({ run: () => engine.run(inputs), now: () => performance.now(), inTurn });
}

/** Return the trial of a model that threw an error. */
export function failure({ file, goldenTolerance }: ModelEntry, error: unknown): Trial {
  return {
    file,
    tolerance: goldenTolerance,
    passed: false,
    difference: null,
    vectors: 0,
    latencyMs: null,
    failed: (error as Error).message,
  };
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
