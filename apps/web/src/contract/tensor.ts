/** The input and the output of a model. */

import type { Dtype } from "./card.ts";

export interface TensorData {
  float32: Float32Array;
  uint8: Uint8Array;
  int8: Int8Array;
  int32: Int32Array;
  int64: BigInt64Array;
}

/** Numbers of one dtype in C order. The first dimension is the batch of 1. */
export type Tensor = {
  [D in Dtype]: {
    readonly dtype: D;
    readonly shape: readonly number[];
    readonly data: TensorData[D];
  };
}[Dtype];
