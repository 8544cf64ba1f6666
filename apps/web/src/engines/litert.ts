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
import { inputNames } from "./tflite_inputs.ts";
import { stateOf } from "./tflite_state.ts";

/** LiteRT.js accepts no memory that threads share. There is no such memory here. */
type Unshared = Float32Array<ArrayBuffer> | Uint8Array<ArrayBuffer> | Int32Array<ArrayBuffer>;

type TensorDetails = ReturnType<CompiledModel["getInputDetails"]>[number];

let library: Promise<unknown> | undefined;

/**
 * Return the open model of `content`. It runs on one thread, and starts each input with a state of
 * zero.
 */
export async function open(content: Uint8Array): Promise<Engine> {
  // LiteRT.js refuses to be loaded twice, so all models share one load.
  library ??= loadLiteRt("/");
  await library;
  const names = inputNames(content);
  const compile = async () => engine(await loadAndCompile(content, { accelerator: "wasm" }), names);
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

/** Return the engine; `names` are the model's inputs in the order of its graph. */
function engine(model: CompiledModel, names: readonly string[]): Engine {
  const details = inputsInOrder(model.getInputDetails(), names);
  return {
    run: async (inputs) => {
      checkInputs(details.length, inputs.length);
      const given = new Map<string, LiteRtTensor>();
      // The garbage collector does not see this memory.
      try {
        for (const [at, input] of inputs.entries()) {
          const { name, shape } = details[at]!;
          given.set(name, LiteRtTensor.fromTypedArray(unshared(input), shape));
        }
        const [output] = Object.values(await model.run(Object.fromEntries(given)));
        try {
          return copied(output!);
        } finally {
          output!.delete();
        }
      } finally {
        for (const input of given.values()) {
          input.delete();
        }
      }
    },
    close: async () => model.delete(),
  };
}

function inputsInOrder(
  details: readonly TensorDetails[],
  names: readonly string[],
): readonly TensorDetails[] {
  // There is no order of a single one, whatever its name.
  return details.length === 1
    ? details
    : names.flatMap((name) => details.filter((each) => each.name === name));
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
