/** Runs a model on a folder of samples, and writes its answers as `satchel run --json` does. */

import type { Task } from "./contract/card.ts";
import { InputError } from "./contract/errors.ts";
import type { ModelResult, UserInput } from "./protocol.ts";

/** A file of a folder that the user chose. Its path begins with the name of the folder. */
export interface SampleFile {
  readonly path: string;
  readonly read: () => Promise<Uint8Array<ArrayBuffer>>;
}

export interface Evaluation {
  /** A line of JSON for each sample that was read, as `satchel compare --predictions` takes them. */
  readonly answers: string;
  readonly read: number;
  /** The number of samples in the folder of a label. */
  readonly labelled: number;
  /** The number of these whose first label is the one of their folder. */
  readonly right: number;
  /** One line for each sample that could not be read. */
  readonly unread: readonly string[];
}

export interface Evaluated {
  /** The file of the model. */
  readonly model: string;
  /** The name of the library that runs it. */
  readonly engine: string;
  readonly labels: readonly string[];
  readonly task: Task;
  readonly predict: (input: UserInput) => Promise<ModelResult>;
}

/** The suffixes of samples, as the runtime has them. The library refuses TIFF in a line. */
const SUFFIXES: Readonly<Partial<Record<Task, RegExp>>> = {
  "image-classification": /\.(bmp|gif|jpe?g|png|tiff?|webp)$/i,
  "text-classification": /\.(txt|text)$/i,
};

/** Return the files that are samples of a task, in the order of their paths. */
export function samplesOf<Sample extends Pick<SampleFile, "path">>(
  files: readonly Sample[],
  task: Task,
): Sample[] {
  return files
    .filter(({ path }) => SUFFIXES[task]?.test(path))
    .sort((one, other) => (one.path < other.path ? -1 : 1));
}

/**
 * Return the answers of a model to samples. `onDone` is called with the number of samples so far.
 *
 * It ends before the next sample if `signal` is aborted.
 */
export async function evaluate(
  samples: readonly SampleFile[],
  { model, engine, labels, task, predict }: Evaluated,
  { signal, onDone }: { signal: AbortSignal; onDone: (count: number) => void },
): Promise<Evaluation> {
  const lines: string[] = [];
  const unread: string[] = [];
  let labelled = 0;
  let right = 0;
  for (const [at, { path, read }] of samples.entries()) {
    if (signal.aborted) {
      break;
    }
    try {
      const { predictions } = await predict(inputOf(await read(), task));
      lines.push(`${JSON.stringify({ input: path, predictions, model, engine }, withoutNull)}\n`);
      const expected = folderOf(path);
      labelled += labels.includes(expected) ? 1 : 0;
      right += expected === predictions[0]?.label ? 1 : 0;
    } catch (error) {
      unread.push(`${path}: ${(error as Error).message}`);
    }
    onDone(at + 1);
  }
  return { answers: lines.join(""), read: lines.length, labelled, right, unread };
}

function inputOf(content: Uint8Array<ArrayBuffer>, task: Task): UserInput {
  return task === "text-classification"
    ? { kind: "text", text: decodeText(content) }
    : { kind: "file", content };
}

/** Return the text in UTF-8, or in the encoding of its byte order mark; throws InputError. */
export function decodeText(content: Uint8Array): string {
  const [first, second] = content;
  const encoding =
    first === 0xff && second === 0xfe
      ? "utf-16le"
      : first === 0xfe && second === 0xff
        ? "utf-16be"
        : "utf-8";
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(content);
  } catch {
    throw new InputError(`Expected text in ${encoding.toUpperCase()}, got other bytes.`);
  }
}

/** Return the name of the folder below the chosen one; empty for a file without such a folder. */
function folderOf(path: string): string {
  const parts = path.split("/");
  return parts.length < 3 ? "" : parts[1]!;
}

/** Leave out what most models do not have: ids, and whether a label is chosen. */
function withoutNull(_key: string, value: unknown): unknown {
  return value === null ? undefined : value;
}
