/**
 * Tells the names of a `.tflite` model's inputs, in the order in which its graph lists them.
 *
 * A signature may list them in another order, and LiteRT.js goes by the signature. Source:
 * tensorflow/lite/schema/schema.fbs (version 3)
 */

import { Flatbuffer } from "./flatbuffer.ts";

const MODEL_SUBGRAPHS = 2;
const MODEL_SIGNATURES = 7;
const SUBGRAPH_TENSORS = 0;
const SUBGRAPH_INPUTS = 1;
const TENSOR_NAME = 3;
const SIGNATURE_INPUTS = 0;
const MAP_NAME = 0;
const MAP_TENSOR = 1;

/**
 * Return the name of each input by the first signature; that of its tensor if there is no signature.
 *
 * Throws RangeError for a file whose offsets lead out of it.
 */
export function inputNames(content: Uint8Array): string[] {
  const file = new Flatbuffer(content);
  const model = file.root();
  const [graph] = file.tables(model, MODEL_SUBGRAPHS);
  if (graph === undefined) {
    return [];
  }
  const names = Array.from(file.tables(graph, SUBGRAPH_TENSORS), (tensor) =>
    file.text(tensor, TENSOR_NAME),
  );
  const [signature] = file.tables(model, MODEL_SIGNATURES);
  const mapped = signature === undefined ? [] : file.tables(signature, SIGNATURE_INPUTS);
  for (const entry of mapped) {
    names[file.int32(entry, MAP_TENSOR)] = file.text(entry, MAP_NAME);
  }
  return file.int32s(graph, SUBGRAPH_INPUTS).map((at) => names[at] ?? "");
}
