/** Turns a model's raw output into a prediction. docs/bundle.md, section 7. */

import { type ImageOutput, type LabelOutput, type ModelEntry, type Output, UINT8 } from "./card.ts";
import { EngineError, shown } from "./errors.ts";
import { outputShape } from "./features.ts";
import { type Pixels, scaled } from "./images.ts";
import { sigmoid, softmax } from "./prediction.ts";
import { dequantized, quantize } from "./quantization.ts";
import type { Tensor } from "./tensor.ts";

/** The probability of each label, float32, in the order of the card's labels. */
export interface LabelPrediction {
  readonly kind: "labels";
  readonly probabilities: Float32Array;
}

/** The image that a model made. */
export interface ImagePrediction {
  readonly kind: "image";
  readonly pixels: Pixels;
}

export type ModelPrediction = LabelPrediction | ImagePrediction;

/**
 * Return the prediction for a model's raw output, as the card describes it.
 *
 * Throws EngineError if the output has another dtype or shape than the card says, or is not finite.
 */
export function postprocess(raw: Tensor, model: ModelEntry, output: Output): ModelPrediction {
  checkForm(raw, model, output);
  const values = reals(raw, model);
  const odd = values.find((value) => !Number.isFinite(value));
  if (odd !== undefined) {
    throw new EngineError(`Expected finite numbers from ${shown(model.file)}, got ${odd}.`);
  }
  return output.kind === "labels"
    ? { kind: "labels", probabilities: toProbabilities(values, output) }
    : { kind: "image", pixels: toPixels(values, output) };
}

/** Return the probability of each label, float32, for the model's output. */
export function toProbabilities(values: Float32Array, output: LabelOutput): Float32Array {
  if (output.multiLabel) {
    return output.activation === "none" ? values.map(sigmoid) : values;
  }
  switch (output.activation) {
    case "logit":
      return Float32Array.of(sigmoid(-values[0]!), sigmoid(values[0]!));
    case "none":
      return softmax(values);
    case "sigmoid":
      return Float32Array.of(1 - values[0]!, values[0]!);
    case "softmax":
      return values;
  }
}

/** Return the image for the model's output. Ties are rounded up, levels are clipped to 0 to 255. */
export function toPixels(values: Float32Array, output: ImageOutput): Pixels {
  const levels = scaled(values, output.scale, output.offset);
  const rgb = Uint8Array.from(levels, (level) => quantize(level, 1, 0, UINT8));
  return { width: output.width, height: output.height, rgb };
}

function checkForm(raw: Tensor, model: ModelEntry, output: Output): void {
  const { dtype } = model.output;
  const shape = model.output.shape.length > 0 ? model.output.shape : outputShape(output);
  if (raw.dtype !== dtype || raw.shape.join() !== shape.join()) {
    throw new EngineError(
      `Expected ${dtype} (${shape.join(", ")}) from ${shown(model.file)}, as its card says,` +
        ` got ${raw.dtype} (${raw.shape.join(", ")}).`,
    );
  }
}

function reals(raw: Tensor, model: ModelEntry): Float32Array {
  switch (raw.dtype) {
    case "uint8":
    case "int8":
      return dequantized(raw.data, model.output);
    case "int64":
      return Float32Array.from(raw.data, Number);
    default:
      return Float32Array.from(raw.data);
  }
}
