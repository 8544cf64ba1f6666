/** Holds the open bundle in the worker, tests its models, and runs one of them. */

import type { Bytes } from "./contract/archive.ts";
import { type Bundle, bundleFile, openBundle } from "./contract/bundle.ts";
import type { ModelEntry } from "./contract/card.ts";
import { EngineError, InputError, shown } from "./contract/errors.ts";
import type { Pixels as RgbPixels } from "./contract/images.ts";
import { type ModelPrediction, postprocess } from "./contract/postprocess.ts";
import { bestLabels } from "./contract/prediction.ts";
import { modelTensors, openReader, type Prepared, type Reader } from "./contract/reader.ts";
import { decode, readBitmap } from "./decode.ts";
import { type Engine, loadLibrary, openEngine, refusal } from "./engines/engine.ts";
import { fastFirst } from "./engines/ranking.ts";
import type { ModelChoice, ModelResult, Opened, Pixels, Trial, UserInput } from "./protocol.ts";
import { failure, latencyMs, type Tested, testModel } from "./trial.ts";
import { inTurn, whenIdle } from "./turns.ts";

/** The largest number of labels in a result. The page shows five, but a card may have 100,000. */
const MOST_PREDICTIONS = 100;

interface Session {
  readonly bundle: Bundle;
  readonly read: Reader;
  /** The self-tests so far, by the file of the model. */
  readonly tests: Map<string, Trial>;
  /** The model that ran last. It is kept open. */
  model: { readonly entry: ModelEntry; readonly engine: Engine } | null;
}

let session: Session | null = null;

/**
 * Return a description of a bundle after a model has passed its self-test, and hold the bundle.
 *
 * Throws SatchelError for a file that is no bundle, for a bundle that was changed, and if no model
 * passes here. The previous bundle then stays open.
 */
export async function open(content: Bytes): Promise<Opened> {
  const bundle = await openBundle(content);
  const read = await openReader(bundle);
  const models = fastFirst(bundle.card.models);
  const trials: Trial[] = [];
  for (const model of models.filter((entry) => refusal(entry) === null)) {
    const { trial: tested, engine } = await testModel(bundle, model);
    trials.push(tested);
    if (engine !== null) {
      await session?.model?.engine.close();
      const tests = new Map(trials.map((found) => [found.file, found]));
      session = { bundle, read, tests, model: { entry: model, engine } };
      return { ...described(bundle), models: models.map(choice), trials };
    }
  }
  throw new EngineError(whyNone(models, trials));
}

/**
 * Return the self-test's result of a model of the open bundle, and its latency once it is warm.
 *
 * It runs in pieces, between which other calls run. If another bundle is opened meanwhile, it ends
 * and counts as failed.
 */
export async function trial(file: string): Promise<Trial> {
  const current = held();
  const entry = entryOf(current.bundle, file);
  await loadLibrary(entry);
  try {
    const { trial: tested, engine } = await whenIdle(() => testedOnce(current, entry));
    return engine === null
      ? tested
      : { ...tested, latencyMs: await measured(current, entry, engine) };
  } catch (error) {
    return failure(entry, error);
  }
}

/** Return the latency of a model while its bundle is open, and close the model. */
async function measured(current: Session, entry: ModelEntry, engine: Engine): Promise<number> {
  try {
    return await latencyMs(current.bundle, entry, engine, (batch) =>
      whenIdle(() => {
        if (session !== current) {
          throw new EngineError("Expected the bundle to stay open, another one was opened.");
        }
        return batch();
      }),
    );
  } finally {
    await inTurn(() => engine.close());
  }
}

/** Return the self-test's result of a model, which runs once for each bundle, and its engine. */
async function testedOnce({ bundle, tests }: Session, entry: ModelEntry): Promise<Tested> {
  const known = tests.get(entry.file);
  if (known?.passed) {
    return { trial: known, engine: await openEngine(entry, bundleFile(bundle, entry.file)) };
  }
  const tested = await testModel(bundle, entry);
  tests.set(entry.file, tested.trial);
  return tested;
}

/**
 * Return the prediction of the model in `file`; throws SatchelError if the input cannot be read.
 */
export async function predict(file: string, input: UserInput): Promise<ModelResult> {
  const current = held();
  const { card } = current.bundle;
  const began = performance.now();
  const prepared = await prepare(current, input);
  const { entry, engine } = await opened(current, file);
  const inputs = modelTensors(prepared, card, entry);
  const ran = performance.now();
  const raw = await engine.run(inputs);
  const ended = performance.now();
  const meaning = postprocess(raw, entry, card.output);
  return {
    file,
    predictions:
      meaning.kind === "labels" && card.output.kind === "labels"
        ? bestLabels(meaning.probabilities, card.output, MOST_PREDICTIONS)
        : [],
    image: imageOf(meaning),
    seen: prepared.kind === "image" ? visible(prepared.pixels) : null,
    modelMs: ended - ran,
    totalMs: performance.now() - began,
  };
}

async function prepare({ read }: Session, input: UserInput): Promise<Prepared> {
  switch (input.kind) {
    case "file":
      return read({ kind: "image", image: await decode(input.content) });
    case "bitmap":
      return read({ kind: "image", image: await readBitmap(input.bitmap) });
    case "text":
      return read({ kind: "text", text: input.text });
    case "seeds": {
      const one = read({ kind: "seed", seed: input.from });
      const other = read({ kind: "seed", seed: input.to });
      return between(one, other, input.mix);
    }
  }
}

/** Return the latent at the share `mix` of the way from `one` to `other`; exactly `one` at 0. */
function between(one: Prepared, other: Prepared, mix: number): Prepared {
  if (one.kind !== "latent" || other.kind !== "latent") {
    throw new InputError("Expected a model that starts from a seed.");
  }
  const end = other.latent;
  return {
    kind: "latent",
    latent: one.latent.map((value, at) => value + mix * (end[at]! - value)),
  };
}

async function opened(current: Session, file: string): Promise<NonNullable<Session["model"]>> {
  if (current.model?.entry.file !== file) {
    await current.model?.engine.close();
    current.model = null;
    const entry = entryOf(current.bundle, file);
    current.model = { entry, engine: await openEngine(entry, bundleFile(current.bundle, file)) };
  }
  return current.model;
}

function described({ card, cardDigest, signer }: Bundle) {
  const { name, version, task, output } = card;
  return {
    name,
    version,
    task,
    cardDigest,
    signer,
    labels: output.kind === "labels" ? output.labels : [],
  };
}

function choice(model: ModelEntry): ModelChoice {
  const { file, format, scheme, sizeBytes } = model;
  return { file, format, scheme, sizeBytes, refused: refusal(model) };
}

function whyNone(models: readonly ModelEntry[], trials: readonly Trial[]): string {
  const worst = trials.find(({ failed }) => failed !== null) ?? trials[0];
  if (worst === undefined) {
    const model = models[0]!;
    return `Expected a model that runs in a browser, got none: ${model.file} is ${refusal(model)}.`;
  }
  const why = worst.failed ?? `it is ${worst.difference} off, ${worst.tolerance} allowed`;
  return `Expected a model that passes its self-test here, got none: ${worst.file}: ${why}`;
}

function held(): Session {
  if (session === null) {
    throw new EngineError("Expected an open bundle, got none.");
  }
  return session;
}

function entryOf({ card }: Bundle, file: string): ModelEntry {
  const found = card.models.find((model) => model.file === file);
  if (found === undefined) {
    throw new EngineError(`Expected a model of ${card.name}, got ${shown(file)}.`);
  }
  return found;
}

function imageOf(meaning: ModelPrediction): Pixels | null {
  return meaning.kind === "image" ? visible(meaning.pixels) : null;
}

/** Return opaque pixels as RGBA, as a canvas requires. */
function visible({ width, height, rgb }: RgbPixels): Pixels {
  const rgba = new Uint8ClampedArray(4 * width * height).fill(255);
  for (let from = 0, to = 0; from < rgb.length; from += 3, to += 4) {
    rgba.set(rgb.subarray(from, from + 3), to);
  }
  return { width, height, rgba };
}
