/** Runs `.onnx` models with ONNX Runtime Web. */

import wasm from "onnxruntime-web/ort-wasm-simd-threaded.wasm?url";
import * as ort from "onnxruntime-web/wasm";
import type { Tensor } from "../contract/tensor.ts";
import { checkInputs, type Engine } from "./engine.ts";

// More threads need an isolated page, which takes headers that a plain file server does not send.
ort.env.wasm.numThreads = 1;
ort.env.wasm.wasmPaths = { wasm };

let fetched: Promise<void> | undefined;

/** Fetch the library; throws an error if its server does not send it. */
export function load(): Promise<void> {
  fetched ??= fetchLibrary().catch((error) => {
    fetched = undefined;
    throw error;
  });
  return fetched;
}

async function fetchLibrary(): Promise<void> {
  const response = await fetch(wasm);
  if (!response.ok) {
    throw new Error(`Expected ${wasm} from the server, got status ${response.status}.`);
  }
  ort.env.wasm.wasmBinary = await response.arrayBuffer();
}

/** Return the open model of `content`. It runs on one thread. */
export async function open(content: Uint8Array): Promise<Engine> {
  await load();
  const session = await ort.InferenceSession.create(content, { executionProviders: ["wasm"] });
  const names = session.inputNames;
  const [output] = session.outputNames;
  return {
    run: async (inputs) => {
      checkInputs(names.length, inputs.length);
      const fed = inputs.map(({ dtype, data, shape }, at): [string, ort.Tensor] => [
        names[at]!,
        new ort.Tensor(dtype, data, shape),
      ]);
      const outputs = await session.run(Object.fromEntries(fed));
      return tensor(outputs[output!]!);
    },
    close: () => session.release(),
  };
}

function tensor({ type, data, dims }: ort.Tensor): Tensor {
  return { dtype: type, data, shape: [...dims] } as Tensor;
}
