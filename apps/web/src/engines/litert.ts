/** Runs `.tflite` models with LiteRT.js. */

import {
  type CompiledModel,
  getGlobalLiteRt,
  Tensor as LiteRtTensor,
  loadAndCompile,
  loadLiteRt,
} from "@litertjs/core";
import { EngineError } from "../contract/errors.ts";
import type { Tensor } from "../contract/tensor.ts";
import { openedAnew } from "./anew.ts";
import { checkInputs, type Engine } from "./engine.ts";
import { type Memory, type Numbers, read, write } from "./litert_memory.ts";
import { stateOf } from "./tflite_state.ts";

let library: Promise<unknown> | undefined;

/** Fetch the library. LiteRT.js refuses to be loaded twice, so all models share one load. */
export function load(): Promise<unknown> {
  library ??= loadLiteRt("/");
  return library;
}

/**
 * Return the open model of `content`. It runs on one thread, and starts each input with a state of
 * zero.
 */
export async function open(content: Uint8Array): Promise<Engine> {
  await load();
  const compile = async () => engine(await loadAndCompile(content, { accelerator: "wasm" }));
  const state = stateOf(content);
  if (state === null) {
    return compile();
  }
  try {
    // LiteRT.js has no call that sets variables to zero.
    return await openedAnew(compile);
  } catch (error) {
    // Version 2.5 says of such a file only that it failed to load it.
    throw state === "variable tensors"
      ? new EngineError(`it keeps a state in ${state}, which LiteRT.js does not load`)
      : error;
  }
}

function engine(model: CompiledModel): Engine {
  // In the order of the graph, whatever the order in a signature is.
  const details = model.getInputDetails();
  const memory = getGlobalLiteRt().liteRtWasm;
  // Tensors of the library are made once, and each input is written into them.
  let given: LiteRtTensor[] = [];
  return {
    run: async (inputs) => {
      checkInputs(details.length, inputs.length);
      for (const [at, input] of inputs.entries()) {
        const tensor = given[at];
        if (tensor === undefined) {
          given.push(LiteRtTensor.fromTypedArray(numbers(input), details[at]!.shape));
        } else if (tensor.type.dtype !== input.dtype) {
          throw new EngineError(`Expected ${tensor.type.dtype} input, got ${input.dtype}.`);
        } else {
          write(tensor.liteRtTensorBuffer, numbers(input), memory);
        }
      }
      const outputs = await model.run(given);
      try {
        return copied(outputs[0]!, memory);
      } finally {
        deleteAll(outputs);
      }
    },
    close: async () => {
      deleteAll(given);
      given = [];
      model.delete();
    },
  };
}

/** Release the memory of tensors, which the garbage collector does not see. */
function deleteAll(tensors: readonly LiteRtTensor[]): void {
  for (const tensor of tensors) {
    tensor.delete();
  }
}

function numbers({ dtype, data }: Tensor): Numbers {
  if (data instanceof Int8Array || data instanceof BigInt64Array) {
    throw new EngineError(`Expected a model with float32, uint8 or int32 input, got ${dtype}.`);
  }
  return data as Numbers;
}

function copied(output: LiteRtTensor, memory: Memory): Tensor {
  const { dtype, layout } = output.type;
  const data = read(output.liteRtTensorBuffer, dtype, memory);
  return { dtype, data, shape: [...layout.dimensions] } as Tensor;
}
