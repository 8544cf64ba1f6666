/**
 * Tells whether a `.tflite` keeps a state from one input to the next, as a recurrent layer may.
 *
 * Source: tensorflow/lite/schema/schema.fbs (version 3)
 */

import { Flatbuffer } from "./flatbuffer.ts";

const MODEL_CODES = 1;
const MODEL_SUBGRAPHS = 2;
const CODE_BUILTIN = 3;
const SUBGRAPH_TENSORS = 0;
const TENSOR_IS_VARIABLE = 5;
/** The operator that makes a resource variable. */
const VAR_HANDLE = 142;

/** Where a model keeps its state. An interpreter clears neither when an inference has ended. */
export type State = "variable tensors" | "resource variables";

/**
 * Return where the model keeps a state, null if it keeps none.
 *
 * Throws RangeError for a file whose offsets lead out of it, or that shares its vectors so that a
 * walk would take long.
 */
export function stateOf(content: Uint8Array): State | null {
  const file = new Flatbuffer(content);
  const model = file.root();
  for (const graph of file.tables(model, MODEL_SUBGRAPHS)) {
    for (const tensor of file.tables(graph, SUBGRAPH_TENSORS)) {
      if (file.flag(tensor, TENSOR_IS_VARIABLE)) {
        return "variable tensors";
      }
    }
  }
  for (const code of file.tables(model, MODEL_CODES)) {
    if (file.int32(code, CODE_BUILTIN) === VAR_HANDLE) {
      return "resource variables";
    }
  }
  return null;
}
