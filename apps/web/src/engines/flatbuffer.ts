/** Reads a FlatBuffer's tables without its schema. Source: https://flatbuffers.dev/internals */

/** The tables of a file, each given by the position of its first byte, and its fields by slot. */
export class Flatbuffer {
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
      this.#take(1);
      yield this.#follow(start + 4 + 4 * at);
    }
  }

  /** Return the numbers of a vector. */
  int32s(table: number, slot: number): number[] {
    const field = this.#field(table, slot);
    if (field === 0) {
      return [];
    }
    const start = this.#follow(field);
    const count = this.#take(this.#view.getUint32(start, true));
    return Array.from({ length: count }, (_, at) => this.#view.getInt32(start + 4 + 4 * at, true));
  }

  /** Return a text, an empty one if it is not there. */
  text(table: number, slot: number): string {
    const field = this.#field(table, slot);
    if (field === 0) {
      return "";
    }
    const start = this.#follow(field);
    const length = this.#take(this.#view.getUint32(start, true));
    return new TextDecoder().decode(
      new Uint8Array(this.#view.buffer, this.#view.byteOffset + start + 4, length),
    );
  }

  int32(table: number, slot: number): number {
    const field = this.#field(table, slot);
    return field === 0 ? 0 : this.#view.getInt32(field, true);
  }

  flag(table: number, slot: number): boolean {
    const field = this.#field(table, slot);
    return field !== 0 && this.#view.getUint8(field) !== 0;
  }

  /** Return the number of elements that are read, so that the sum of all has an end. */
  #take(count: number): number {
    this.#left -= count;
    if (this.#left < 0) {
      throw new RangeError("Expected vectors with fewer elements than the file has bytes.");
    }
    return count;
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
