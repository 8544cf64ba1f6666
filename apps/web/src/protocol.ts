/** The messages between the page and the worker. */

import type { Format, Task } from "./contract/card.ts";
import type { Prediction } from "./contract/prediction.ts";
import type { Signer } from "./contract/signature.ts";

/** The worker's functions. */
export interface Calls {
  /**
   * Check a bundle, test its models until one passes, and keep it. If this fails, throw an error
   * and keep the previous bundle.
   */
  open(content: Uint8Array<ArrayBuffer>): Promise<Opened>;
  /** Run a model on the golden vectors and measure its latency, while other calls run too. */
  trial(file: string): Promise<Trial>;
  predict(file: string, input: UserInput): Promise<ModelResult>;
}

export interface Request {
  readonly id: number;
  readonly name: keyof Calls;
  readonly args: readonly unknown[];
}

export type Reply = { readonly id: number } & (
  | { readonly value: unknown }
  | { readonly error: string }
);

export interface Opened {
  readonly name: string;
  readonly version: string;
  readonly task: Task;
  /** The hash of the card, which stands for the whole bundle but its signature. */
  readonly cardDigest: string;
  /** The key that signed the bundle; null if it is unsigned. */
  readonly signer: Pick<Signer, "fingerprint" | "checked"> | null;
  /** The labels of a classifier; empty if the model returns images. */
  readonly labels: readonly string[];
  /** The models in the order in which to try them. `refused` says why one cannot run here. */
  readonly models: readonly ModelChoice[];
  /** The self-tests so far. The last one passed. None has a latency. */
  readonly trials: readonly Trial[];
}

export interface ModelChoice {
  readonly file: string;
  readonly format: Format;
  readonly scheme: string;
  readonly sizeBytes: number;
  readonly refused: string | null;
}

export interface Trial {
  readonly file: string;
  readonly passed: boolean;
  /**
   * The largest difference from a golden vector, 0 to 1; null if there are none or the model
   * failed.
   */
  readonly difference: number | null;
  readonly tolerance: number;
  readonly vectors: number;
  /** The latency of the model alone, as settling.ts says; null if it is not measured. */
  readonly latencyMs: number | null;
  /** The reason why the model failed to run; null if it ran. */
  readonly failed: string | null;
}

export type UserInput =
  | { readonly kind: "file"; readonly content: Uint8Array<ArrayBuffer> }
  | { readonly kind: "bitmap"; readonly bitmap: ImageBitmap }
  | { readonly kind: "text"; readonly text: string }
  /**
   * `mix` is 0 for the image of the first seed, 1 for that of the second, and between for a
   * mixture.
   */
  | { readonly kind: "seeds"; readonly from: number; readonly to: number; readonly mix: number };

export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly rgba: Uint8ClampedArray<ArrayBuffer>;
}

export interface ModelResult {
  readonly file: string;
  /** The labels with their scores, best first; empty if the model returns an image. */
  readonly predictions: readonly Prediction[];
  /** The image that the model made; null if the model returns labels. */
  readonly image: Pixels | null;
  /** The image at the model's input size; null if the input is no image. */
  readonly seen: Pixels | null;
  /** The time from the encoded image or the text to the prediction. */
  readonly totalMs: number;
  /** The part of this time that the model took. */
  readonly modelMs: number;
}
