/** The seam between what a bundle asks for and the two libraries that run models in a browser. */

import type { Format, ModelEntry } from "../contract/card.ts";
import { EngineError } from "../contract/errors.ts";
import type { Tensor } from "../contract/tensor.ts";
import { LIBRARY_NAMES } from "./names.ts";

/** A model that is held open. */
export interface Engine {
  /** Return the model's one output for its one input. */
  run(input: Tensor): Promise<Tensor>;
  /** Give its memory back; nothing may run afterwards. */
  close(): Promise<void>;
}

interface Library {
  /** As cards name it in a model's `needs` */
  readonly engine: string;
  /** Of inputs and outputs */
  readonly dtypes: readonly string[];
  /** Fetched when the first model asks for it: ten megabytes and more. */
  readonly load: () => Promise<{ open(content: Uint8Array): Promise<Engine> }>;
}

const LIBRARIES: Record<Format, Library> = {
  tflite: {
    engine: "litert",
    dtypes: ["float32", "uint8", "int32"],
    load: () => import("./litert.ts"),
  },
  onnx: {
    engine: "onnx",
    dtypes: ["float32", "uint8", "int8", "int32"],
    load: () => import("./onnx.ts"),
  },
};

/** Return the model in `content`, ready to run; throws EngineError where its library refuses it. */
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

/** Return in one line why a model cannot run in a browser, or null where it may. */
export function refusal(model: ModelEntry): string | null {
  const { engine, dtypes } = LIBRARIES[model.format];
  if (!model.needs.has(engine)) {
    return `made for ${[...model.needs.keys()].join(", ") || "no engine"}, not for ${engine}`;
  }
  const odd = [model.input.dtype, model.output.dtype].find((dtype) => !dtypes.includes(dtype));
  return odd === undefined ? null : `${LIBRARY_NAMES[model.format]} takes and gives no ${odd}`;
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n", 1)[0]!.slice(0, 200);
}
