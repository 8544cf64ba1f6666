/** What the page asks of the worker, and what comes back. */

import type { Format, Task } from "./contract/card.ts";
import type { Prediction } from "./contract/prediction.ts";

/** The worker's functions. */
export interface Calls {
  /** Check a bundle, test its models till one passes, and keep it; or throw, and keep the last. */
  open(content: Uint8Array<ArrayBuffer>): Promise<Opened>;
  /** Put a model to the golden vectors and to the clock. */
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
  /** The fingerprint of the key that signed it; null where none did, or none could be checked */
  readonly signer: string | null;
  /** None where images come out */
  readonly labels: readonly string[];
  /** In the order in which they are worth trying; `refused` says why one cannot run here. */
  readonly models: readonly ModelChoice[];
  /** Of those tried so far: the last one passed. */
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
  /** The worst golden vector's, 0 to 1; null where the bundle has none or the model failed */
  readonly difference: number | null;
  readonly tolerance: number;
  readonly vectors: number;
  /** Of the model alone, median of a few batches of runs */
  readonly latencyMs: number;
  /** Why the model did not run to the end */
  readonly failed: string | null;
}

export type UserInput =
  | { readonly kind: "file"; readonly content: Uint8Array<ArrayBuffer> }
  | { readonly kind: "bitmap"; readonly bitmap: ImageBitmap }
  | { readonly kind: "text"; readonly text: string }
  /** A seed's image at 0, the next one's at 1, and mixtures between them */
  | { readonly kind: "seeds"; readonly from: number; readonly to: number; readonly mix: number };

export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly rgba: Uint8ClampedArray<ArrayBuffer>;
}

export interface ModelResult {
  readonly file: string;
  /** Of labels, the likeliest first */
  readonly predictions: readonly Prediction[];
  /** Where an image comes out */
  readonly image: Pixels | null;
  /** What the model got to see of an image */
  readonly seen: Pixels | null;
  /** From the encoded image or the text to the answer */
  readonly totalMs: number;
  /** Of it, the model alone */
  readonly modelMs: number;
}
