/**
 * Tells whether a `.tflite` keeps a state from one input to the next, as a recurrent layer may.
 *
 * Source: tensorflow/lite/schema/schema.fbs (version 3) and https://flatbuffers.dev/internals
 */

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

/** The tables of a file, each given by the position of its first byte, and its fields by slot. */
class Flatbuffer {
  readonly #view: DataView;
  /** How many elements of vectors may still be read. A plain file has fewer than bytes. */
  #left: number;

  constructor(content: Uint8Array) {
    this.#view = new DataView(content.buffer, content.byteOffset, content.byteLength);
    this.#left = content.byteLength;
  }

  root(): number {
    return this.#follow(0);
  }

  /** Yield the tables of a vector. */
  *tables(table: number, slot: number): Generator<number> {
    const field = this.#field(table, slot);
    if (field === 0) {
      return;
    }
    const start = this.#follow(field);
    const count = this.#view.getUint32(start, true);
    for (let at = 0; at < count; at++) {
      if (--this.#left < 0) {
        throw new RangeError("Expected vectors with fewer elements than the file has bytes.");
      }
      yield this.#follow(start + 4 + 4 * at);
    }
  }

  int32(table: number, slot: number): number {
    const field = this.#field(table, slot);
    return field === 0 ? 0 : this.#view.getInt32(field, true);
  }

  flag(table: number, slot: number): boolean {
    const field = this.#field(table, slot);
    return field !== 0 && this.#view.getUint8(field) !== 0;
  }

  /** Return the position of a field, 0 if it is not there. */
  #field(table: number, slot: number): number {
    const virtual = table - this.#view.getInt32(table, true);
    const entry = 4 + 2 * slot;
    if (entry + 2 > this.#view.getUint16(virtual, true)) {
      return 0;
    }
    const offset = this.#view.getUint16(virtual + entry, true);
    return offset === 0 ? 0 : table + offset;
  }

  #follow(position: number): number {
    return position + this.#view.getUint32(position, true);
  }
}
