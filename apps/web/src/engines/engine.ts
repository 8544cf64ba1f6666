/** The seam between what a bundle asks for and the two libraries that run models in a browser. */

import type { Format, ModelEntry } from "../contract/card.ts";
import { EngineError } from "../contract/errors.ts";
import type { Tensor } from "./tensor.ts";

/** A model that is held open. */
export interface Engine {
  /** Return the model's one output for its one input. */
  run(input: Tensor): Promise<Tensor>;
  /** Give its memory back; nothing may run afterwards. */
  close(): Promise<void>;
}

interface Library {
  /** As people know it */
  readonly name: string;
  /** As cards name it in a model's `needs` */
  readonly engine: string;
  /** Of inputs and outputs */
  readonly dtypes: readonly string[];
  /** Fetched when the first model asks for it: ten megabytes and more. */
  readonly load: () => Promise<{ open(content: Uint8Array): Promise<Engine> }>;
}

export const LIBRARIES: Record<Format, Library> = {
  tflite: {
    name: "LiteRT.js",
    engine: "litert",
    dtypes: ["float32", "uint8", "int32"],
    load: () => import("./litert.ts"),
  },
  onnx: {
    name: "ONNX Runtime Web",
    engine: "onnx",
    dtypes: ["float32", "uint8", "int8", "int32"],
    load: () => import("./onnx.ts"),
  },
};

/** Return the model in `content`, ready to run; throws EngineError where its library refuses it. */
export async function openEngine(model: ModelEntry, content: Uint8Array): Promise<Engine> {
  const { name, load } = LIBRARIES[model.format];
  try {
    return await (await load()).open(content);
  } catch (error) {
    throw new EngineError(`Expected a model that ${name} runs, got ${model.file}: ${firstLine(error)}`);
  }
}

/** Return in one line why a model cannot run in a browser, or null where it may. */
export function refusal(model: ModelEntry): string | null {
  const { name, engine, dtypes } = LIBRARIES[model.format];
  if (!(engine in model.needs)) {
    return `made for ${Object.keys(model.needs).join(", ") || "no engine"}, not for ${engine}`;
  }
  const odd = [model.input.dtype, model.output.dtype].find((dtype) => !dtypes.includes(dtype));
  return odd === undefined ? null : `${name} takes and gives no ${odd}`;
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n", 1)[0]!.slice(0, 200);
}
