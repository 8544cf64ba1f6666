/** Makes a model's input of a row of a prepared text. docs/bundle.md, section 5. */

import type { TensorSpec } from "../card_types.ts";
import { quantizeInto } from "../quantization.ts";
import type { Tensor } from "../tensor.ts";

/** Return the tensor (1, length) of a row of numbers, in the dtype of the model's input. */
export function rowTensor(row: Int32Array, tensor: TensorSpec): Tensor {
  const shape = [1, row.length];
  switch (tensor.dtype) {
    case "int32":
      return { dtype: "int32", shape, data: row };
    case "int64":
      return { dtype: "int64", shape, data: BigInt64Array.from(row, BigInt) };
    case "float32":
      return { dtype: "float32", shape, data: Float32Array.from(row) };
    case "uint8":
    case "int8": {
      const reals = Float32Array.from(row);
      return tensor.dtype === "uint8"
        ? { dtype: "uint8", shape, data: quantizeInto(new Uint8Array(row.length), reals, tensor) }
        : { dtype: "int8", shape, data: quantizeInto(new Int8Array(row.length), reals, tensor) };
    }
  }
}
