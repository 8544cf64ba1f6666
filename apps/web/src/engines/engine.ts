/** Chooses between the two libraries that run models in a browser. */

import type { Format, ModelEntry } from "../contract/card.ts";
import { EngineError } from "../contract/errors.ts";
import type { Tensor } from "../contract/tensor.ts";
import { LIBRARY_NAMES } from "./names.ts";

/** An open model. */
export interface Engine {
  /** Return the output of the model for a tensor for each of its inputs, in their order. */
  run(inputs: readonly Tensor[]): Promise<Tensor>;
  /** Release the model's memory. The model cannot run afterwards. */
  close(): Promise<void>;
}

interface Library {
  /** The name of the engine in `needs` of a card. */
  readonly engine: string;
  /** The dtypes of inputs and outputs that the library supports. */
  readonly dtypes: readonly string[];
  /** A function that fetches the module of the library when the first model needs it. */
  readonly load: () => Promise<{
    /** Fetch the library itself, ten megabytes and more. */
    load(): Promise<unknown>;
    open(content: Uint8Array): Promise<Engine>;
  }>;
}

const LIBRARIES: Record<Format, Library> = {
  tflite: {
    engine: "litert",
    dtypes: ["float32", "uint8", "int32"],
    load: () => import("./litert.ts"),
  },
  onnx: {
    engine: "onnx",
    dtypes: ["float32", "uint8", "int8", "int32", "int64"],
    load: () => import("./onnx.ts"),
  },
};

/** Fetch the library of a model, so that it opens without a network; never throws. */
export async function loadLibrary({ format }: ModelEntry): Promise<void> {
  try {
    await (await LIBRARIES[format].load()).load();
  } catch {
    // `openEngine` tries again, and says what is wrong.
  }
}

/** Return the open model of `content`; throws EngineError if its library refuses it. */
export async function openEngine(model: ModelEntry, content: Uint8Array): Promise<Engine> {
  try {
    return await (await LIBRARIES[model.format].load()).open(content);
  } catch (error) {
    const name = LIBRARY_NAMES[model.format];
    throw new EngineError(
      `Expected a model that ${name} runs, got ${model.file}: ${firstLine(error)}`,
    );
  }
}

/** Return one line that says why a model cannot run in a browser; null if it can. */
export function refusal(model: ModelEntry): string | null {
  const { engine, dtypes } = LIBRARIES[model.format];
  if (!model.needs.has(engine)) {
    return `made for ${[...model.needs.keys()].join(", ") || "no engine"}, not for ${engine}`;
  }
  const odd = [model.input.dtype, model.output.dtype].find((dtype) => !dtypes.includes(dtype));
  return odd === undefined
    ? null
    : `${LIBRARY_NAMES[model.format]} does not support ${odd} tensors`;
}

/** Throw EngineError unless a model has as many inputs as there are tensors for it. */
export function checkInputs(model: number, given: number): void {
  if (model !== given) {
    throw new EngineError(`Expected a model with ${given} inputs, as its card says, got ${model}.`);
  }
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n", 1)[0]!.slice(0, 200);
}
