/** Compares a model's predictions on this platform with the golden vectors of its bundle. */

import type { Bytes } from "./archive.ts";
import type { Bundle } from "./bundle.ts";
import type { Card, ModelEntry, Output } from "./card.ts";
import { CardError, shown } from "./errors.ts";
import {
  difference,
  type GoldenInput,
  type GoldenPrediction,
  type GoldenVector,
  goldenVectors,
} from "./golden.ts";
import { blend, type DecodedImage, flatten } from "./images.ts";
import { type ModelPrediction, postprocess } from "./postprocess.ts";
import { modelTensors, openReader, type Prepared, type Reader } from "./reader.ts";
import type { Tensor } from "./tensor.ts";

/** The result of one golden vector on one model. */
export interface GoldenResult {
  readonly file: string;
  readonly vector: string;
  /** The difference from the golden prediction, 0 to 1. `difference` in golden.ts defines it. */
  readonly difference: number;
  readonly tolerance: number;
  readonly passed: boolean;
}

/** The functions of the platform that the self-test needs. */
export interface Platform {
  /** Return the raw output of the model for a tensor for each of its inputs. */
  readonly run: (inputs: readonly Tensor[]) => Tensor | Promise<Tensor>;
  /** Return a decoded image, upright and in sRGB. It is called only for images. */
  readonly decode: (content: Bytes) => DecodedImage | Promise<DecodedImage>;
}

/**
 * Return the result of each golden vector on `model`, an entry of the bundle's card.
 *
 * Throws CardError for golden vectors that do not fit the card, EngineError for a model output that
 * differs from the card, and any error that `platform` throws.
 */
export async function selftest(
  bundle: Bundle,
  model: ModelEntry,
  platform: Platform,
): Promise<GoldenResult[]> {
  const read = await openReader(bundle);
  const results: GoldenResult[] = [];
  for (const vector of goldenVectors(bundle)) {
    const found = await predict(bundle.card, model, platform, read, vector);
    const expected = await expectedPrediction(vector.prediction, bundle.card.output, platform);
    const apart = difference(expected, found);
    const tolerance = Math.min(model.goldenTolerance, vector.tolerances.get(model.file) ?? 1);
    results.push({
      file: model.file,
      vector: vector.name,
      difference: apart,
      tolerance,
      passed: apart <= tolerance,
    });
  }
  return results;
}

async function predict(
  card: Card,
  model: ModelEntry,
  platform: Platform,
  read: Reader,
  vector: GoldenVector,
): Promise<ModelPrediction> {
  const prepared = await prepareGolden(vector.input, read, platform);
  return postprocess(await platform.run(modelTensors(prepared, card, model)), model, card.output);
}

/** Return a prepared golden input. If the vector has a second image, it is mixed in. */
export async function prepareGolden(
  input: GoldenInput,
  read: Reader,
  platform: Pick<Platform, "decode">,
): Promise<Prepared> {
  if (input.kind !== "image") {
    return read(input);
  }
  const prepared = read({ kind: "image", image: await platform.decode(input.content) });
  if (input.blend === null || prepared.kind !== "image") {
    return prepared;
  }
  const other = read({ kind: "image", image: await platform.decode(input.blend.content) });
  return other.kind === "image"
    ? { kind: "image", pixels: blend(prepared.pixels, other.pixels, input.blend.share) }
    : prepared;
}

async function expectedPrediction(
  golden: GoldenPrediction,
  output: Output,
  platform: Platform,
): Promise<ModelPrediction> {
  if (golden.kind === "labels") {
    return golden;
  }
  const pixels = flatten(await platform.decode(golden.content), [255, 255, 255]);
  if (
    output.kind === "image" &&
    (pixels.height !== output.height || pixels.width !== output.width)
  ) {
    throw new CardError(
      `Expected a golden image of ${output.height} x ${output.width},` +
        ` got ${shown(`${pixels.height} x ${pixels.width}`)}.`,
    );
  }
  return { kind: "image", pixels };
}
