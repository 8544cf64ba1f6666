/** Runs `.tflite` models with LiteRT.js. */

import {
  type CompiledModel,
  Tensor as LiteRtTensor,
  loadAndCompile,
  loadLiteRt,
} from "@litertjs/core";
import { EngineError } from "../contract/errors.ts";
import type { Tensor } from "../contract/tensor.ts";
import { openedAnew } from "./anew.ts";
import { checkInputs, type Engine } from "./engine.ts";
import { stateOf } from "./tflite_state.ts";

/** LiteRT.js accepts no memory that threads share. There is no such memory here. */
type Unshared = Float32Array<ArrayBuffer> | Uint8Array<ArrayBuffer> | Int32Array<ArrayBuffer>;

let library: Promise<unknown> | undefined;

/**
 * Return the open model of `content`. It runs on one thread, and starts each input with a state of
 * zero.
 */
export async function open(content: Uint8Array): Promise<Engine> {
  // LiteRT.js refuses to be loaded twice, so all models share one load.
  library ??= loadLiteRt("/");
  await library;
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
  return {
    run: async (inputs) => {
      checkInputs(details.length, inputs.length);
      const given: LiteRtTensor[] = [];
      // The garbage collector does not see this memory.
      try {
        for (const [at, input] of inputs.entries()) {
          given.push(LiteRtTensor.fromTypedArray(unshared(input), details[at]!.shape));
        }
        const [output] = await model.run(given);
        try {
          return copied(output!);
        } finally {
          output!.delete();
        }
      } finally {
        for (const input of given) {
          input.delete();
        }
      }
    },
    close: async () => model.delete(),
  };
}

function unshared({ dtype, data }: Tensor): Unshared {
  if (data instanceof Int8Array || data instanceof BigInt64Array) {
    throw new EngineError(`Expected a model with float32, uint8 or int32 input, got ${dtype}.`);
  }
  return data as Unshared;
}

function copied(output: LiteRtTensor): Tensor {
  const { dtype, layout } = output.type;
  return { dtype, data: output.toTypedArray().slice(), shape: [...layout.dimensions] } as Tensor;
}
